import { z } from "zod";
import {
  confirmationMethods,
  confirmWithCode,
  confirmWithPasskey,
  confirmWithPassword,
  startPasskeyConfirmation,
} from "../../../accounts/index.ts";
import * as fields from "../../fields.ts";
import { emptyForm } from "../../form-state.ts";
import { nextPath, withNext } from "../../next-path.ts";
import { page, Show } from "../../page.ts";
import { Field } from "../../view/field.tsx";
import { Form } from "../../view/form.tsx";
import { Heading } from "../../view/heading.tsx";
import { PasskeyForm } from "../../view/passkey-form.tsx";
import { enter } from "../enter.ts";

/** Asks somebody who is signed in to show that it is still them, before what does lasting harm in the wrong hands. */
export const confirmPage = page({
  path: "/confirm",
  who: "user",
  query: z.strictObject({ next: fields.next }),
  title: "Confirm that it is you",
  load: ({ services, session }) => confirmationMethods(services.accounts, session),
  forms: {
    password: {
      fields: z.strictObject({ password: fields.text(1000) }),
      run: async ({ services, visit, session, query }, { password }) =>
        enter(
          visit,
          await confirmWithPassword(services.accounts, visit, session, password),
          nextPath(query.next),
        ),
    },
    code: {
      fields: z.strictObject({ code: fields.text(100) }),
      run: async ({ services, visit, session, query }, { code }) =>
        enter(visit, await confirmWithCode(services.accounts, visit, session, code), nextPath(query.next)),
    },
    startPasskey: {
      fields: z.strictObject({}),
      run: async ({ services, visit, session, query }) => {
        const asked = await startPasskeyConfirmation(services.accounts, visit, session);
        return new Show(
          "Use your passkey",
          <div class="narrow wide">
            <Heading title="Use your passkey" />
            <PasskeyForm
              form={emptyForm("passkey")}
              mode="get"
              asked={asked}
              submit="Use a passkey"
              action={withNext("/confirm", nextPath(query.next))}
            />
          </div>,
        );
      },
    },
    passkey: {
      fields: z.strictObject({ challenge: fields.text(), response: fields.passkeyResponse }),
      run: async ({ services, visit, session, query }, { challenge, response }) => {
        const given = { challenge, response: response as never };
        return enter(
          visit,
          await confirmWithPasskey(services.accounts, visit, session, given),
          nextPath(query.next),
        );
      },
    },
  },
  view: ({ data: methods, form, session, services, query }) => (
    <div class="narrow wide">
      <Heading title="Confirm that it is you">
        You are signed in as {session.user.name}. What comes next asks once more; after that it does not for
        15 minutes.
      </Heading>
      {methods.includes("password") && (
        <Form form={form("password")} submit="Confirm with the password">
          <Field
            form={form("password")}
            name="password"
            label="Password"
            type="password"
            autocomplete="current-password"
            autofocus
          />
        </Form>
      )}
      {methods.includes("totp") && (
        <Form form={form("code")} submit="Confirm with the code">
          <Field
            form={form("code")}
            name="code"
            label="Code of your authenticator app"
            autocomplete="one-time-code"
            numeric
          />
        </Form>
      )}
      {methods.includes("passkey") && <Form form={form("startPasskey")} submit="Confirm with a passkey" />}
      {methods.includes("provider") &&
        services.accounts.settings.providers.map(({ id, label }) => (
          <p>
            Sign out, and{" "}
            <a href={withNext(`/sign-in/with/${id}`, nextPath(query.next))}>sign in with {label}</a> again.
          </p>
        ))}
    </div>
  ),
});
