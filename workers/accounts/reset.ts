import { auditEntry } from "../audit/index.ts";
import { actorOf } from "../auth/index.ts";
import { checkMailAddress } from "../platform/mail.ts";
import { HubError } from "../shared/errors.ts";
import { setPassword } from "./change-password.ts";
import type { AccountsContext } from "./context.ts";
import { countAddress, countMail } from "./limits.ts";
import { sendNotice } from "./notices.ts";
import { checkNewPassword } from "./passwords.ts";
import { useCode } from "./second-factor.ts";
import { newSession, userOf, type Opened } from "./sessions.ts";
import { dropTickets, redeemTicket, tryTicket } from "./tickets.ts";
import type { Visit } from "./visit.ts";

/**
 * Has a link mailed by which the account of an address gets another password. Whether there is such an account is looked up behind the
 * answer (mail-jobs.ts), which so is the same, and takes as long, for every address.
 *
 * @throws HubError `invalid`, `too-many`.
 */
export async function requestReset(context: AccountsContext, visit: Visit, email: string): Promise<void> {
  const address = checkMailAddress(email.trim());
  await countMail(context, visit);
  await context.work.send({ type: "reset-mail", email: address });
}

export type ResetStep = { step: "done"; opened: Opened } | { step: "code-needed" };

/**
 * Sets another password by the link that was mailed, and signs in. Where there is a second factor it takes a code as well: whoever reads
 * somebody's mail has one factor of two. All sessions end.
 *
 * @throws HubError `invalid` when the link was used or is too old, or for the password; `denied` for the code; `too-many`.
 */
export async function resetPassword(
  context: AccountsContext,
  visit: Visit,
  given: { token: string; password: string; code?: string | undefined },
): Promise<ResetStep> {
  const { db, clock, hasher } = context;
  const giveBack = await countAddress(context, visit);
  const ticket = await tryTicket(context, "reset-password", given.token);
  const row =
    ticket &&
    (await db.query
      .selectFrom("users")
      .selectAll()
      .where("id", "=", ticket.userId ?? "")
      .executeTakeFirst());
  if (!row) throw staleLink();
  await giveBack();
  const user = userOf(row, visit);
  await checkNewPassword(context, given.password, [user.name, row.email]);
  if (user.twoFactor) {
    if (!given.code) return { step: "code-needed" };
    await useCode(context, visit, user, given.code);
  }
  const hash = await hasher.hash(given.password);
  // Of two at the same moment one goes on.
  if (!(await redeemTicket(context, "reset-password", given.token))) throw staleLink();
  const session = await newSession(context, visit, user, "reset link");
  await db.batch([
    setPassword(context, user.id, hash),
    auditEntry(db, clock.now(), actorOf(user), { log: user.id, action: "password.reset", target: user.name }),
    dropTickets(context, user.id, ["reset-password", "second-factor"]),
    db.query.deleteFrom("sign_in_sessions").where("user_id", "=", user.id),
    ...session.queries,
  ]);
  await sendNotice(context, user, "password-changed");
  return { step: "done", opened: session.opened };
}

function staleLink(): HubError {
  return new HubError("invalid", "this link was used or is older than an hour; ask for another one");
}
