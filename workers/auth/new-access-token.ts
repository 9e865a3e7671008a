import { sql, type CompiledQuery, type RawBuilder, type SqlBool } from "kysely";
import { auditEntry } from "../audit/index.ts";
import type { Row as RowOf, TokenKind } from "../db/index.ts";
import { createAccessTokenText } from "../shared/access-token.ts";
import { HubError } from "../shared/errors.ts";
import type { SignedIn } from "./access.ts";
import { describeRow, maximumTokens, type AccessToken } from "./access-tokens.ts";
import { actorOf } from "./actor.ts";
import type { AuthContext } from "./context.ts";
import { ScopeSet } from "./scopes.ts";
import { requireTokenOwner, type Owner, type TokenOwner } from "./token-owner.ts";
import { refuseWider } from "./token-width.ts";

export interface NewAccessToken {
  kind: TokenKind;
  name: string;
  scopes: string[];
  /** Milliseconds since 1970; null: does not expire. */
  expiresAt: number | null;
}

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
  const found = await requireTokenOwner(context, creator, owner, wanted.kind);
  const prepared = await prepareAccessToken(context, creator, found, wanted);
  const [created] = await context.db.batch(prepared.statements);
  const [made] = (created?.rows ?? []) as RowOf<"access_tokens">[];
  if (!made) throw await refused(context, found.id, wanted);
  return { ...describeRow(made), text: prepared.text };
}

/**
 * The statements that make a token, for a batch with what has to happen together with it. The first gives its row; none when it could
 * not be made.
 *
 * @param when it is made only if this holds.
 * @throws HubError `invalid`, `denied`, as `createAccessToken`.
 */
export async function prepareAccessToken(
  { db, clock, secret }: AuthContext,
  creator: SignedIn,
  owner: Owner,
  wanted: NewAccessToken,
  when: RawBuilder<SqlBool> = sql`true`,
): Promise<{ text: string; hmac: string; statements: CompiledQuery[] }> {
  const now = clock.now();
  const scopes = ScopeSet.read(wanted.scopes);
  checkWanted(creator, wanted, scopes, now);
  refuseWider(creator, scopes, wanted.expiresAt);
  const id = crypto.randomUUID();
  const text = createAccessTokenText();
  const hmac = await secret.hmac(text);
  const column = sql.ref(owner.kind === "user" ? "user_id" : "organization_id");
  const created = sql`insert into access_tokens (id, kind, ${column}, name, hmac, scopes, created_at, created_by, expires_at)
      select ${id}, ${wanted.kind}, ${owner.id}, ${wanted.name}, ${hmac}, ${JSON.stringify(scopes.texts)}, ${now},
        ${creator.kind === "user" ? creator.id : null}, ${wanted.expiresAt}
      where ${when} and ${maximumTokens} > (
        select count(*) from access_tokens where ${column} = ${owner.id} and revoked_at is null)
      on conflict do nothing returning *`;
  const entry = auditEntry(db, now, actorOf(creator), {
    log: owner.id,
    action: `${wanted.kind === "robot" ? "robot" : "token"}.create`,
    target: wanted.kind === "robot" ? `${owner.name}+${wanted.name}` : wanted.name,
    after: { id, kind: wanted.kind, scopes: scopes.texts, expires_at: wanted.expiresAt },
  });
  return { text, hmac, statements: [created.compile(db.query), entry] };
}

function checkWanted(creator: SignedIn, wanted: NewAccessToken, scopes: ScopeSet, now: number): void {
  const { kind, name, expiresAt } = wanted;
  if (expiresAt !== null && expiresAt <= now)
    throw new HubError(
      "invalid",
      `the token would have expired at ${new Date(expiresAt).toISOString()}, which has passed`,
    );
  if (kind !== "robot") return;
  checkMachineName(name);
  requireOnlyRepositories(scopes);
  requireVerified(creator);
}

/** @throws HubError `invalid` for what no robot, and no rule for CI, can be called. */
export function checkMachineName(name: string): void {
  if (name.length > 64 || !robotName.test(name))
    throw new HubError(
      "invalid",
      `"${name.slice(0, 64)}" cannot be a robot's name: use up to 64 of a-z and 0-9, with ".", "_" or "-" between them`,
    );
}

/** @throws HubError `invalid` when the scopes speak of anything but repositories. */
export function requireOnlyRepositories(scopes: ScopeSet): void {
  if (!scopes.onlyRepositories)
    throw new HubError(
      "invalid",
      "a machine works with repositories only; give it scopes such as repository:acme/web-*:pull,push",
    );
}

/**
 * Machines have no e-mail address of their own: what makes them must have a verified one, or they were a way around that.
 *
 * @throws HubError `denied`.
 */
export function requireVerified(creator: SignedIn): void {
  if (creator.kind === "user" && !creator.emailVerified)
    throw new HubError(
      "denied",
      `${creator.name} cannot make robots or rules for CI until the account's e-mail address is verified; use the link in the mail, or ask for another in the settings`,
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
