import { z } from "zod";
import { readSignUpMode, signIn } from "../../../accounts/index.ts";
import * as fields from "../../fields.ts";
import { nextPath, withNext } from "../../next-path.ts";
import { page, Show } from "../../page.ts";
import { Field } from "../../view/field.tsx";
import { Form } from "../../view/form.tsx";
import { Heading } from "../../view/heading.tsx";
import { enter } from "../enter.ts";
import { SecondFactor } from "./second-factor.tsx";

export const signInPage = page({
  path: "/sign-in",
  who: "guest",
  query: z.strictObject({ next: fields.next }),
  title: "Sign in",
  load: async ({ services: { accounts } }) => ({
    providers: accounts.settings.providers,
    signUp: await readSignUpMode(accounts),
  }),
  forms: {
    password: {
      fields: z.strictObject({ login: fields.text(), password: fields.text(1000) }),
      run: async ({ services, visit, query }, given) => {
        const next = nextPath(query.next);
        const step = await signIn(services.accounts, visit, given);
        if (step.step === "done") return enter(visit, step.opened, next);
        return new Show(
          "Second factor",
          <SecondFactor ticket={step.ticket} methods={step.methods} next={next} />,
        );
      },
    },
  },
  view: ({ data: { providers, signUp }, form, query }) => {
    const next = nextPath(query.next);
    return (
      <div class="narrow wide">
        <Heading title="Sign in" />
        <Form form={form("password")} submit="Sign in">
          <Field
            form={form("password")}
            name="login"
            label="Name or e-mail address"
            autocomplete="username webauthn"
            exact
            autofocus
          />
          <Field
            form={form("password")}
            name="password"
            label="Password"
            type="password"
            autocomplete="current-password"
          />
        </Form>
        <p class="or">or</p>
        <a class="button quiet" href={withNext("/sign-in/passkey", next)}>
          Sign in with a passkey
        </a>
        {providers.map(({ id, label }) => (
          <a class="button quiet" href={withNext(`/sign-in/with/${id}`, next)}>
            Sign in with {label}
          </a>
        ))}
        <ul class="linklist">
          <li>
            <a href="/forgotten">Forgotten password</a>
          </li>
          {signUp === "open" && (
            <li>
              <a href={withNext("/sign-up", next)}>Create an account</a>
            </li>
          )}
          <li>
            <a href="/welcome">First sign-in with an access token</a>
          </li>
        </ul>
      </div>
    );
  },
});
