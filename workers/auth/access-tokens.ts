import type { AccessTokensTable } from "../db/index.ts";
import { hour } from "../platform/clock.ts";
import { createAccessTokenText } from "../shared/access-token.ts";
import { HubError } from "../shared/errors.ts";
import { scopes, type Scope, type User } from "./access.ts";
import { ensureAdministrator } from "./administrator.ts";
import type { AuthContext } from "./context.ts";
import { checkPattern, coversPattern } from "./patterns.ts";

/**
 * Access tokens: what `docker login` and the API take in place of a password. They are 256 random bits, so one HMAC finds the row
 * and no slow hash is needed; guessing is hopeless without any counting of attempts.
 */
export interface AccessToken {
  id: string;
  name: string;
  scopes: Scope[];
  repositories: string;
  createdAt: number;
  expiresAt: number | null;
  /** To the hour. */
  lastUsedAt: number | null;
}

export interface NewAccessToken {
  name: string;
  scopes: Scope[];
  repositories: string;
  /** Milliseconds since 1970; null: does not expire. */
  expiresAt: number | null;
}

const maximumTokens = 100;
/** Nothing longer is looked up. */
const maximumTextLength = 512;

/**
 * Makes a token for a user. Its text is in the answer and nowhere else.
 *
 * @param creator the token may not reach further than the one its creator signed in with.
 * @throws HubError `invalid` (pattern, expiry), `denied` (wider than the creator's), `conflict` (too many).
 */
export async function createAccessToken(
  { db, clock, secret }: AuthContext,
  creator: User,
  userId: string,
  wanted: NewAccessToken,
): Promise<AccessToken & { text: string }> {
  checkPattern(wanted.repositories);
  const now = clock.now();
  if (wanted.expiresAt !== null && wanted.expiresAt <= now)
    throw new HubError(
      "invalid",
      `the token would have expired at ${new Date(wanted.expiresAt).toISOString()}, which has passed`,
    );
  refuseWider(creator, wanted);
  const text = createAccessTokenText();
  const hmac = await secret.hmac(text);
  const row = db.query
    .selectNoFrom((row) => [
      row.val(crypto.randomUUID()).as("id"),
      row.val(userId).as("user_id"),
      row.val(wanted.name).as("name"),
      row.val(hmac).as("hmac"),
      row.val(JSON.stringify(scopes.filter((scope) => wanted.scopes.includes(scope)))).as("scopes"),
      row.val(wanted.repositories).as("repositories"),
      row.val(now).as("created_at"),
      row.val(wanted.expiresAt).as("expires_at"),
    ])
    .where(
      db.query
        .selectFrom("access_tokens")
        .select((count) => count.fn.countAll<number>().as("count"))
        .where("user_id", "=", userId)
        .where("revoked_at", "is", null),
      "<",
      maximumTokens,
    );
  const created = await db.query
    .insertInto("access_tokens")
    .columns(["id", "user_id", "name", "hmac", "scopes", "repositories", "created_at", "expires_at"])
    .expression(row)
    .returningAll()
    .executeTakeFirst();
  if (!created)
    throw new HubError("conflict", `there are ${maximumTokens} access tokens already; revoke some first`);
  return { ...fromRow(created), text };
}

function refuseWider(creator: User, wanted: NewAccessToken): void {
  const own = creator.token;
  const scope = wanted.scopes.find((each) => !own.scopes.includes(each));
  if (scope) throw wider(own.name, `it does not have the scope "${scope}"`);
  if (!coversPattern(own.repositories, wanted.repositories))
    throw wider(
      own.name,
      `its repository pattern is "${own.repositories}", which does not cover "${wanted.repositories}"`,
    );
  if (own.expiresAt !== null && (wanted.expiresAt === null || wanted.expiresAt > own.expiresAt))
    throw wider(
      own.name,
      `it expires at ${new Date(own.expiresAt).toISOString()}, and the new one would live longer`,
    );
}

function wider(name: string, reason: string): HubError {
  return new HubError(
    "denied",
    `the access token "${name}" cannot make a token that reaches further than itself: ${reason}`,
  );
}

/** Tokens of a user that have not been revoked, oldest first. */
export async function listAccessTokens({ db }: AuthContext, userId: string): Promise<AccessToken[]> {
  const rows = await db.query
    .selectFrom("access_tokens")
    .selectAll()
    .where("user_id", "=", userId)
    .where("revoked_at", "is", null)
    .orderBy("created_at")
    .orderBy("id")
    .execute();
  return rows.map(fromRow);
}

/**
 * Revokes a token: at once here, and on `/v2` when the registry tokens it was exchanged for have run out.
 *
 * @param owner only a token of this user is found; undefined: of anybody.
 * @throws HubError `not-found`, also for somebody else's.
 */
export async function revokeAccessToken(
  { db, clock }: AuthContext,
  id: string,
  owner: string | undefined,
): Promise<void> {
  let revoke = db.query
    .updateTable("access_tokens")
    .set({ revoked_at: clock.now() })
    .where("id", "=", id)
    .where("revoked_at", "is", null);
  if (owner !== undefined) revoke = revoke.where("user_id", "=", owner);
  const { numUpdatedRows } = await revoke.executeTakeFirst();
  if (numUpdatedRows === 0n) throw new HubError("not-found", `there is no access token "${id.slice(0, 64)}"`);
}

/**
 * Who an access token signs in: one statement. undefined when there is none such, or it has expired or been revoked.
 */
export async function signIn(context: AuthContext, text: string): Promise<User | undefined> {
  if (text === "" || text.length > maximumTextLength) return undefined;
  const hmac = await context.secret.hmac(text);
  let row = await findRow(context, hmac);
  if (!row && (await isAdminToken(context, hmac))) {
    await ensureAdministrator(context);
    row = await findRow(context, hmac);
  }
  const now = context.clock.now();
  if (!row || row.revoked_at !== null || (row.expires_at !== null && row.expires_at <= now)) return undefined;
  noteUse(context, row, now);
  const { id, name, scopes, repositories, expiresAt } = fromRow(row);
  return {
    kind: "user",
    id: row.user_id,
    name: row.user_name,
    administrator: row.administrator === 1,
    token: { id, name, scopes, repositories, expiresAt },
  };
}

/** Compares HMACs, so that the time it takes tells nothing of ADMIN_TOKEN. */
async function isAdminToken({ secret, adminToken }: AuthContext, hmac: string): Promise<boolean> {
  return adminToken !== undefined && hmac === (await secret.hmac(adminToken));
}

async function findRow({ db }: AuthContext, hmac: string) {
  return db.query
    .selectFrom("access_tokens")
    .innerJoin("users", "users.id", "access_tokens.user_id")
    .selectAll("access_tokens")
    .select(["users.name as user_name", "users.administrator"])
    .where("access_tokens.hmac", "=", hmac)
    .executeTakeFirst();
}

/** Writes `last_used_at` once an hour, behind the answer. */
function noteUse({ db, background }: AuthContext, row: AccessTokensTable, now: number): void {
  const thisHour = now - (now % hour);
  if (row.last_used_at !== null && row.last_used_at >= thisHour) return;
  background(
    db.query.updateTable("access_tokens").set({ last_used_at: thisHour }).where("id", "=", row.id).execute(),
  );
}

function fromRow(row: AccessTokensTable): AccessToken {
  return {
    id: row.id,
    name: row.name,
    scopes: JSON.parse(row.scopes) as Scope[],
    repositories: row.repositories,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    lastUsedAt: row.last_used_at,
  };
}
