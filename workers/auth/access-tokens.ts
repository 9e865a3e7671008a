import { auditEntry } from "../audit/index.ts";
import type { Row as RowOf, TokenKind } from "../db/index.ts";
import { createAccessTokenText } from "../shared/access-token.ts";
import { HubError } from "../shared/errors.ts";
import type { SignedIn } from "./access.ts";
import { actorOf } from "./actor.ts";
import type { AuthContext } from "./context.ts";
import { requireTokenOwner, type TokenOwner } from "./token-owner.ts";
import { ScopeSet } from "./scopes.ts";

/**
 * Access tokens: what `docker login` and the API take in place of a password. They are 256 random bits, so one HMAC finds the row
 * and no slow hash is needed; guessing is hopeless without any counting of attempts. People, organizations and robots have the same ones.
 */
export interface AccessToken {
  id: string;
  kind: TokenKind;
  name: string;
  scopes: string[];
  createdAt: number;
  rotatedAt: number | null;
  expiresAt: number | null;
  /** To the hour. */
  lastUsedAt: number | null;
  lastUsedFrom: string | null;
}

export interface NewAccessToken {
  kind: TokenKind;
  name: string;
  scopes: string[];
  /** Milliseconds since 1970; null: does not expire. */
  expiresAt: number | null;
}

/** Of one owner, that have not been revoked. */
const maximumTokens = 500;

/** What a robot may be called: it signs in as `<namespace>+<name>`. */
const robotName = /^[a-z0-9]+(?:[._-][a-z0-9]+)*$/;

/**
 * Makes a token for somebody, a robot or an organization. Its text is in the answer and nowhere else.
 *
 * @param creator the token may not reach further than the one its creator signed in with.
 * @throws HubError `invalid` (scope, name, expiry), `denied` (not the creator's to make, or wider than the creator's own), `conflict` (too many,
 *   a robot of this name), `not-found` (owner).
 */
export async function createAccessToken(
  context: AuthContext,
  creator: SignedIn,
  owner: TokenOwner,
  wanted: NewAccessToken,
): Promise<AccessToken & { text: string }> {
  const { db, clock, secret } = context;
  const now = clock.now();
  const {
    id: ownerId,
    kind: ownerKind,
    name: ownerName,
  } = await requireTokenOwner(context, creator, owner, wanted.kind);
  const scopes = ScopeSet.read(wanted.scopes);
  checkWanted(wanted, scopes, now);
  refuseWider(creator, scopes, wanted.expiresAt);
  const id = crypto.randomUUID();
  const text = createAccessTokenText();
  const column = ownerKind === "user" ? "user_id" : "organization_id";
  const hmac = await secret.hmac(text);
  const row = db.query
    .selectNoFrom((row) => [
      row.val(id).as("id"),
      row.val(wanted.kind).as("kind"),
      row.val(ownerId).as(column),
      row.val(wanted.name).as("name"),
      row.val(hmac).as("hmac"),
      row.val(JSON.stringify(scopes.texts)).as("scopes"),
      row.val(now).as("created_at"),
      row.val(creator.kind === "user" ? creator.id : null).as("created_by"),
      row.val(wanted.expiresAt).as("expires_at"),
    ])
    .where(
      db.query
        .selectFrom("access_tokens")
        .select((count) => count.fn.countAll<number>().as("count"))
        .where(column, "=", ownerId)
        .where("revoked_at", "is", null),
      "<",
      maximumTokens,
    );
  const [created] = await db.batch([
    db.query
      .insertInto("access_tokens")
      .columns(["id", "kind", column, "name", "hmac", "scopes", "created_at", "created_by", "expires_at"])
      .expression(row)
      .onConflict((conflict) => conflict.doNothing())
      .returningAll(),
    auditEntry(db, now, actorOf(creator), {
      log: ownerId,
      action: `${wanted.kind === "robot" ? "robot" : "token"}.create`,
      target: wanted.kind === "robot" ? `${ownerName}+${wanted.name}` : wanted.name,
      after: { id, scopes: scopes.texts, expires_at: wanted.expiresAt },
    }),
  ]);
  const [made] = (created?.rows ?? []) as Row[];
  if (!made) throw await refused(context, ownerId, wanted);
  return { ...fromRow(made), text };
}

function checkWanted({ kind, name, expiresAt }: NewAccessToken, scopes: ScopeSet, now: number): void {
  if (expiresAt !== null && expiresAt <= now)
    throw new HubError(
      "invalid",
      `the token would have expired at ${new Date(expiresAt).toISOString()}, which has passed`,
    );
  if (kind !== "robot") return;
  if (name.length > 64 || !robotName.test(name))
    throw new HubError(
      "invalid",
      `"${name.slice(0, 64)}" cannot be a robot's name: use up to 64 of a-z and 0-9, with ".", "_" or "-" between them`,
    );
  if (!scopes.onlyRepositories)
    throw new HubError(
      "invalid",
      "a robot works with repositories only; give it scopes such as repository:acme/web-*:pull,push",
    );
}

