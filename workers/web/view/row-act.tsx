import { emptyForm, type FormState } from "../form-state.ts";
import { Form } from "./form.tsx";
import { Notice } from "./notice.tsx";

interface RowActProps {
  form: FormState;
  submit: string;
  /** Read in place of the button's words, which are the same in every row. */
  label: string;
  /** Which row it is about. */
  hidden: Readonly<Record<string, string>>;
  danger?: boolean;
}

/** One button in a row of a table. What went wrong stands above the table (`RowProblem`): the state does not say in which row. */
export function RowAct({ form, ...act }: RowActProps) {
  return <Form form={emptyForm(form.name)} inline {...act} />;
}

/** What went wrong with a button of a row. */
export function RowProblem({ form }: { form: FormState }) {
  const text = form.problem ?? [...form.problems.values()][0];
  return text === undefined ? null : (
    <Notice kind="wrong">
      <p>{text}</p>
    </Notice>
  );
}
