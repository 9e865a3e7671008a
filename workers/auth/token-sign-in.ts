import { sql } from "kysely";
import type { Row } from "../db/index.ts";
import { hour } from "../platform/clock.ts";
import { isAccessTokenText } from "../shared/access-token.ts";
import type { SignedIn, TokenLimits } from "./access.ts";
import { ensureAdministrator } from "./administrator.ts";
import type { AuthContext } from "./context.ts";
import { ScopeSet } from "./scopes.ts";
import { readStandings, standingsStatement, type FoundRepository } from "./standings.ts";

/** Nothing longer is looked up. */
const maximumTextLength = 512;

/** Somebody who has signed in, with what they are to the repositories that were asked for. */
export interface Entered {
  principal: SignedIn;
  standings: Map<string, FoundRepository>;
}

/**
 * Who an access token signs in, and what they are to some repositories: one round trip to the database, and none for what cannot be a
 * token. undefined when there is none such, or it has expired or been revoked.
 *
 * @param address where the request came from
 * @param names of repositories
 */
export async function signIn(
  context: AuthContext,
  text: string,
  address: string | undefined,
  names: readonly string[] = [],
): Promise<Entered | undefined> {
  if (text === "" || text.length > maximumTextLength) return undefined;
  const hmac = await context.secret.hmac(text);
  const first = await isAdminToken(context, hmac);
  if (!first && !isAccessTokenText(text) && !(await context.firstTokens.has(hmac))) return undefined;
  let found = await find(context, hmac, names);
  if (!found && first) {
    await ensureAdministrator(context);
    found = await find(context, hmac, names);
  }
  const now = context.clock.now();
  if (!found || !isValid(found.row, hmac, now)) return undefined;
  noteUse(context, found.row, now, address);
  return { principal: principalOf(found.row, address), standings: found.standings };
}

type FoundRow = NonNullable<Awaited<ReturnType<ReturnType<typeof rowOf>["executeTakeFirst"]>>>;

/** The text of before a rotation works until its overlap ends. */
function isValid(row: Row<"access_tokens">, hmac: string, now: number): boolean {
  if (row.revoked_at !== null || (row.expires_at !== null && row.expires_at <= now)) return false;
  return row.hmac === hmac || (row.previous_until ?? 0) > now;
}

function principalOf(row: FoundRow, address: string | undefined): SignedIn {
  const token: TokenLimits = {
    id: row.id,
    kind: row.kind,
    name: row.name,
    scopes: ScopeSet.read(JSON.parse(row.scopes) as string[]),
    since: row.rotated_at ?? row.created_at,
    expiresAt: row.expires_at,
  };
  if (row.kind === "personal")
    return {
      kind: "user",
      id: row.user_id ?? "",
      name: row.user_name ?? "",
      administrator: row.administrator === 1,
      emailVerified: row.email === null || row.email_verified_at !== null,
      twoFactor: row.two_factor === 1,
      token,
      address,
    };
  const owner = row.organization_id
    ? { kind: "organization" as const, id: row.organization_id, name: row.organization_name ?? "" }
    : { kind: "user" as const, id: row.user_id ?? "", name: row.user_name ?? "" };
  return { kind: "machine", name: `${owner.name}+${row.name}`, owner, token, address };
}

/** Compares HMACs, so that the time it takes tells nothing of ADMIN_TOKEN. */
async function isAdminToken({ secret, adminToken }: AuthContext, hmac: string): Promise<boolean> {
  return adminToken !== undefined && hmac === (await secret.hmac(adminToken));
}

async function find(
  context: AuthContext,
  hmac: string,
  names: readonly string[],
): Promise<{ row: FoundRow; standings: Map<string, FoundRepository> } | undefined> {
  if (names.length === 0) {
    const row = await rowOf(context, hmac).executeTakeFirst();
    return row && { row, standings: new Map() };
  }
  const person = sql<string | null>`(select user_id from access_tokens
    where (hmac = ${hmac} or previous_hmac = ${hmac}) and kind = 'personal')`;
  const [rows, standings] = await context.db.batch([
    rowOf(context, hmac),
    standingsStatement(context, person, names),
  ]);
  const [row] = (rows?.rows ?? []) as FoundRow[];
  return row && standings && { row, standings: readStandings(standings) };
}

function rowOf({ db }: AuthContext, hmac: string) {
  return db.query
    .selectFrom("access_tokens")
    .leftJoin("users", "users.id", "access_tokens.user_id")
    .leftJoin("organizations", "organizations.id", "access_tokens.organization_id")
    .selectAll("access_tokens")
    .select([
      "users.name as user_name",
      "users.administrator",
      "users.email",
      "users.email_verified_at",
      "users.two_factor",
      "organizations.name as organization_name",
    ])
    .where((is) =>
      is.or([is("access_tokens.hmac", "=", hmac), is("access_tokens.previous_hmac", "=", hmac)]),
    );
}

/** Writes when and from where it was used, once an hour, behind the answer. */
function noteUse(
  { db, background }: AuthContext,
  row: Row<"access_tokens">,
  now: number,
  address: string | undefined,
): void {
  const thisHour = now - (now % hour);
  if (row.last_used_at !== null && row.last_used_at >= thisHour) return;
  background(
    db.query
      .updateTable("access_tokens")
      .set({ last_used_at: thisHour, last_used_from: address ?? null })
      .where("id", "=", row.id)
      .execute(),
  );
}
