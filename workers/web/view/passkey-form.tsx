import type { FormState } from "../form-state.ts";
import type { Child } from "hono/jsx";
import { Form } from "./form.tsx";

interface Props {
  form: FormState;
  mode: "create" | "get";
  /** What the noun function that begins it gave. */
  asked: { challenge: string; options: object };
  submit: string;
  action?: string;
  hidden?: Readonly<Record<string, string>>;
  children?: Child;
}

/** A form that is answered by a passkey. The browser asks for one by script: this is the one thing that needs it. */
export function PasskeyForm({ form, mode, asked, submit, action, hidden, children }: Props) {
  return (
    <passkey-form mode={mode} options={JSON.stringify(asked.options)}>
      <p class="without-script">Passkeys need JavaScript, which does not run here.</p>
      <Form
        form={form}
        submit={submit}
        hidden={{ ...hidden, challenge: asked.challenge, response: "" }}
        {...(action === undefined ? {} : { action })}
      >
        {children}
      </Form>
    </passkey-form>
  );
}
