import { recordEvent } from "../audit/index.ts";
import { actorOf, type User } from "../auth/index.ts";
import { HubError } from "../shared/errors.ts";
import type { AccountsContext } from "./context.ts";
import { countPassword } from "./limits.ts";
import { findPerson } from "./people.ts";
import { refuseOverlong } from "./passwords.ts";
import { secondFactorsOf, useCode, type SecondFactor } from "./second-factor.ts";
import { openSession, userOf, type Opened } from "./sessions.ts";
import { dropTicket, issueTicket, tryTicket, type Ticket } from "./tickets.ts";
import type { Visit } from "./visit.ts";

/** How far a sign-in has come. The ticket stands for what was shown already; it is good for ten minutes and some tries. */
export type Step =
  | { step: "done"; opened: Opened }
  | { step: "second-factor"; ticket: string; methods: SecondFactor[] };

/** What somebody has shown before their second factor. */
export interface FirstFactor {
  /** For the audit log: `password`, or the provider. */
  method: string;
}

/** Codes that one sign-in may try. */
const maximumTries = 5;

/**
 * Signs in with a password. An unknown account gets the same answer as a wrong password, after the same work.
 *
 * @param given.login the name, or the e-mail address when it has been verified
 * @throws HubError `denied`, `too-many`.
 */
export async function signIn(
  context: AccountsContext,
  visit: Visit,
  given: { login: string; password: string },
): Promise<Step> {
  refuseOverlong(given.password);
  const login = given.login.trim().slice(0, 300);
  const person = await findPerson(context, login);
  const giveBack = await countPassword(context, visit, login, person?.id);
  const right = await hasPassword(context, person, given.password);
  if (!person || !right) {
    if (person) noteRefusal(context, userOf(person, visit));
    throw new HubError(
      "denied",
      "the name or the password is wrong; a forgotten password can be reset by mail",
    );
  }
  await giveBack();
  return nextStep(context, visit, userOf(person, visit), { method: "password" });
}

type Person = NonNullable<Awaited<ReturnType<typeof findPerson>>>;

/** One hash, whatever there is to compare with. Hashes anew what was hashed otherwise than new passwords are. */
async function hasPassword(
  { db, hasher }: AccountsContext,
  person: Person | undefined,
  password: string,
): Promise<boolean> {
  if (!person?.hash) {
    await hasher.pretend(password);
    return false;
  }
  if (!(await hasher.verify(password, person.hash))) return false;
  if (hasher.isOutdated(person.hash))
    await db.query
      .updateTable("sign_in_passwords")
      .set({ hash: await hasher.hash(password) })
      .where("user_id", "=", person.id)
      .where("hash", "=", person.hash)
      .execute();
  return true;
}

/** Behind the answer, which so takes as long as for an account that is not there. */
function noteRefusal({ db, clock, auth }: AccountsContext, user: User): void {
  const entry = { log: user.id, action: "session.refuse", target: user.name };
  auth.background(recordEvent(db, clock.now(), { ...actorOf(user), subject: "anonymous", name: "" }, entry));
}

/** What comes after the first factor. */
export async function nextStep(
  context: AccountsContext,
  visit: Visit,
  user: User,
  first: FirstFactor,
): Promise<Step> {
  if (!user.twoFactor) return { step: "done", opened: await openSession(context, visit, user, first.method) };
  const ticket = await issueTicket(context, "second-factor", { userId: user.id, content: first });
  return { step: "second-factor", ticket, methods: await secondFactorsOf(context, user.id) };
}

/**
 * Finishes a sign-in with a code of the authenticator app or a recovery code.
 *
 * @throws HubError `denied`, `too-many`; `unauthenticated` when the sign-in has to begin anew.
 */
export async function finishWithCode(
  context: AccountsContext,
  visit: Visit,
  given: { ticket: string; code: string },
): Promise<Opened> {
  const { ticket, user } = await resumeSignIn(context, visit, given.ticket);
  const method = `${ticket.content.method} and ${await useCode(context, visit, user, given.code)}`;
  return openSession(context, visit, user, method, [dropTicket(context, ticket.hmac)]);
}

/** The sign-in that a ticket stands for. @throws HubError `unauthenticated`. */
export async function resumeSignIn(
  context: AccountsContext,
  visit: Visit,
  text: string,
): Promise<{ ticket: Ticket<FirstFactor>; user: User }> {
  const ticket = await tryTicket<FirstFactor>(context, "second-factor", text);
  const row =
    ticket && ticket.tries <= maximumTries
      ? await context.db.query
          .selectFrom("users")
          .selectAll()
          .where("id", "=", ticket.userId ?? "")
          .executeTakeFirst()
      : undefined;
  if (!ticket || !row)
    throw new HubError("unauthenticated", "this sign-in took too long or too many tries; begin again");
  return { ticket, user: userOf(row, visit) };
}
