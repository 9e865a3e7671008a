import { auditEntry } from "../audit/index.ts";
import type { Row as RowOf, TokenKind } from "../db/index.ts";
import { day } from "../platform/clock.ts";
import { createAccessTokenText } from "../shared/access-token.ts";
import { HubError } from "../shared/errors.ts";
import type { SignedIn } from "./access.ts";
import { actorOf } from "./actor.ts";
import type { AuthContext } from "./context.ts";
import { ScopeSet } from "./scopes.ts";
import { requireOwnerBehind, requireTokenOwner, type Owner, type TokenOwner } from "./token-owner.ts";
import { refuseWider } from "./token-width.ts";

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
  /** Until when the text of before the last rotation works; null: it does not. */
  previousUntil: number | null;
  expiresAt: number | null;
  /** To the hour. */
  lastUsedAt: number | null;
  lastUsedFrom: string | null;
}

/** Of one owner, that have not been revoked. */
export const maximumTokens = 500;

/** How long both texts of a rotated token can work, in milliseconds. */
const maximumOverlap = 30 * day;

/** Tokens of an owner that have not been revoked, the oldest first. @throws HubError as `requireTokenOwner` */
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
  return rows.map(describeRow);
}

/** One token, for whoever may list it. @throws HubError `not-found`, `denied`. */
export async function findAccessToken(
  context: AuthContext,
  actor: SignedIn,
  id: string,
): Promise<AccessToken & { owner: Owner }> {
  const row = await findRow(context, id);
  const owner = await requireOwnerOf(context, actor, row);
  return { ...describeRow(row), owner };
}

/**
 * Revokes a token: at once here, and on `/v2` when the registry tokens it was exchanged for have run out. Whoever holds a token may
 * revoke it, whatever its scopes: it is what one does with one that leaked.
 *
 * @throws HubError `not-found`, also for a token that is not the actor's to revoke.
 */
export async function revokeAccessToken(context: AuthContext, actor: SignedIn, id: string): Promise<void> {
  const { db, clock } = context;
  const row = await findRow(context, id);
  if (id !== actor.token?.id) await requireOwnerOf(context, actor, row);
  const now = clock.now();
  await db.batch([
    db.query
      .updateTable("access_tokens")
      .set({ revoked_at: now, previous_hmac: null, previous_until: null })
      .where("id", "=", id)
      .where("revoked_at", "is", null),
    auditEntry(db, now, actorOf(actor), {
      log: row.user_id ?? row.organization_id ?? "",
      action: actionOf(row, "revoke"),
      target: targetOf(row),
      before: { id, kind: row.kind, scopes: JSON.parse(row.scopes) as unknown },
    }),
  ]);
}

/**
 * Changes what a token is called, and when it expires: to an earlier time only. How long it lives was decided when it was made, by
 * whoever made it; who needs it longer makes another. Its scopes never change, and a robot keeps the name it signs in with.
 *
 * @throws HubError `not-found`, `denied`, `invalid`.
 */
export async function changeAccessToken(
  context: AuthContext,
  actor: SignedIn,
  id: string,
  { name, expiresAt }: { name?: string | undefined; expiresAt?: number | undefined },
): Promise<AccessToken> {
  const { db, clock } = context;
  const row = await findRow(context, id);
  await requireOwnerOf(context, actor, row);
  const now = clock.now();
  if (name !== undefined && name !== row.name && row.kind === "robot")
    throw new HubError("invalid", "a robot signs in with its name, which stays; make another robot");
  if (expiresAt !== undefined && (expiresAt <= now || expiresAt > (row.expires_at ?? Infinity)))
    throw new HubError(
      "invalid",
      "the expiry of a token can be brought forward, to a time that has not passed; to have one that lives longer, make another",
    );
  const after = { name: name ?? row.name, expires_at: expiresAt ?? row.expires_at };
  const [changed] = await db.batch([
    db.query
      .updateTable("access_tokens")
      .set(after)
      .where("id", "=", id)
      .where("revoked_at", "is", null)
      .where("expires_at", "is", row.expires_at)
      .returningAll(),
    auditEntry(db, now, actorOf(actor), {
      log: row.user_id ?? row.organization_id ?? "",
      action: actionOf(row, "change"),
      target: targetOf(row),
      before: { id, name: row.name, expires_at: row.expires_at },
      after: { id, ...after },
    }),
  ]);
  return fromBatch(changed?.rows, id);
}

