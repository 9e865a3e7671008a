import { z } from "zod";
import { finishPasskeySignIn, startPasskeySignIn } from "../../../accounts/index.ts";
import * as fields from "../../fields.ts";
import { nextPath, withNext } from "../../next-path.ts";
import { page } from "../../page.ts";
import { Heading } from "../../view/heading.tsx";
import { PasskeyForm } from "../../view/passkey-form.tsx";
import { enter } from "../enter.ts";

export const passkeySignInPage = page({
  path: "/sign-in/passkey",
  who: "guest",
  query: z.strictObject({ next: fields.next }),
  title: "Sign in with a passkey",
  load: ({ services, visit }) => startPasskeySignIn(services.accounts, visit),
  forms: {
    passkey: {
      fields: z.strictObject({ challenge: fields.text(), response: fields.passkeyResponse }),
      run: async ({ services, visit, query }, { challenge, response }) =>
        enter(
          visit,
          await finishPasskeySignIn(services.accounts, visit, { challenge, response: response as never }),
          nextPath(query.next),
        ),
    },
  },
  view: ({ data, form, query }) => (
    <div class="narrow wide">
      <Heading title="Sign in with a passkey">Your device or your password store knows it.</Heading>
      <PasskeyForm form={form("passkey")} mode="get" asked={data} submit="Use a passkey" />
      <p>
        <a href={withNext("/sign-in", nextPath(query.next))}>Sign in with a password</a>
      </p>
    </div>
  ),
});
