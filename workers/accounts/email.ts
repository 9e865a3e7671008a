import { sql } from "kysely";
import { auditEntry } from "../audit/index.ts";
import { actorOf } from "../auth/index.ts";
import { checkMailAddress } from "../platform/mail.ts";
import { HubError } from "../shared/errors.ts";
import type { AccountsContext } from "./context.ts";
import { countMail } from "./limits.ts";
import { renewSession, requireSudo, type Opened, type Session } from "./sessions.ts";
import { dropTicket, dropTickets, tryTicket } from "./tickets.ts";
import type { Visit } from "./visit.ts";

/** Sends the mail that verifies one's address once more. @throws HubError `conflict` when there is nothing to verify; `too-many`. */
export async function sendVerification(
  context: AccountsContext,
  visit: Visit,
  { user, email }: Session,
): Promise<void> {
  if (email === null || user.emailVerified)
    throw new HubError("conflict", "there is no e-mail address that waits to be verified");
  await countMail(context, visit);
  await context.work.send({ type: "verify-mail", userId: user.id, email });
}

/**
 * The address that somebody gave last, as their log has it, while it is not verified. The links that were mailed would tell it too, but
 * there is none to an address that belongs to somebody else, which is nobody's to learn.
 */
export async function addressToVerify(
  { db }: Pick<AccountsContext, "db">,
  { user }: Session,
): Promise<string | undefined> {
  const entry = await db.query
    .selectFrom("audit_log")
    .select(["action", "after"])
    .where("log", "=", user.id)
    .where("action", "in", ["account.claim", "email.change", "email.verify"])
    .orderBy("id", "desc")
    .limit(1)
    .executeTakeFirst();
  if (!entry || entry.action === "email.verify" || entry.after === null) return undefined;
  const after = JSON.parse(entry.after) as string | { email: string };
  return typeof after === "string" ? after : after.email;
}

/**
 * Takes another e-mail address. One that was verified stays until the other one is; one that was not is replaced at once.
 *
 * The answer is the same whether somebody has the address already, as when signing up.
 *
 * @throws HubError `denied` without confirmation, `invalid`, `too-many`.
 */
export async function changeEmail(
  context: AccountsContext,
  visit: Visit,
  session: Session,
  wanted: { email: string },
): Promise<void> {
  requireSudo(context, session);
  const { db, clock, work } = context;
  const { user } = session;
  const email = checkMailAddress(wanted.email.trim());
  await countMail(context, visit);
  const entry = {
    log: user.id,
    action: "email.change",
    target: user.name,
    before: session.email,
    after: email,
  };
  await db.batch([
    // A link that was sent before leads to an address that is no longer wanted.
    dropTickets(context, user.id, ["verify-email"]),
    // Who has none keeps none until the link is used: an unverified address would cap what they may do.
    sql`update users set email = iif(email is not null and email_verified_at is null, ${email}, email)
      where id = ${user.id}`.compile(db.query),
    auditEntry(db, clock.now(), actorOf(user), entry),
  ]);
  await work.send({ type: "verify-mail", userId: user.id, email });
}

/**
 * Makes an address one's own, by the link that was mailed to it. It takes a session of the very account: a link that somebody is made
 * to open gives their address to nobody else's account.
 *
 * @throws HubError `invalid` when the link is used, too old or of another account; `conflict` when the address was verified elsewhere.
 */
export async function verifyEmail(
  context: AccountsContext,
  visit: Visit,
  session: Session,
  token: string,
): Promise<Opened> {
  const { db, clock, work } = context;
  const { user } = session;
  const ticket = await tryTicket<{ email: string }>(context, "verify-email", token);
  if (ticket?.userId !== user.id)
    throw new HubError(
      "invalid",
      `this link is not for ${user.name}, or was used, or is older than two days; sign in as the account it was made for, or have another one sent`,
    );
  const { email } = ticket.content;
  const now = clock.now();
  const renewed = await renewSession(context, visit, session);
  const taken = sql`exists (select 1 from users where email = ${email} and email_verified_at is not null and id <> ${user.id})`;
  const [verified] = await db.batch([
    sql`update users set email = ${email}, email_verified_at = ${now} where id = ${user.id} and not ${taken}`.compile(
      db.query,
    ),
    auditEntry(db, now, actorOf(user), {
      log: user.id,
      action: "email.verify",
      target: user.name,
      before: session.email,
      after: email,
    }),
    dropTicket(context, ticket.hmac),
    // They went to the address of before.
    dropTickets(context, user.id, ["reset-password"]),
    ...renewed.queries,
  ]);
  if (verified?.numAffectedRows === 0n)
    throw new HubError(
      "conflict",
      `${email} belongs to another account by now; give ${user.name} another address`,
    );
  if (user.emailVerified && session.email !== null)
    await work.send({ type: "notice-mail", to: session.email, name: user.name, notice: "email-changed" });
  return { ...renewed.opened, user: { ...user, emailVerified: true } };
}
