import { sql, type QueryResult } from "kysely";
import { listEntries, shapeEntry } from "../audit/index.ts";
import { readable, requireScope, viewerOf, type User } from "../auth/index.ts";
import type { AccountsContext } from "./context.ts";

/** Lines of the audit log that an export has; all of them can be had from the log itself. */
const maximumEntries = 10_000;

type ExportedRow = Record<string, unknown>;

/** Rows as the database has them; times are milliseconds since 1970. */
export interface AccountExport {
  exported_at: number;
  account: ExportedRow | null;
  password: ExportedRow | null;
  authenticator_app: ExportedRow | null;
  recovery_codes: ExportedRow[];
  passkeys: ExportedRow[];
  linked_accounts: ExportedRow[];
  sessions: ExportedRow[];
  access_tokens: ExportedRow[];
  federation_rules: ExportedRow[];
  organizations: ExportedRow[];
  teams: ExportedRow[];
  grants: ExportedRow[];
  repositories: ExportedRow[];
  stars: ExportedRow[];
  audit_log: ExportedRow[];
}

/**
 * Everything that the hub holds about somebody, but what would sign in: hashes and secrets say nothing about them.
 *
 * @throws HubError `denied` to a token without the scope `account`.
 */
export async function exportAccount(context: AccountsContext, actor: User): Promise<AccountExport> {
  requireScope(actor, "account");
  const { db, clock } = context;
  const { id } = actor;
  const { query } = db;
  // Names too are nobody's business who has left where the repository is.
  const viewer = viewerOf({ ...actor, token: undefined });
  const stillReadable = viewer ? readable(viewer, "repositories", clock.now()) : sql<boolean>`0`;
  const [
    users,
    passwords,
    totp,
    codes,
    passkeys,
    identities,
    sessions,
    tokens,
    rules,
    organizations,
    teams,
    grants,
    repositories,
    stars,
  ] = await db.batch([
    query
      .selectFrom("users")
      .select(["id", "name", "administrator", "created_at", "email", "email_verified_at", "two_factor"])
      .where("id", "=", id),
    query.selectFrom("sign_in_passwords").select("changed_at").where("user_id", "=", id),
    query.selectFrom("sign_in_totp").select(["created_at", "confirmed_at"]).where("user_id", "=", id),
    query.selectFrom("sign_in_recovery_codes").select("used_at").where("user_id", "=", id),
    query
      .selectFrom("sign_in_passkeys")
      .select(["id", "name", "transports", "created_at", "last_used_at"])
      .where("user_id", "=", id),
    query
      .selectFrom("sign_in_identities")
      .select(["provider", "subject", "label", "created_at", "last_used_at"])
      .where("user_id", "=", id),
    query
      .selectFrom("sign_in_sessions")
      .select(["id", "created_at", "used_at", "agent", "address"])
      .where("user_id", "=", id),
    query
      .selectFrom("access_tokens")
      .select([
        "id",
        "kind",
        "name",
        "scopes",
        "created_at",
        "expires_at",
        "revoked_at",
        "last_used_at",
        "last_used_from",
      ])
      .where("user_id", "=", id),
    query
      .selectFrom("federation_rules")
      .select(["id", "name", "issuer", "claims", "scopes", "created_at", "last_used_at"])
      .where("user_id", "=", id),
    query
      .selectFrom("organization_members")
      .innerJoin("organizations", "organizations.id", "organization_members.organization_id")
      .select(["organizations.name", "organization_members.role", "organization_members.added_at"])
      .where("organization_members.user_id", "=", id),
    query
      .selectFrom("team_members")
      .innerJoin("teams", "teams.id", "team_members.team_id")
      .innerJoin("organizations", "organizations.id", "teams.organization_id")
      .select(["organizations.name as organization", "teams.name", "team_members.added_at"])
      .where("team_members.user_id", "=", id),
    query
      .selectFrom("repository_grants")
      .innerJoin("repositories", "repositories.id", "repository_grants.repository_id")
      .select(["repositories.name", "repository_grants.role", "repository_grants.granted_at"])
      .where("repository_grants.user_id", "=", id),
    query
      .selectFrom("repositories")
      .select(["name", "visibility", "created_at"])
      .where((is) => is.or([is("owner_id", "=", id), is.and([is("created_by", "=", id), stillReadable])])),
    query
      .selectFrom("stars")
      .innerJoin("repositories", "repositories.id", "stars.repository_id")
      .select(["repositories.name", "stars.starred_at"])
      .where("stars.user_id", "=", id)
      .where(stillReadable),
  ]);
  const entries = await listEntries(db, id, {}, { before: 0, limit: maximumEntries });
  return {
    exported_at: clock.now(),
    account: rowsOf(users)[0] ?? null,
    password: rowsOf(passwords)[0] ?? null,
    authenticator_app: rowsOf(totp)[0] ?? null,
    recovery_codes: rowsOf(codes),
    passkeys: rowsOf(passkeys),
    linked_accounts: rowsOf(identities),
    sessions: rowsOf(sessions),
    access_tokens: rowsOf(tokens),
    federation_rules: rowsOf(rules),
    organizations: rowsOf(organizations),
    teams: rowsOf(teams),
    grants: rowsOf(grants),
    repositories: rowsOf(repositories),
    stars: rowsOf(stars),
    audit_log: entries.map(shapeEntry),
  };
}

function rowsOf(result: QueryResult<unknown> | undefined): ExportedRow[] {
  return (result?.rows ?? []) as ExportedRow[];
}
