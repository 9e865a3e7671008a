import { sql } from "kysely";
import { auditEntry } from "../audit/index.ts";
import { actorOf, requireOrganization, type SignedIn } from "../auth/index.ts";
import type { OrganizationRole, RepositoryRole, Visibility } from "../db/index.ts";
import type { Page } from "../platform/pagination.ts";
import { authorityOf, type Authority } from "./authority.ts";
import type { OrganizationsContext } from "./context.ts";
import { memberUnknown } from "./members.ts";
import { findTeam, teamUnknown } from "./teams.ts";

export interface TeamMember {
  name: string;
  /** In the organization. */
  role: OrganizationRole;
  /** To the team. Milliseconds since 1970. */
  addedAt: number;
}

/** The members of a team by name, behind `page.last`. @throws HubError `not-found`, `denied`. */
export async function listTeamMembers(
  context: OrganizationsContext,
  actor: SignedIn,
  organizationName: string,
  teamName: string,
  page: Page,
): Promise<TeamMember[]> {
  const { organization } = await requireOrganization(context.auth, actor, organizationName, "see");
  const rows = await context.db.query
    .selectFrom("teams as t")
    .innerJoin("team_members as m", "m.team_id", "t.id")
    .innerJoin("organization_members as o", (join) =>
      join.onRef("o.organization_id", "=", "m.organization_id").onRef("o.user_id", "=", "m.user_id"),
    )
    .innerJoin("users as u", "u.id", "m.user_id")
    .select(["u.name", "o.role", "m.added_at as addedAt"])
    .where("t.organization_id", "=", organization.id)
    .where("t.name", "=", teamName)
    .where("u.name", ">", page.last)
    .orderBy("u.name")
    .limit(page.limit)
    .execute();
  if (rows.length === 0) await requireTeam(context, organization.name, teamName);
  return rows;
}

/**
 * Puts a member of the organization into a team; nothing happens when they are in it.
 *
 * @throws HubError `not-found`, also when they are not in the organization; `denied`.
 */
export async function addTeamMember(
  context: OrganizationsContext,
  actor: SignedIn,
  organizationName: string,
  teamName: string,
  userName: string,
): Promise<void> {
  const { db, clock } = context;
  const authority = await authorityOf(context, actor, organizationName, "teams");
  const { id } = authority.organization;
  const [added] = await db.batch([
    sql`insert into team_members (team_id, organization_id, user_id, added_at)
      select t.id, t.organization_id, m.user_id, ${clock.now()} from teams t
        join users u on u.name = ${userName}
        join organization_members m on m.organization_id = t.organization_id and m.user_id = u.id
        where t.organization_id = ${id} and t.name = ${teamName} and ${authority.holds}
      on conflict do nothing`.compile(db.query),
    auditEntry(db, clock.now(), actorOf(actor), {
      log: id,
      action: "team.member.add",
      target: userName.toLowerCase(),
      after: { team: teamName.toLowerCase() },
    }),
  ]);
  if (added?.numAffectedRows === 0n) await explain(context, authority, teamName, userName);
}

/** Takes a member out of a team; nothing happens when they are not in it. @throws HubError as `addTeamMember`. */
export async function removeTeamMember(
  context: OrganizationsContext,
  actor: SignedIn,
  organizationName: string,
  teamName: string,
  userName: string,
): Promise<void> {
  const { db, clock } = context;
  const authority = await authorityOf(context, actor, organizationName, "teams");
  const { id } = authority.organization;
  const [removed] = await db.batch([
    sql`delete from team_members where team_id = (select id from teams where organization_id = ${id} and name = ${teamName})
      and user_id = (select id from users where name = ${userName}) and ${authority.holds}`.compile(db.query),
    auditEntry(db, clock.now(), actorOf(actor), {
      log: id,
      action: "team.member.remove",
      target: userName.toLowerCase(),
      before: { team: teamName.toLowerCase() },
    }),
  ]);
  if (removed?.numAffectedRows === 0n) await explain(context, authority, teamName, userName);
}

/** Why a change changed nothing: it was so already, or something of it is not there. */
async function explain(
  { db }: OrganizationsContext,
  { organization, refuse }: Authority,
  teamName: string,
  userName: string,
): Promise<void> {
  const found = await db.query
    .selectNoFrom((is) => [
      is
        .selectFrom("teams")
        .select("id")
        .where("organization_id", "=", organization.id)
        .where("name", "=", teamName)
        .as("team"),
      is
        .selectFrom("organization_members as m")
        .innerJoin("users as u", "u.id", "m.user_id")
        .select("u.id")
        .where("m.organization_id", "=", organization.id)
        .where("u.name", "=", userName)
        .as("member"),
    ])
    .executeTakeFirst();
  if (!found?.team) await refuse(teamUnknown(organization.name, teamName));
  if (!found?.member) await refuse(memberUnknown(organization.name, userName));
}

export interface TeamRepository {
  name: string;
  visibility: Visibility;
  /** What the team gives. */
  role: RepositoryRole;
  /** Milliseconds since 1970. */
  grantedAt: number;
}

/**
 * The repositories that a team has rights on, by name, behind `page.last`. Whoever is neither in the team nor above it sees the public
 * ones only: that a private one is there is not theirs to know.
 *
 * @throws HubError `not-found`, `denied`.
 */
export async function listTeamRepositories(
  context: OrganizationsContext,
  actor: SignedIn,
  organizationName: string,
  teamName: string,
  page: Page,
): Promise<TeamRepository[]> {
  const { organization, role } = await requireOrganization(context.auth, actor, organizationName, "see");
  let query = context.db.query
    .selectFrom("teams as t")
    .innerJoin("repository_grants as g", "g.team_id", "t.id")
    .innerJoin("repositories as r", "r.id", "g.repository_id")
    .select(["r.name", "r.visibility", "g.role", "g.granted_at as grantedAt"])
    .where("t.organization_id", "=", organization.id)
    .where("t.name", "=", teamName)
    .where("r.name", ">", page.last);
  if (role === "member" || role === "guest")
    query = query.where((is) =>
      is.or([
        is("r.visibility", "=", "public"),
        is.exists(
          is
            .selectFrom("team_members as m")
            .select("m.team_id")
            .whereRef("m.team_id", "=", "t.id")
            .where("m.user_id", "=", actor.kind === "user" ? actor.id : ""),
        ),
      ]),
    );
  const rows = await query.orderBy("r.name").limit(page.limit).execute();
  if (rows.length === 0) await requireTeam(context, organization.name, teamName);
  return rows;
}

/** An empty list may be that of no team. */
async function requireTeam(context: OrganizationsContext, organization: string, team: string): Promise<void> {
  if (!(await findTeam(context, organization, team))) throw teamUnknown(organization, team);
}
