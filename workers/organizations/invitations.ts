import { sql, type RawBuilder, type SqlBool } from "kysely";
import { auditEntry } from "../audit/index.ts";
import { actorOf, requireOrganization, type SignedIn } from "../auth/index.ts";
import type { OrganizationRole, Row } from "../db/index.ts";
import type { Page } from "../platform/pagination.ts";
import { HubError } from "../shared/errors.ts";
import { authorityOf } from "./authority.ts";
import type { OrganizationsContext } from "./context.ts";

/**
 * An invitation is open until it expires, is revoked or declined, or has been used as often as it may. It is worth what its maker may do
 * at the moment somebody accepts it: once they may not invite any more, it opens nothing. Only the HMAC of the secret in its link is kept.
 */
export type InvitationState = "open" | "expired" | "revoked" | "used";

export interface Invitation {
  id: string;
  /** null: a link, for whoever has it. */
  email: string | null;
  role: OrganizationRole;
  /** Names. */
  teams: string[];
  maximumUses: number;
  uses: number;
  /** The name of the user, or of the organization's token, that made it; null: they are gone. */
  createdBy: string | null;
  /** Milliseconds since 1970. */
  createdAt: number;
  expiresAt: number;
  state: InvitationState;
}

/** What is kept of the secret in a link. */
export function hmacOf({ auth }: Pick<OrganizationsContext, "auth">, secret: string): Promise<string> {
  return auth.secret.hmac(`invitation:${secret}`);
}

export function stateOf(
  row: Pick<Row<"invitations">, "revoked_at" | "uses" | "maximum_uses" | "expires_at">,
  now: number,
): InvitationState {
  if (row.revoked_at !== null) return "revoked";
  if (row.uses >= row.maximum_uses) return "used";
  return row.expires_at <= now ? "expired" : "open";
}

/** For SQL over `invitations`: what `stateOf` calls open. */
export function isOpen(now: number): RawBuilder<SqlBool> {
  return sql<SqlBool>`(invitations.revoked_at is null and invitations.uses < invitations.maximum_uses
    and invitations.expires_at > ${now})`;
}

/** For SQL over `invitations`: the names of its teams that are still there, as a JSON array. */
export const teamNames = sql<string>`(select json_group_array(name) from (select name from teams
  where organization_id = invitations.organization_id and id in (select value from json_each(invitations.teams)) order by name))`;

/** The name of who made an invitation. */
const creatorName = sql<string | null>`coalesce((select name from users where id = invitations.created_by),
  (select name from access_tokens where id = invitations.created_by))`;

/** The same for whoever is invited, to whom the name of a token is any text that somebody likes to send them. */
export const inviterName = sql<
  string | null
>`coalesce((select name from users where id = invitations.created_by), (select o.name from access_tokens t
  join organizations o on o.id = t.organization_id where t.id = invitations.created_by))`;

/**
 * The invitations of an organization, the newest first, behind the one with the id `page.last`.
 *
 * @throws HubError `not-found`, `denied`.
 */
export async function listInvitations(
  { db, auth, clock }: OrganizationsContext,
  actor: SignedIn,
  organizationName: string,
  page: Page,
): Promise<Invitation[]> {
  const { organization } = await requireOrganization(auth, actor, organizationName, "members");
  let query = db.query
    .selectFrom("invitations")
    .selectAll()
    .select([teamNames.as("team_names"), creatorName.as("creator")])
    .where("organization_id", "=", organization.id);
  if (page.last !== "")
    query = query.where(
      sql<boolean>`(created_at, id) < (select created_at, id from invitations where id = ${page.last})`,
    );
  const rows = await query.orderBy("created_at", "desc").orderBy("id", "desc").limit(page.limit).execute();
  return rows.map((row) => ({
    id: row.id,
    email: row.email,
    role: row.role,
    teams: JSON.parse(row.team_names) as string[],
    maximumUses: row.maximum_uses,
    uses: row.uses,
    createdBy: row.creator,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    state: stateOf(row, clock.now()),
  }));
}

/** Ends an invitation; nothing happens when it has ended. @throws HubError `not-found`, `denied`. */
export async function revokeInvitation(
  context: OrganizationsContext,
  actor: SignedIn,
  organizationName: string,
  id: string,
): Promise<void> {
  const { db, clock } = context;
  const [{ organization, holds, refuse }, row] = await Promise.all([
    authorityOf(context, actor, organizationName, "members"),
    db.query.selectFrom("invitations").selectAll().where("id", "=", id).executeTakeFirst(),
  ]);
  if (row?.organization_id !== organization.id)
    throw new HubError(
      "not-found",
      `there is no invitation "${id.slice(0, 64)}" to ${organization.name}; list them to find its id`,
    );
  const now = clock.now();
  if (stateOf(row, now) !== "open") return;
  const [revoked] = await db.batch([
    db.query
      .updateTable("invitations")
      .set({ revoked_at: now })
      .where("id", "=", id)
      .where(isOpen(now))
      .where(holds),
    auditEntry(db, now, actorOf(actor), {
      log: organization.id,
      action: "invitation.revoke",
      target: targetOf(row),
      before: { role: row.role, uses: row.uses },
    }),
  ]);
  if (revoked?.numAffectedRows === 0n)
    await refuse(new HubError("conflict", "the invitation was used at the same moment; look at it again"));
}

/** An invitation as the log calls it. */
export function targetOf({ email, id }: Pick<Row<"invitations">, "email" | "id">): string {
  return email ?? `link ${id}`;
}
