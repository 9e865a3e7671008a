import { z } from "zod";
import { requestReset, resetPassword } from "../../../accounts/index.ts";
import * as fields from "../../fields.ts";
import { emptyForm, type FormState } from "../../form-state.ts";
import { page, Show } from "../../page.ts";
import { Field } from "../../view/field.tsx";
import { Form } from "../../view/form.tsx";
import { Heading } from "../../view/heading.tsx";
import { enter } from "../enter.ts";

export const forgottenPage = page({
  path: "/forgotten",
  who: "guest",
  title: "Forgotten password",
  load: () => undefined,
  forms: {
    mail: {
      fields: z.strictObject({ email: fields.text() }),
      run: async ({ services, visit }, { email }) => {
        await requestReset(services.accounts, visit, email);
        return new Show(
          "Look into your mail",
          <div class="narrow">
            <Heading title="Look into your mail">
              If {email} is the verified address of an account, a mail with a link is on its way there. The
              link is good for an hour.
            </Heading>
            <p>
              <a href="/forgotten">Send to another address</a>
            </p>
          </div>,
        );
      },
    },
  },
  view: ({ form }) => (
    <div class="narrow wide">
      <Heading title="Forgotten password">You get a mail with a link, where you choose another.</Heading>
      <Form form={form("mail")} submit="Send the link">
        <Field
          form={form("mail")}
          name="email"
          label="E-mail address"
          type="email"
          autocomplete="email"
          autofocus
        />
      </Form>
      <p>
        <a href="/sign-in">Back to sign in</a>
      </p>
    </div>
  ),
});

/** The link of the mail leads here. */
export const resetPage = page({
  path: "/reset",
  who: "anybody",
  query: z.strictObject({ token: fields.text().optional() }),
  title: "Choose a new password",
  load: () => undefined,
  forms: {
    password: {
      fields: z.strictObject({
        token: fields.text(),
        password: fields.text(1000),
        code: fields.optionalText(100),
      }),
      run: async ({ services, visit }, given) => {
        const step = await resetPassword(services.accounts, visit, given);
        if (step.step === "done")
          return enter(
            visit,
            step.opened,
            "/",
            "Your password is changed. You were signed out everywhere else.",
          );
        return new Show(
          "Second factor",
          <NewPassword form={emptyForm("password")} token={given.token} withCode />,
        );
      },
    },
  },
  view: ({ query, form }) => {
    const state = form("password");
    const withCode = state.problems.has("code") || state.values.has("code");
    return query.token === undefined ? (
      <div class="narrow">
        <Heading title="Choose a new password">
          The address of this page is not complete: copy the whole link from the mail.
        </Heading>
        <p>
          <a href="/forgotten">Have another one sent</a>
        </p>
      </div>
    ) : (
      <NewPassword form={state} token={query.token} withCode={withCode} />
    );
  },
});

function NewPassword({ form, token, withCode }: { form: FormState; token: string; withCode: boolean }) {
  return (
    <div class="narrow wide">
      <Heading title="Choose a new password">
        {withCode
          ? "The account has a second factor: type its code, and the new password again."
          : "It replaces the old one; all browsers are signed out."}
      </Heading>
      <Form form={form} submit="Change the password" hidden={{ token }}>
        {withCode && (
          <Field
            form={form}
            name="code"
            label="Code"
            hint="The six digits that your authenticator app shows, or one of your recovery codes."
            autocomplete="one-time-code"
            exact
          />
        )}
        <Field
          form={form}
          name="password"
          label="New password"
          hint="At least 10 characters, without your name."
          type="password"
          autocomplete="new-password"
          autofocus
        />
      </Form>
    </div>
  );
}
