import { z } from "zod";
import { endpointWith, type AuthContext } from "../auth/index.ts";
import { timeField } from "../platform/endpoint-fields.ts";
import { HubError } from "../shared/errors.ts";
import type { AccountsContext } from "./context.ts";
import { deleteOwnAccount } from "./deletion.ts";
import { exportAccount } from "./export.ts";
import { listOutbox } from "./outbox.ts";
import { listSessions, revokeSession } from "./session-list.ts";

const endpoint = endpointWith<{ auth: AuthContext; accounts: AccountsContext }>();

const session = z.object({
  id: z.string(),
  /** What the browser says it is. */
  agent: z.string(),
  address: z.string().nullable(),
  created_at: timeField,
  /** To the hour. */
  used_at: timeField,
});

/** A row of the database, with its columns. */
const row = z.record(z.string(), z.unknown());

const exported = z.object({
  exported_at: timeField,
  account: row.nullable(),
  password: row.nullable(),
  authenticator_app: row.nullable(),
  recovery_codes: z.array(row),
  passkeys: z.array(row),
  linked_accounts: z.array(row),
  sessions: z.array(row),
  access_tokens: z.array(row),
  federation_rules: z.array(row),
  organizations: z.array(row),
  teams: z.array(row),
  grants: z.array(row),
  repositories: z.array(row),
  stars: z.array(row),
  audit_log: z.array(row),
});

const mail = z.object({
  id: z.int(),
  at: timeField,
  recipient: z.string(),
  subject: z.string(),
  text: z.string(),
  html: z.string(),
});

/** `/api/v1`: one's sessions and account, and the outbox of the hub. */
export const accountEndpoints = [
  endpoint({
    method: "GET",
    path: "/api/v1/me/sessions",
    operation: "listSessions",
    summary: "Lists the browsers that are signed in to the account.",
    tag: "Account",
    access: "user",
    scope: "account",
    answer: { status: 200, schema: z.object({ sessions: z.array(session) }) },
    run: async ({ context, actor }) => {
      const sessions = await listSessions(context.accounts, actor);
      return {
        sessions: sessions.map(({ createdAt, usedAt, ...each }) => ({
          ...each,
          created_at: createdAt,
          used_at: usedAt,
        })),
      };
    },
  }),
  endpoint({
    method: "DELETE",
    path: "/api/v1/me/sessions/:session",
    operation: "revokeSession",
    summary: "Signs a browser out.",
    tag: "Account",
    access: "user",
    scope: "account",
    params: z.strictObject({ session: z.string() }),
    answer: { status: 204 },
    run: ({ context, actor, params }) => revokeSession(context.accounts, actor, params.session),
  }),
  endpoint({
    method: "GET",
    path: "/api/v1/me/export",
    operation: "exportAccount",
    summary: "Gives everything that the hub holds about the account.",
    tag: "Account",
    access: "user",
    scope: "account",
    answer: { status: 200, schema: exported },
    run: ({ context, actor }) => exportAccount(context.accounts, actor),
  }),
  endpoint({
    method: "DELETE",
    path: "/api/v1/me",
    operation: "deleteAccount",
    summary: "Deletes the account, which must have no repositories and be no organization's last owner.",
    tag: "Account",
    access: "user",
    scope: "account",
    answer: { status: 204 },
    run: ({ context, actor }) => deleteOwnAccount(context.accounts, actor),
  }),
  endpoint({
    method: "GET",
    path: "/api/v1/outbox",
    operation: "listOutbox",
    summary: "Lists the mails of a hub that has no mail server, the newest first.",
    tag: "Mail",
    access: "administrator",
    scope: "administration",
    paged: 50,
    answer: { status: 200, schema: z.object({ mails: z.array(mail) }) },
    run: async ({ context, actor, page, more }) => {
      const before = readId(page.last);
      const mails = await listOutbox(context.accounts, actor, { before, limit: page.limit + 1 });
      const shown = mails.slice(0, page.limit);
      const last = shown.at(-1);
      if (last && mails.length > shown.length) more(String(last.id));
      return { mails: shown };
    },
  }),
];

/** @throws HubError `invalid`. */
function readId(last: string): number {
  if (!/^\d{0,15}$/.test(last))
    throw new HubError("invalid", `last=${last.slice(0, 40)} is no mail; take it from the Link header`);
  return Number(last);
}
