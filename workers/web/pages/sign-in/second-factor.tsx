import { z } from "zod";
import {
  finishPasskeySignIn,
  finishWithCode,
  startPasskeySignIn,
  type SecondFactor as Method,
} from "../../../accounts/index.ts";
import * as fields from "../../fields.ts";
import { emptyForm, type FormState } from "../../form-state.ts";
import { nextPath, withNext } from "../../next-path.ts";
import { GoTo, page, Show } from "../../page.ts";
import { Field } from "../../view/field.tsx";
import { Form } from "../../view/form.tsx";
import { Heading } from "../../view/heading.tsx";
import { PasskeyForm } from "../../view/passkey-form.tsx";
import { enter } from "../enter.ts";

const path = "/sign-in/second-factor";

interface Props {
  ticket: string;
  methods: readonly Method[];
  next: string;
  form?: FormState;
}

/** What somebody is asked for after the password: a code, or a passkey. */
export function SecondFactor({ ticket, methods, next, form = emptyForm("code") }: Props) {
  const action = withNext(path, next);
  const hidden = { ticket, methods: methods.join(" ") };
  return (
    <div class="narrow wide">
      <Heading title="Second factor" />
      {(methods.includes("totp") || methods.includes("recovery-code")) && (
        <Form form={form} submit="Sign in" action={action} hidden={hidden}>
          <Field
            form={form}
            name="code"
            label="Code"
            hint={
              methods.includes("totp")
                ? "The six digits that your authenticator app shows, or one of your recovery codes."
                : "One of your recovery codes."
            }
            autocomplete="one-time-code"
            exact
            autofocus
          />
        </Form>
      )}
      {methods.includes("passkey") && (
        <>
          <p class="or">or</p>
          <Form form={emptyForm("startPasskey")} submit="Use a passkey" action={action} hidden={hidden} />
        </>
      )}
      <p>
        <a href="/sign-in">Begin again</a>
      </p>
    </div>
  );
}

const begun = { ticket: fields.text(), methods: fields.text(100) };

/** Where the second factor is sent to. Opened by itself it leads to the first. */
export const secondFactorPage = page({
  path,
  who: "guest",
  query: z.strictObject({ next: fields.next }),
  title: "Second factor",
  load: ({ request, query }) =>
    request.method === "POST" ? undefined : new GoTo(withNext("/sign-in", nextPath(query.next))),
  forms: {
    code: {
      fields: z.strictObject({ ...begun, code: fields.text(100) }),
      run: async ({ services, visit, query }, given) =>
        enter(visit, await finishWithCode(services.accounts, visit, given), nextPath(query.next)),
    },
    startPasskey: {
      fields: z.strictObject(begun),
      run: async ({ services, visit, query }, { ticket, methods }) => {
        const asked = await startPasskeySignIn(services.accounts, visit);
        const action = withNext(path, nextPath(query.next));
        return new Show(
          "Passkey",
          <div class="narrow wide">
            <Heading title="Use your passkey" />
            <PasskeyForm
              form={emptyForm("passkey")}
              mode="get"
              asked={asked}
              submit="Use a passkey"
              action={action}
              hidden={{ ticket, methods }}
            />
          </div>,
        );
      },
    },
    passkey: {
      fields: z.strictObject({ ...begun, challenge: fields.text(), response: fields.passkeyResponse }),
      run: async ({ services, visit, query }, { response, ...given }) =>
        enter(
          visit,
          await finishPasskeySignIn(services.accounts, visit, { ...given, response: response as never }),
          nextPath(query.next),
        ),
    },
  },
  view: ({ form, query }) => {
    const failed = [form("code"), form("passkey"), form("startPasskey")].find(
      ({ values }) => values.size > 0,
    );
    const methods = (failed?.values.get("methods")?.[0] ?? "").split(" ") as Method[];
    const ticket = failed?.values.get("ticket")?.[0] ?? "";
    const shown = { ...(failed ?? emptyForm("code")), name: "code" };
    return <SecondFactor ticket={ticket} methods={methods} next={nextPath(query.next)} form={shown} />;
  },
});
