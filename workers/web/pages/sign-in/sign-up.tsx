import { z } from "zod";
import { readSignUpMode, signUp } from "../../../accounts/index.ts";
import * as fields from "../../fields.ts";
import { nextPath, withNext } from "../../next-path.ts";
import { page } from "../../page.ts";
import { Field } from "../../view/field.tsx";
import { Form } from "../../view/form.tsx";
import { Heading } from "../../view/heading.tsx";
import { Notice } from "../../view/notice.tsx";
import { enter } from "../enter.ts";
import { whereMailIs } from "../words.ts";

/** The secret of an invitation in a path to go on to: it lets somebody sign up where that takes an invitation. */
const invitationPath = /^\/invitations\/([\w-]+)$/;

export const signUpPage = page({
  path: "/sign-up",
  who: "guest",
  query: z.strictObject({ next: fields.next }),
  title: "Create an account",
  load: async ({ services: { accounts } }) => ({
    providers: accounts.settings.providers,
    signUp: await readSignUpMode(accounts),
  }),
  forms: {
    account: {
      fields: z.strictObject({ name: fields.text(), email: fields.text(), password: fields.text(1000) }),
      run: async ({ services, visit, query }, wanted) => {
        const next = nextPath(query.next);
        const [, invitation] = invitationPath.exec(next) ?? [];
        const opened = await signUp(services.accounts, visit, { ...wanted, invitation });
        return enter(
          visit,
          opened,
          next,
          `Welcome. ${whereMailIs(services.accounts.settings.mail !== undefined, wanted.email)}`,
        );
      },
    },
  },
  view: ({ data: { providers, signUp: mode }, form, query }) => {
    const next = nextPath(query.next);
    const invited = invitationPath.test(next);
    const state = form("account");
    if (mode === "closed" || (mode === "invitation" && !invited))
      return (
        <div class="narrow">
          <Heading title="Create an account" />
          <Notice kind="care">
            <p>
              {mode === "closed"
                ? "Accounts of this hub are made by its administrators; ask one of them."
                : "This hub takes who is invited. Open the link of your invitation, and create the account from there."}
            </p>
          </Notice>
          <p>
            <a href="/sign-in">Sign in</a>
          </p>
        </div>
      );
    return (
      <div class="narrow wide">
        <Heading title="Create an account" />
        <Form form={state} submit="Create the account">
          <Field
            form={state}
            name="name"
            label="Name"
            hint="What your repositories begin with: a-z and 0-9, with “.”, “_” or “-” between them."
            autocomplete="username"
            maxlength={64}
            exact
            autofocus
          />
          <Field
            form={state}
            name="email"
            label="E-mail address"
            hint="You get a mail with a link that verifies it."
            type="email"
            autocomplete="email"
          />
          <Field
            form={state}
            name="password"
            label="Password"
            hint="At least 10 characters, without your name."
            type="password"
            autocomplete="new-password"
          />
        </Form>
        {providers.length > 0 && <p class="or">or</p>}
        {providers.map(({ id, label }) => (
          <a class="button quiet" href={withNext(`/sign-in/with/${id}`, next)}>
            Continue with {label}
          </a>
        ))}
        <p>
          Have an account already? <a href={withNext("/sign-in", next)}>Sign in</a>
        </p>
      </div>
    );
  },
});
