import { z } from "zod";
import { addressToVerify, sendVerification } from "../../../accounts/index.ts";
import { GoTo, page } from "../../page.ts";
import { Form } from "../../view/form.tsx";
import { Section } from "../../view/heading.tsx";
import { whereMailIs } from "../words.ts";
import { Settings } from "./frame.tsx";

export const accountPage = page({
  path: "/settings",
  who: "user",
  title: "Settings",
  load: ({ services, session }) => addressToVerify(services.accounts, session),
  forms: {
    sendAgain: {
      fields: z.strictObject({}),
      run: async ({ services, visit, session }) => {
        await sendVerification(services.accounts, visit, session);
        const sends = services.accounts.settings.mail !== undefined;
        return new GoTo("/settings", { saying: whereMailIs(sends, session.email ?? "your address") });
      },
    },
  },
  view: ({ data: waiting, session: { user, email }, form }) => (
    <Settings current="/settings">
      <Section title="Who you are">
        <dl>
          <dt>Name</dt>
          <dd>{user.name}</dd>
          <dt>E-mail address</dt>
          <dd>
            {email ?? (waiting === undefined ? "none" : `${waiting} (not verified yet)`)}
            {!user.emailVerified && " (not verified yet)"}
            {email !== null && waiting !== undefined && waiting !== email && (
              <span class="muted">; {waiting} in its place, once you use the link that was mailed there</span>
            )}
          </dd>
          <dt>Kind</dt>
          <dd>{user.administrator ? "Administrator of this hub" : "User"}</dd>
        </dl>
        {!user.emailVerified && <Form form={form("sendAgain")} submit="Send the link again" />}
        <p>
          <a href="/settings/email">
            {email === null ? "Set an e-mail address" : "Change the e-mail address"}
          </a>
        </p>
      </Section>
      <Section title="What this hub holds about you">
        <p>
          All of it, as one JSON file. <a href="/settings/export">Download the export</a>
        </p>
      </Section>
      <Section title="Leave">
        <p>
          <a href="/settings/delete">Delete the account {user.name}</a>
        </p>
      </Section>
    </Settings>
  ),
});
