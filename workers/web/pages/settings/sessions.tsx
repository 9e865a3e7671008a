import { z } from "zod";
import { listSessions, revokeOtherSessions, revokeSession } from "../../../accounts/index.ts";
import { GoTo, page } from "../../page.ts";
import * as fields from "../../fields.ts";
import { describeBrowser } from "../../view/browser.ts";
import { Form } from "../../view/form.tsx";
import { Section } from "../../view/heading.tsx";
import { Table } from "../../view/table.tsx";
import { Time } from "../../view/time.tsx";
import { Settings } from "./frame.tsx";

const path = "/settings/sessions";

export const sessionsPage = page({
  path,
  who: "user",
  title: "Sessions",
  load: ({ services, actor }) => listSessions(services.accounts, actor),
  forms: {
    end: {
      fields: z.strictObject({ id: fields.text() }),
      run: async ({ services, actor }, { id }) => {
        await revokeSession(services.accounts, actor, id);
        return new GoTo(path, { saying: "The session is ended." });
      },
    },
    endOthers: {
      fields: z.strictObject({}),
      run: async ({ services, session }) => {
        const ended = await revokeOtherSessions(services.accounts, session);
        return new GoTo(path, {
          saying: ended === 1 ? "1 session is ended." : `${ended} sessions are ended.`,
        });
      },
    },
  },
  view: ({ data: sessions, form, session, now }) => (
    <Settings current={path}>
      <Section title="Where you are signed in">
        <Table
          caption="Sessions"
          columns={[
            { label: "Browser" },
            { label: "Address" },
            { label: "Signed in" },
            { label: "Last seen" },
            { label: "Acts", unseen: true },
          ]}
          rows={sessions.map(({ id, agent, address, createdAt, usedAt }) => {
            const browser = describeBrowser(agent);
            return [
              <span title={agent}>{browser}</span>,
              address ?? <span class="muted">unknown</span>,
              <Time at={createdAt} now={now} />,
              <Time at={usedAt} now={now} />,
              id === session.id ? (
                <span class="muted">this one</span>
              ) : (
                <Form
                  form={form("end")}
                  submit="End"
                  label={`End session ${browser}`}
                  hidden={{ id }}
                  inline
                />
              ),
            ];
          })}
        />
        {sessions.length > 1 && (
          <Form form={form("endOthers")} submit={`End the ${sessions.length - 1} other sessions`} />
        )}
      </Section>
    </Settings>
  ),
});
