import { auditEntry } from "../audit/index.ts";
import { actorOf, requireScope, type User } from "../auth/index.ts";
import { HubError } from "../shared/errors.ts";
import type { AccountsContext } from "./context.ts";
import { liveSince, type Session } from "./sessions.ts";

/** A browser that is signed in, as its owner sees it. */
export interface ListedSession {
  id: string;
  /** What the browser said it is. */
  agent: string;
  address: string | null;
  createdAt: number;
  /** To the hour. */
  usedAt: number;
}

/** One's sessions, the last used first. @throws HubError `denied` to a token without the scope `account`. */
export async function listSessions({ db, clock }: AccountsContext, actor: User): Promise<ListedSession[]> {
  requireScope(actor, "account");
  const { usedAfter, createdAfter } = liveSince(clock.now());
  const rows = await db.query
    .selectFrom("sign_in_sessions")
    .selectAll()
    .where("user_id", "=", actor.id)
    .where("used_at", ">", usedAfter)
    .where("created_at", ">", createdAfter)
    .orderBy("used_at", "desc")
    .orderBy("id")
    .execute();
  return rows.map((row) => ({
    id: row.id,
    agent: row.agent,
    address: row.address,
    createdAt: row.created_at,
    usedAt: row.used_at,
  }));
}

/** Ends one of one's sessions, at once. @throws HubError `not-found`, also for somebody else's; `denied`. */
export async function revokeSession({ db, clock }: AccountsContext, actor: User, id: string): Promise<void> {
  requireScope(actor, "account");
  const [ended] = await db.batch([
    db.query.deleteFrom("sign_in_sessions").where("id", "=", id).where("user_id", "=", actor.id),
    auditEntry(db, clock.now(), actorOf(actor), {
      log: actor.id,
      action: "session.revoke",
      target: actor.name,
    }),
  ]);
  if (ended?.numAffectedRows === 0n) throw new HubError("not-found", "there is no such session of yours");
}

/** Ends all sessions but this one. @returns how many there were */
export async function revokeOtherSessions(
  { db, clock }: AccountsContext,
  { id, user }: Session,
): Promise<number> {
  const [ended] = await db.batch([
    db.query.deleteFrom("sign_in_sessions").where("user_id", "=", user.id).where("id", "<>", id),
    auditEntry(db, clock.now(), actorOf(user), {
      log: user.id,
      action: "session.revoke-others",
      target: user.name,
    }),
  ]);
  return Number(ended?.numAffectedRows ?? 0n);
}
