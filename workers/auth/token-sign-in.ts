import type { Row } from "../db/index.ts";
import { hour } from "../platform/clock.ts";
import { isAccessTokenText } from "../shared/access-token.ts";
import type { SignedIn, TokenLimits } from "./access.ts";
import { ensureAdministrator } from "./administrator.ts";
import type { AuthContext } from "./context.ts";
import { ScopeSet } from "./scopes.ts";

/** Nothing longer is looked up. */
const maximumTextLength = 512;

/**
 * Who an access token signs in: one statement, and none for what cannot be one. undefined when there is none such, or it has expired or
 * been revoked.
 *
 * @param address where the request came from
 */
export async function signIn(
  context: AuthContext,
  text: string,
  address: string | undefined,
): Promise<SignedIn | undefined> {
  if (text === "" || text.length > maximumTextLength) return undefined;
  const hmac = await context.secret.hmac(text);
  const first = await isAdminToken(context, hmac);
  if (!first && !isAccessTokenText(text) && !(await context.firstTokens.has(hmac))) return undefined;
  let row = await findRow(context, hmac);
  if (!row && first) {
    await ensureAdministrator(context);
    row = await findRow(context, hmac);
  }
  const now = context.clock.now();
  if (!row || !isValid(row, hmac, now)) return undefined;
  noteUse(context, row, now, address);
  return principalOf(row, address);
}

type FoundRow = NonNullable<Awaited<ReturnType<typeof findRow>>>;

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

async function findRow({ db }: AuthContext, hmac: string) {
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
    .where((is) => is.or([is("access_tokens.hmac", "=", hmac), is("access_tokens.previous_hmac", "=", hmac)]))
    .executeTakeFirst();
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
