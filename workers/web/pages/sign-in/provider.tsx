import { z } from "zod";
import { cookiesFor, createWithProvider, finishProvider, startProvider } from "../../../accounts/index.ts";
import * as fields from "../../fields.ts";
import { emptyForm, type FormState } from "../../form-state.ts";
import { nextPath, withNext } from "../../next-path.ts";
import { GoTo, page } from "../../page.ts";
import { Field } from "../../view/field.tsx";
import { Form } from "../../view/form.tsx";
import { Heading } from "../../view/heading.tsx";
import { enter } from "../enter.ts";
import { SecondFactor } from "./second-factor.tsx";

const provider = z.strictObject({ provider: z.string() });

/** Sends the browser to the provider. */
export const providerPage = page({
  path: "/sign-in/with/:provider",
  who: "guest",
  params: provider,
  query: z.strictObject({ next: fields.next, invitation: fields.optionalText() }),
  title: "Sign in",
  load: async ({ services, visit, params, query: { next, invitation } }) => {
    const purpose = { kind: "sign-in", next: nextPath(next), invitation } as const;
    const { location, cookies } = await startProvider(services.accounts, visit, params.provider, purpose);
    return new GoTo(location, { cookies });
  },
  view: () => null,
});

/** Where the provider sends the browser back to. */
export const providerCallbackPage = page({
  path: "/sign-in/:provider/callback",
  who: "anybody",
  params: provider,
  title: "Sign in",
  load: async ({ services, visit, params, url, session }) => {
    const step = await finishProvider(services.accounts, visit, params.provider, url, session);
    if (step.step === "linked")
      return new GoTo("/settings/security", { cookies: step.cookies, saying: "The account is linked." });
    if (step.step === "done") {
      const cookies = [...step.cookies, ...cookiesFor(visit, step.opened)];
      return new GoTo(nextPath(step.next), { cookies });
    }
    return step;
  },
  view: ({ data }) =>
    data.step === "choose-name" ? (
      <ChooseName {...data} />
    ) : (
      <SecondFactor ticket={data.ticket} methods={data.methods} next={nextPath(data.next)} />
    ),
});

interface NameProps {
  ticket: string;
  suggestion: string;
  email: string | undefined;
  next: string | undefined;
  form?: FormState;
}

function ChooseName({ ticket, suggestion, email, next, form = emptyForm("name") }: NameProps) {
  return (
    <div class="narrow wide">
      <Heading title="Choose a name">It is what your repositories begin with.</Heading>
      <Form
        form={form}
        submit="Create the account"
        action={withNext(namePath, nextPath(next))}
        hidden={{ ticket }}
      >
        <Field
          form={form}
          name="name"
          label="Name"
          value={suggestion}
          autocomplete="username"
          maxlength={64}
          exact
          autofocus
        />
        {email === undefined && (
          <Field
            form={form}
            name="email"
            label="E-mail address"
            type="email"
            hint="You get a mail with a link that verifies it."
            autocomplete="email"
          />
        )}
      </Form>
    </div>
  );
}

const namePath = "/sign-in/name";

/** The name of somebody who has signed in with a provider for the first time. */
export const chooseNamePage = page({
  path: namePath,
  who: "guest",
  query: z.strictObject({ next: fields.next }),
  title: "Choose a name",
  load: ({ request }) => (request.method === "POST" ? undefined : new GoTo("/sign-in")),
  forms: {
    name: {
      fields: z.strictObject({ ticket: fields.text(), name: fields.text(), email: fields.optionalText() }),
      run: async ({ services, visit, query }, given) =>
        enter(visit, await createWithProvider(services.accounts, visit, given), nextPath(query.next)),
    },
  },
  view: ({ form, query }) => {
    const sent = form("name");
    return (
      <ChooseName
        ticket={sent.values.get("ticket")?.[0] ?? ""}
        suggestion=""
        // It is shown again when it was asked for.
        email={sent.values.has("email") ? undefined : "known"}
        next={query.next}
        form={sent}
      />
    );
  },
});
