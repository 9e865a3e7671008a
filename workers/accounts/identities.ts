import { sql } from "kysely";
import { auditEntry } from "../audit/index.ts";
import { actorOf, type User } from "../auth/index.ts";
import { HubError } from "../shared/errors.ts";
import type { AccountsContext } from "./context.ts";
import { sendNotice } from "./notices.ts";
import type { ForeignAccount } from "./provider-exchange.ts";
import type { Provider, ProviderId } from "./providers.ts";
import { requireSudo, type Session } from "./sessions.ts";
import { lastWayIn, otherWayIn } from "./ways-in.ts";

/** An account elsewhere that signs in here. */
export interface Identity {
  provider: ProviderId;
  subject: string;
  /** What it was called there when it was linked. */
  label: string;
  createdAt: number;
  lastUsedAt: number | null;
}

export async function listIdentities({ db }: AccountsContext, { user }: Session): Promise<Identity[]> {
  const rows = await db.query
    .selectFrom("sign_in_identities")
    .selectAll()
    .where("user_id", "=", user.id)
    .orderBy("created_at")
    .execute();
  return rows.map((row) => ({
    provider: row.provider as ProviderId,
    subject: row.subject,
    label: row.label,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
  }));
}

/** Lets an account elsewhere sign in as this user. @throws HubError `conflict` when it signs in somebody else. */
export async function linkIdentity(
  context: AccountsContext,
  user: User,
  provider: Provider,
  { subject, label }: ForeignAccount,
): Promise<void> {
  const { db, clock } = context;
  const now = clock.now();
  const [linked] = await db.batch([
    db.query
      .insertInto("sign_in_identities")
      .values({
        provider: provider.id,
        subject,
        user_id: user.id,
        label,
        created_at: now,
        last_used_at: null,
      })
      .onConflict((conflict) => conflict.doNothing()),
    auditEntry(db, now, actorOf(user), {
      log: user.id,
      action: "identity.link",
      target: `${provider.id}: ${label}`,
    }),
  ]);
  if (linked?.numAffectedRows === 0n)
    throw new HubError(
      "conflict",
      `the account ${label} of ${provider.label} signs in to an account here already; unlink it there first`,
    );
  await sendNotice(context, user, "identity-linked");
}

/** @throws HubError `denied` without confirmation; `not-found`; `conflict` when nothing else signs in. */
export async function unlinkIdentity(
  context: AccountsContext,
  session: Session,
  given: { provider: string; subject: string },
): Promise<void> {
  requireSudo(context, session);
  const { db, clock } = context;
  const { user } = session;
  const identity = (await listIdentities(context, session)).find(
    (each) => each.provider === given.provider && each.subject === given.subject,
  );
  if (!identity) throw new HubError("not-found", "there is no such linked account of yours");
  const { provider, subject, label } = identity;
  const [unlinked] = await db.batch([
    sql`delete from sign_in_identities where provider = ${provider} and subject = ${subject} and user_id = ${user.id}
      and ${otherWayIn(user.id, { identity })}`.compile(db.query),
    auditEntry(db, clock.now(), actorOf(user), {
      log: user.id,
      action: "identity.unlink",
      target: `${provider}: ${label}`,
    }),
  ]);
  if (unlinked?.numAffectedRows === 0n) throw lastWayIn();
}
