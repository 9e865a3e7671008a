import { z } from "zod";
import { verifyEmail } from "../../../accounts/index.ts";
import * as fields from "../../fields.ts";
import { nextPath } from "../../next-path.ts";
import { page } from "../../page.ts";
import { Form } from "../../view/form.tsx";
import { Heading } from "../../view/heading.tsx";
import { enter } from "../enter.ts";

/** The link of the mail leads here. Reading the page verifies nothing: programs that look into mails follow links, too. */
export const verifyPage = page({
  path: "/verify",
  who: "user",
  query: z.strictObject({ token: fields.text().optional(), next: fields.next }),
  title: "Verify your e-mail address",
  load: () => undefined,
  forms: {
    verify: {
      fields: z.strictObject({ token: fields.text() }),
      run: async ({ services, visit, session, query }, { token }) =>
        enter(
          visit,
          await verifyEmail(services.accounts, visit, session, token),
          nextPath(query.next),
          "Your e-mail address is verified.",
        ),
    },
  },
  view: ({ query, form, session }) => (
    <div class="narrow wide">
      <Heading title="Verify your e-mail address">
        It becomes the address of the account {session.user.name}.
      </Heading>
      {query.token === undefined ? (
        <p>
          The address of this page is not complete: copy the whole link from the mail, or{" "}
          <a href="/settings">have another one sent</a>.
        </p>
      ) : (
        <Form form={form("verify")} submit="Verify this address" hidden={{ token: query.token }} />
      )}
    </div>
  ),
});
