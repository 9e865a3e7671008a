import { sql, type CompiledQuery } from "kysely";
import { auditEntry } from "../audit/index.ts";
import { actorOf } from "../auth/index.ts";
import type { AccountsContext } from "./context.ts";
import { sendNotice } from "./notices.ts";
import { checkNewPassword } from "./passwords.ts";
import { renewSession, requireSudo, type Opened, type Session } from "./sessions.ts";
import { dropTickets } from "./tickets.ts";
import type { Visit } from "./visit.ts";

/**
 * Sets another password, or the first one of an account that had none. All other sessions end.
 *
 * @throws HubError `denied` without confirmation; `invalid`.
 */
export async function changePassword(
  context: AccountsContext,
  visit: Visit,
  session: Session,
  given: { password: string },
): Promise<Opened> {
  requireSudo(context, session);
  const { db, clock, hasher } = context;
  const { user } = session;
  await checkNewPassword(context, given.password, [user.name, session.email]);
  const hash = await hasher.hash(given.password);
  const renewed = await renewSession(context, visit, session);
  await db.batch([
    setPassword(context, user.id, hash),
    auditEntry(db, clock.now(), actorOf(user), {
      log: user.id,
      action: "password.change",
      target: user.name,
    }),
    dropTickets(context, user.id, ["reset-password", "second-factor"]),
    db.query.deleteFrom("sign_in_sessions").where("user_id", "=", user.id).where("id", "<>", session.id),
    ...renewed.queries,
  ]);
  await sendNotice(context, user, "password-changed");
  return renewed.opened;
}

/** The statement that puts a password in the place of whatever there was. */
export function setPassword({ db, clock }: AccountsContext, userId: string, hash: string): CompiledQuery {
  return sql`insert into sign_in_passwords (user_id, hash, changed_at)
    select id, ${hash}, ${clock.now()} from users where id = ${userId}
    on conflict (user_id) do update set hash = excluded.hash, changed_at = excluded.changed_at`.compile(
    db.query,
  );
}