/**
 * Gives a token a new text. The old one works on until the overlap is over, so that machines can be changed one by one. To hold a token
 * is not enough for it: whoever found one could go on with it for ever.
 *
 * @param overlap milliseconds, up to `maximumOverlap`; 0: the old text is void at once
 * @throws HubError `not-found`, `denied`, `invalid` (overlap), `conflict` (has expired)
 */
export async function rotateAccessToken(
  context: AuthContext,
  actor: SignedIn,
  id: string,
  overlap: number,
): Promise<AccessToken & { text: string }> {
  const { db, clock, secret } = context;
  if (!(overlap >= 0 && overlap <= maximumOverlap))
    throw new HubError(
      "invalid",
      `the old text can work on for 0 to ${maximumOverlap / day} days, not ${overlap} ms`,
    );
  const row = await findRow(context, id);
  await requireOwnerOf(context, actor, row);
  refuseWider(actor, ScopeSet.read(JSON.parse(row.scopes) as string[]), row.expires_at);
  const now = clock.now();
  if (row.expires_at !== null && row.expires_at <= now)
    throw new HubError("conflict", `the access token "${row.name}" has expired; make another`);
  const text = createAccessTokenText();
  const hmac = await secret.hmac(text);
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
      action: actionOf(row, "rotate"),
      target: targetOf(row),
      after: { id, kind: row.kind, overlap },
    }),
  ]);
  return { ...fromBatch(rotated?.rows, id), text };
}

type Row = RowOf<"access_tokens"> & { user_name: string | null; organization_name: string | null };

/** @throws HubError `not-found` */
async function findRow({ db }: AuthContext, id: string): Promise<Row> {
  const row = await db.query
    .selectFrom("access_tokens")
    .leftJoin("users", "users.id", "access_tokens.user_id")
    .leftJoin("organizations", "organizations.id", "access_tokens.organization_id")
    .selectAll("access_tokens")
    .select(["users.name as user_name", "organizations.name as organization_name"])
    .where("access_tokens.id", "=", id)
    .where("revoked_at", "is", null)
    .executeTakeFirst();
  if (!row) throw unknownToken(id);
  return row;
}

/** Whose token it is, for who may deal with it. To everybody else it is not there. @throws HubError `not-found`, `denied` */
async function requireOwnerOf(context: AuthContext, actor: SignedIn, row: Row): Promise<Owner> {
  const held = { userId: row.user_id, organization: row.organization_name };
  return requireOwnerBehind(context, actor, held, row.kind, unknownToken(row.id));
}

function unknownToken(id: string): HubError {
  return new HubError("not-found", `there is no access token "${id.slice(0, 64)}"`);
}

function actionOf({ kind }: Row, verb: string): string {
  return `${kind === "robot" ? "robot" : "token"}.${verb}`;
}

/** A robot is called as it signs in. */
function targetOf({ kind, name, user_name: user, organization_name: organization }: Row): string {
  return kind === "robot" ? `${user ?? organization}+${name}` : name;
}

function fromBatch(rows: readonly unknown[] | undefined, id: string): AccessToken {
  const [row] = (rows ?? []) as Row[];
  if (!row) throw unknownToken(id);
  return describeRow(row);
}

/** A row as everybody else sees it: nothing of it is secret. */
export function describeRow(row: RowOf<"access_tokens">): AccessToken {
  return {
    id: row.id,
    kind: row.kind,
    name: row.name,
    scopes: JSON.parse(row.scopes) as string[],
    createdAt: row.created_at,
    rotatedAt: row.rotated_at,
    previousUntil: row.previous_until,
    expiresAt: row.expires_at,
    lastUsedAt: row.last_used_at,
    lastUsedFrom: row.last_used_from,
  };
}
