import type { Child } from "hono/jsx";
import { formField, type FormState } from "../form-state.ts";
import type { IconName } from "../icons.ts";
import { Icon } from "./icon.tsx";
import { Notice } from "./notice.tsx";

interface FormProps {
  form: FormState;
  /** What the button says: what happens. */
  submit: string;
  /** Before the button's words. */
  icon?: IconName;
  /** It takes something away, or cannot be undone. */
  danger?: boolean;
  /** Small, in a line with others, such as in a row of a table. */
  inline?: boolean;
  /** Where it is sent; the page itself without it. */
  action?: string;
  /** Sent with it, unseen. */
  hidden?: Readonly<Record<string, string>>;
  /** Beside the button, such as a link to go back. */
  beside?: Child;
  /** Read in place of the button's words, where several buttons say the same. */
  label?: string;
  children?: Child;
}

/** A form of a page: what was wrong, the fields, and the button. */
export function Form({
  form,
  submit,
  icon,
  danger,
  inline,
  action,
  hidden = {},
  beside,
  label,
  children,
}: FormProps) {
  const failed = form.problem !== undefined || form.problems.size > 0;
  return (
    <form method="post" action={action} class={inline ? "inline" : "stack"}>
      <input type="hidden" name={formField} value={form.name} />
      {Object.entries(hidden).map(([name, value]) => (
        <input type="hidden" name={name} value={value} />
      ))}
      {failed && <Problems form={form} />}
      {children}
      <div class="acts">
        <button
          class={[danger && "danger", inline && "quiet"].filter(Boolean).join(" ") || undefined}
          aria-label={label}
        >
          {icon && <Icon name={icon} />} {submit}
        </button>
        {beside}
      </div>
    </form>
  );
}

/** All that is wrong, with links to the fields. */
function Problems({ form: { problem, problems, name } }: { form: FormState }) {
  return (
    <Notice kind="wrong">
      {problem !== undefined && <p>{problem}</p>}
      {problem === undefined && (
        <ul class="problems">
          {[...problems].map(([field, text]) => (
            <li>
              <a href={`#${fieldId(name, field)}`}>{text}</a>
            </li>
          ))}
        </ul>
      )}
    </Notice>
  );
}

/** The id of a field in the page. */
export function fieldId(form: string, field: string): string {
  return `${form}-${field}`;
}
