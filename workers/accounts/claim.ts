import { sql } from "kysely";
import { auditEntry } from "../audit/index.ts";
import { actorOf, requireScope, signIn, type User } from "../auth/index.ts";
import { checkMailAddress } from "../platform/mail.ts";
import { HubError } from "../shared/errors.ts";
import type { AccountsContext } from "./context.ts";
import { countAddress, countMail } from "./limits.ts";
import { checkNewPassword } from "./passwords.ts";
import { openSession, type Opened } from "./sessions.ts";
import type { Visit } from "./visit.ts";

/**
 * Gives a password to somebody whom an administrator made, and who so far has an access token and no way to sign in; the first
 * administrator among them. Their e-mail address becomes theirs with the link that is mailed to it.
 *
 * @throws HubError `denied` when the token is wrong, or lacks the scope `account`, or `administration` where it
 *   is an administrator's; `conflict` when the account can be signed in to already;
 *   `invalid`, `too-many`.
 */
export async function claimAccount(
  context: AccountsContext,
  visit: Visit,
  given: { accessToken: string; email: string; password: string },
): Promise<Opened> {
  const { db, clock, hasher, work } = context;
  const email = checkMailAddress(given.email.trim());
  const owner = await ownerOf(context, visit, given.accessToken.trim());
  await checkNewPassword(context, given.password, [owner.name, email]);
  await countMail(context, visit);
  const hash = await hasher.hash(given.password);
  // In the browser, where no token narrows anything.
  const user: User = { ...owner, token: undefined };
  const now = clock.now();
  const [set] = await db.batch([
    sql`insert into sign_in_passwords (user_id, hash, changed_at) select id, ${hash}, ${now} from users where id = ${user.id}
      and email is null
      and not exists (select 1 from sign_in_passwords where user_id = ${user.id})
      and not exists (select 1 from sign_in_passkeys where user_id = ${user.id})
      and not exists (select 1 from sign_in_identities where user_id = ${user.id})`.compile(db.query),
    auditEntry(db, now, actorOf(owner), {
      log: user.id,
      action: "account.claim",
      target: user.name,
      after: { email },
    }),
  ]);
  if (set?.numAffectedRows === 0n)
    throw new HubError(
      "conflict",
      `${user.name} can sign in already; do that, or have the password reset by mail`,
    );
  await work.send({ type: "verify-mail", userId: user.id, email });
  return openSession(context, visit, user, "claim");
}

/** Whose access token it is. */
async function ownerOf(context: AccountsContext, visit: Visit, accessToken: string): Promise<User> {
  const giveBack = await countAddress(context, visit);
  const owner = (await signIn(context.auth, accessToken, visit.address))?.principal;
  if (owner?.kind !== "user")
    throw new HubError(
      "denied",
      "this is not an access token of a person, or it has expired or been revoked",
    );
  requireScope(owner, "account");
  // What comes of it is a browser session, which nothing narrows: it has to be within what the token gives.
  if (owner.administrator) requireScope(owner, "administration");
  await giveBack();
  return owner;
}
