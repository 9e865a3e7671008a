import { z } from "zod";
import { claimAccount } from "../../../accounts/index.ts";
import * as fields from "../../fields.ts";
import { page } from "../../page.ts";
import { Field } from "../../view/field.tsx";
import { Form } from "../../view/form.tsx";
import { Heading } from "../../view/heading.tsx";
import { enter } from "../enter.ts";

/** Where a user whom somebody else has made gets a password: shown to be theirs by an access token. */
export const welcomePage = page({
  path: "/welcome",
  who: "guest",
  title: "First sign-in",
  load: () => undefined,
  forms: {
    claim: {
      fields: z.strictObject({
        accessToken: fields.text(1000),
        email: fields.text(),
        password: fields.text(1000),
      }),
      run: async ({ services, visit }, given) =>
        enter(
          visit,
          await claimAccount(services.accounts, visit, given),
          "/",
          "Welcome. From now on you sign in with this password.",
        ),
    },
  },
  view: ({ form }) => {
    const state = form("claim");
    return (
      <div class="narrow wide">
        <Heading title="First sign-in">
          For an account that an administrator has made, and for “admin” of a new hub: its first start prints
          the access token.
        </Heading>
        <Form form={state} submit="Set the password and sign in">
          <Field
            form={state}
            name="accessToken"
            label="Access token"
            hint="One of the account, with the scope “account”. It goes on working."
            type="password"
            exact
            autofocus
          />
          <Field form={state} name="email" label="E-mail address" type="email" autocomplete="email" />
          <Field
            form={state}
            name="password"
            label="Password"
            hint="At least 10 characters, without your name."
            type="password"
            autocomplete="new-password"
          />
        </Form>
        <p>
          Have a password already? <a href="/sign-in">Sign in</a>
        </p>
      </div>
    );
  },
});
