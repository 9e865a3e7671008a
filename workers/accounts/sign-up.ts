import { sql, type CompiledQuery } from "kysely";
import { auditEntry } from "../audit/index.ts";
import { actorOf, checkNamespaceName, nameIsFree, refuseName, type User } from "../auth/index.ts";
import { checkMailAddress } from "../platform/mail.ts";
import { HubError } from "../shared/errors.ts";
import type { AccountsContext } from "./context.ts";
import { countMail } from "./limits.ts";
import { checkNewPassword } from "./passwords.ts";
import { newSession, type Opened } from "./sessions.ts";
import { readSignUpMode } from "./sign-up-mode.ts";
import type { Visit } from "./visit.ts";

/**
 * Makes an account, and signs it in. Until its e-mail address is verified it may read and no more.
 *
 * The answer is the same whether somebody has the address already: an address belongs to whoever verifies it, and the mail to it says how
 * things are. So signing up tells nobody who has an account here, and keeps no address from its owner.
 *
 * @param wanted.invitation the text of an invitation to an organization, where accounts are by invitation
 * @throws HubError `invalid`, `denied`, `conflict` (the name), `too-many`.
 */
export async function signUp(
  context: AccountsContext,
  visit: Visit,
  wanted: { name: string; email: string; password: string; invitation?: string | undefined },
): Promise<Opened> {
  const email = checkMailAddress(wanted.email.trim());
  await requireSignUp(context, wanted.invitation, email);
  await checkNewPassword(context, wanted.password, [wanted.name, email]);
  await countMail(context, visit);
  const hash = await context.hasher.hash(wanted.password);
  return createAccount(context, visit, {
    name: wanted.name,
    email,
    emailVerified: false,
    invitation: wanted.invitation,
    method: "password",
    also: (id) => [
      // Beside the user of the statement before, who is not there when the name was taken.
      sql`insert into sign_in_passwords (user_id, hash, changed_at)
        select id, ${hash}, ${context.clock.now()} from users where id = ${id}`.compile(context.db.query),
    ],
  });
}

interface NewAccount {
  name: string;
  email: string;
  emailVerified: boolean;
  /** The text of the invitation they came by: to where the mail that verifies the address leads on. */
  invitation?: string | undefined;
  /** How it signs in, for the audit log. */
  method: string;
  /** What is made together with it. */
  also: (userId: string) => CompiledQuery[];
}

/**
 * Makes a user, how they sign in, and their first session: all of it or nothing.
 *
 * @throws HubError `invalid`, `conflict` for the name.
 */
export async function createAccount(
  context: AccountsContext,
  visit: Visit,
  { name, email, emailVerified, invitation, method, also }: NewAccount,
): Promise<Opened> {
  const { db, clock, auth, work } = context;
  checkNamespaceName(name);
  const now = clock.now();
  const user: User = {
    kind: "user",
    id: crypto.randomUUID(),
    name,
    administrator: false,
    emailVerified,
    twoFactor: false,
    token: undefined,
    address: visit.address,
  };
  const insert = sql`insert into users (id, name, created_at, email, email_verified_at)
    select ${user.id}, ${name}, ${now}, ${email}, ${emailVerified ? now : null} where ${nameIsFree(auth, name)}`;
  const entry = { log: user.id, action: "account.create", target: name, after: { email, method } };
  const session = await newSession(context, visit, user, method);
  const [created] = await db.batch([
    insert.compile(db.query),
    auditEntry(db, now, actorOf(user), entry),
    ...also(user.id),
    ...session.queries,
  ]);
  if (created?.numAffectedRows === 0n) await refuseName(auth, name);
  if (!emailVerified) await work.send({ type: "verify-mail", userId: user.id, email, invitation });
  return session.opened;
}

/**
 * Whether somebody may make an account here.
 *
 * @param email undefined: not known yet; an invitation is looked at when it is
 * @throws HubError `denied`.
 */
export async function requireSignUp(
  context: AccountsContext,
  invitation: string | undefined,
  email: string | undefined,
): Promise<void> {
  const mode = await readSignUpMode(context);
  if (mode === "open") return;
  if (mode === "closed")
    throw new HubError("denied", "accounts of this hub are made by its administrators; ask one of them");
  if (invitation && (email === undefined || (await context.isInvited(invitation, email)))) return;
  throw new HubError(
    "denied",
    "accounts of this hub are by invitation; open the link of one that is still good, and give the address it went to",
  );
}