function refuseWider(creator: SignedIn, wanted: ScopeSet, expiresAt: number | null): void {
  const own = creator.token;
  if (!own) return;
  const scope = own.scopes.firstBeyond(wanted);
  if (scope !== undefined) throw wider(own.name, `it does not cover the scope "${scope}"`);
  if (own.expiresAt !== null && (expiresAt === null || expiresAt > own.expiresAt))
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

async function refused(
  { db }: AuthContext,
  ownerId: string,
  { kind, name }: NewAccessToken,
): Promise<HubError> {
  const same = await db.query
    .selectFrom("access_tokens")
    .select("id")
    .where((is) => is.or([is("user_id", "=", ownerId), is("organization_id", "=", ownerId)]))
    .where("kind", "=", "robot")
    .where("name", "=", name)
    .where("revoked_at", "is", null)
    .executeTakeFirst();
  if (kind === "robot" && same)
    return new HubError(
      "conflict",
      `there is a robot "${name}" already; choose another name, or rotate its token`,
    );
  return new HubError("conflict", `there are ${maximumTokens} access tokens already; revoke some first`);
}

/** Tokens of an owner that have not been revoked, the oldest first. @throws HubError as `createAccessToken` */
export async function listAccessTokens(
  context: AuthContext,
  actor: SignedIn,
  owner: TokenOwner,
  kind: TokenKind,
): Promise<AccessToken[]> {
  const { id, kind: ownerKind } = await requireTokenOwner(context, actor, owner, kind);
  const rows = await context.db.query
    .selectFrom("access_tokens")
    .selectAll()
    .where(ownerKind === "user" ? "user_id" : "organization_id", "=", id)
    .where("kind", "=", kind)
    .where("revoked_at", "is", null)
    .orderBy("created_at")
    .orderBy("id")
    .limit(maximumTokens)
    .execute();
  return rows.map(fromRow);
}

/**
 * Revokes a token: at once here, and on `/v2` when the registry tokens it was exchanged for have run out. Whoever holds a token may
 * revoke it, whatever its scopes: it is what one does with one that leaked.
 *
 * @throws HubError `not-found`, also for a token that is not the actor's to revoke.
 */
export async function revokeAccessToken(context: AuthContext, actor: SignedIn, id: string): Promise<void> {
  const { db, clock } = context;
  const row = await findToken(context, actor, id);
  const now = clock.now();
  await db.batch([
    db.query
      .updateTable("access_tokens")
      .set({ revoked_at: now, previous_hmac: null, previous_until: null })
      .where("id", "=", id)
      .where("revoked_at", "is", null),
    auditEntry(db, now, actorOf(actor), {
      log: row.user_id ?? row.organization_id ?? "",
      action: `${row.kind === "robot" ? "robot" : "token"}.revoke`,
      target: row.name,
      before: { id, scopes: JSON.parse(row.scopes) as unknown },
    }),
  ]);
}

/**
 * Gives a token a new text. The old one works on until the overlap is over, so that machines can be changed one by one.
 *
 * @param overlap milliseconds; 0: the old text is void at once
 * @throws HubError `not-found`, `invalid` (overlap longer than 30 days)
 */
export async function rotateAccessToken(
  context: AuthContext,
  actor: SignedIn,
  id: string,
  overlap: number,
): Promise<AccessToken & { text: string }> {
  const { db, clock, secret } = context;
  const row = await findToken(context, actor, id);
  if (id !== actor.token?.id)
    refuseWider(actor, ScopeSet.read(JSON.parse(row.scopes) as string[]), row.expires_at);
  const text = createAccessTokenText();
  const hmac = await secret.hmac(text);
  const now = clock.now();
  const [rotated] = await db.batch([
    db.query
      .updateTable("access_tokens")
      .set((is) => ({
        hmac,
        previous_hmac: overlap > 0 ? is.ref("hmac") : null,
        previous_until: overlap > 0 ? now + overlap : null,
        rotated_at: now,
      }))
      .where("id", "=", id)
      .where("revoked_at", "is", null)
      .returningAll(),
    auditEntry(db, now, actorOf(actor), {
      log: row.user_id ?? row.organization_id ?? "",
      action: `${row.kind === "robot" ? "robot" : "token"}.rotate`,
      target: row.name,
      after: { id, overlap },
    }),
  ]);
  const [after] = (rotated?.rows ?? []) as Row[];
  if (!after) throw unknownToken(id);
  return { ...fromRow(after), text };
}

/** A token that the actor may revoke or rotate: the one they hold, or one of an owner whose tokens are theirs. */
async function findToken(context: AuthContext, actor: SignedIn, id: string): Promise<Row> {
  const row = await context.db.query
    .selectFrom("access_tokens")
    .leftJoin("organizations", "organizations.id", "access_tokens.organization_id")
    .selectAll("access_tokens")
    .select("organizations.name as organization_name")
    .where("access_tokens.id", "=", id)
    .where("revoked_at", "is", null)
    .executeTakeFirst();
  if (!row) throw unknownToken(id);
  if (id === actor.token?.id) return row;
  // To somebody else it is not there.
  const administrator = actor.kind === "user" && actor.administrator;
  if (row.user_id !== null && row.user_id !== (actor.kind === "user" ? actor.id : "") && !administrator)
    throw unknownToken(id);
  const owner: TokenOwner =
    row.organization_name === null ? { userId: row.user_id ?? "" } : { organization: row.organization_name };
  try {
    await requireTokenOwner(context, actor, owner, row.kind);
  } catch (error) {
    if (error instanceof HubError && error.kind === "not-found") throw unknownToken(id);
    throw error;
  }
  return row;
}

function unknownToken(id: string): HubError {
  return new HubError("not-found", `there is no access token "${id.slice(0, 64)}"`);
}

type Row = RowOf<"access_tokens">;

function fromRow(row: Row): AccessToken {
  return {
    id: row.id,
    kind: row.kind,
    name: row.name,
    scopes: JSON.parse(row.scopes) as string[],
    createdAt: row.created_at,
    rotatedAt: row.rotated_at,
    expiresAt: row.expires_at,
    lastUsedAt: row.last_used_at,
    lastUsedFrom: row.last_used_from,
  };
}
