import type { Child } from "hono/jsx";
import type { FormState } from "../form-state.ts";
import { fieldId } from "./form.tsx";

interface Common {
  form: FormState;
  name: string;
  label: string;
  hint?: Child;
}

interface FieldProps extends Common {
  type?: "text" | "email" | "password" | "search" | "number" | "date";
  /** What stands in it before anybody types. */
  value?: string | undefined;
  /** What a browser may fill in (HTML, "Autofill"). */
  autocomplete?: string;
  /** It may stay empty. */
  optional?: boolean;
  maxlength?: number;
  placeholder?: string;
  /** Of digits; phones then show their keys. */
  numeric?: boolean;
  /** Names and code: no corrections, no capitals. */
  exact?: boolean;
  autofocus?: boolean;
}

/** A line of text with its label. It keeps what was typed, and shows what is wrong with it. */
export function Field(props: FieldProps) {
  const { form, name, type = "text", value = "", optional, numeric, exact, autofocus } = props;
  const id = fieldId(form.name, name);
  const problem = form.problems.get(name);
  return (
    <Labelled {...props}>
      <input
        id={id}
        name={name}
        type={type}
        value={form.values.get(name)?.[0] ?? value}
        required={!optional}
        autocomplete={props.autocomplete ?? "off"}
        maxlength={props.maxlength}
        placeholder={props.placeholder}
        inputmode={numeric ? "numeric" : undefined}
        autocapitalize={exact ? "none" : undefined}
        spellcheck={exact ? false : undefined}
        autofocus={autofocus && form.problem === undefined && form.problems.size === 0}
        aria-invalid={problem === undefined ? undefined : "true"}
        aria-describedby={describedBy(id, problem, props.hint)}
      />
    </Labelled>
  );
}

/** Several lines of text. */
export function TextArea(
  props: Common & { value?: string | undefined; rows?: number; optional?: boolean; placeholder?: string },
) {
  const { form, name, value = "", rows = 4, optional } = props;
  const id = fieldId(form.name, name);
  const problem = form.problems.get(name);
  return (
    <Labelled {...props}>
      <textarea
        id={id}
        name={name}
        rows={rows}
        required={!optional}
        placeholder={props.placeholder}
        aria-invalid={problem === undefined ? undefined : "true"}
        aria-describedby={describedBy(id, problem, props.hint)}
      >
        {form.values.get(name)?.[0] ?? value}
      </textarea>
    </Labelled>
  );
}

export interface Option {
  value: string;
  label: string;
}

/** One of several. */
export function Select(props: Common & { options: readonly Option[]; value?: string | undefined }) {
  const { form, name, options } = props;
  const id = fieldId(form.name, name);
  const chosen = form.values.get(name)?.[0] ?? props.value;
  const problem = form.problems.get(name);
  return (
    <Labelled {...props}>
      <select
        id={id}
        name={name}
        aria-invalid={problem === undefined ? undefined : "true"}
        aria-describedby={describedBy(id, problem, props.hint)}
      >
        {options.map(({ value, label }) => (
          <option value={value} selected={value === chosen}>
            {label}
          </option>
        ))}
      </select>
    </Labelled>
  );
}

/** A box to tick. */
export function Checkbox({
  form,
  name,
  label,
  hint,
  checked,
  value = "on",
}: Common & { checked?: boolean; value?: string }) {
  const id = fieldId(form.name, value === "on" ? name : `${name}-${value}`);
  const sent = form.values.size > 0;
  const ticked = sent ? (form.values.get(name)?.includes(value) ?? false) : checked;
  return (
    <div class="tick">
      <input
        type="checkbox"
        id={id}
        name={name}
        value={value}
        checked={ticked}
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
      />
      <label for={id}>{label}</label>
      {hint !== undefined && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}

/** Boxes or choices that belong together. */
export function FieldGroup({ legend, children }: { legend: string; children?: Child }) {
  return (
    <fieldset>
      <legend>{legend}</legend>
      {children}
    </fieldset>
  );
}

/** A label, what belongs into the field, the field, and what is wrong with it. */
function Labelled({
  form,
  name,
  label,
  hint,
  optional,
  children,
}: Common & { optional?: boolean; children?: Child }) {
  const id = fieldId(form.name, name);
  const problem = form.problems.get(name);
  return (
    <div class="field">
      <label for={id}>
        {label}
        {optional && <span class="optional"> (optional)</span>}
      </label>
      {hint !== undefined && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {children}
      {problem !== undefined && (
        <p class="problem" id={`${id}-problem`}>
          {problem}
        </p>
      )}
    </div>
  );
}

function describedBy(id: string, problem: string | undefined, hint: Child): string | undefined {
  const ids = [hint === undefined ? "" : `${id}-hint`, problem === undefined ? "" : `${id}-problem`];
  return ids.filter(Boolean).join(" ") || undefined;
}
