import { sql } from "kysely";
import { auditEntry } from "../audit/index.ts";
import { actorOf, requireOrganization, type SignedIn } from "../auth/index.ts";
import type { Row } from "../db/index.ts";
import type { Page } from "../platform/pagination.ts";
import { HubError } from "../shared/errors.ts";
import { isRepositoryName } from "../shared/reference.ts";
import { authorityOf } from "./authority.ts";
import type { OrganizationsContext } from "./context.ts";

export interface Team {
  id: string;
  name: string;
  description: string;
  /** Milliseconds since 1970. */
  createdAt: number;
  /** How many there are. */
  members: number;
  repositories: number;
}

const maximumTeamNameLength = 64;
const maximumTeams = 500;

/**
 * Makes a team, without members and rights.
 *
 * @throws HubError `not-found`, `denied`; `invalid` when it cannot be called so; `conflict` when there is one of this name; `too-many`.
 */
export async function createTeam(
  context: OrganizationsContext,
  actor: SignedIn,
  organizationName: string,
  { name, description = "" }: { name: string; description?: string | undefined },
): Promise<Team> {
  const { db, clock } = context;
  const { organization, holds, refuse } = await authorityOf(context, actor, organizationName, "teams");
  checkTeamName(name);
  const [made] = await db.batch([
    sql<Row<"teams">>`insert into teams (id, organization_id, name, description, created_at)
      select ${crypto.randomUUID()}, ${organization.id}, ${name}, ${description}, ${clock.now()}
      where (select count(*) from teams where organization_id = ${organization.id}) < ${maximumTeams} and ${holds}
      on conflict (organization_id, name) do nothing returning *`.compile(db.query),
    auditEntry(db, clock.now(), actorOf(actor), {
      log: organization.id,
      action: "team.create",
      target: name,
      after: { name, description },
    }),
  ]);
  const [row] = (made?.rows ?? []) as Row<"teams">[];
  if (row) return { ...fromRow(row), members: 0, repositories: 0 };
  if (await findTeam(context, organization.name, name)) return refuse(nameTaken(organization.name, name));
  return refuse(
    new HubError(
      "too-many",
      `${organization.name} has ${maximumTeams} teams, which is as many as an organization can have`,
    ),
  );
}

/** The teams of an organization by name, behind `page.last`. @throws HubError `not-found`, `denied`. */
export async function listTeams(
  { db, auth }: OrganizationsContext,
  actor: SignedIn,
  organizationName: string,
  page: Page,
): Promise<Team[]> {
  const { organization } = await requireOrganization(auth, actor, organizationName, "see");
  const rows = await counted(db)
    .where("t.organization_id", "=", organization.id)
    .where("t.name", ">", page.last)
    .orderBy("t.name")
    .limit(page.limit)
    .execute();
  return rows.map(fromCounted);
}

/** @throws HubError `not-found`, `denied`. */
export async function getTeam(
  context: OrganizationsContext,
  actor: SignedIn,
  organizationName: string,
  teamName: string,
): Promise<Team> {
  const [{ organization }, team] = await Promise.all([
    requireOrganization(context.auth, actor, organizationName, "see"),
    findTeam(context, organizationName, teamName),
  ]);
  if (!team) throw teamUnknown(organization.name, teamName);
  return team;
}

/**
 * Changes the name or the description of a team; what is left out stays.
 *
 * @throws HubError `not-found`, `denied`, `invalid`; `conflict` when there is another of this name.
 */
export async function changeTeam(
  context: OrganizationsContext,
  actor: SignedIn,
  organizationName: string,
  teamName: string,
  change: { name?: string | undefined; description?: string | undefined },
): Promise<Team> {
  const { db, clock } = context;
  const [{ organization, holds, refuse }, team] = await Promise.all([
    authorityOf(context, actor, organizationName, "teams"),
    findTeam(context, organizationName, teamName),
  ]);
  if (!team) throw teamUnknown(organization.name, teamName);
  const before = { name: team.name, description: team.description };
  const after = { name: change.name ?? before.name, description: change.description ?? before.description };
  if (after.name === before.name && after.description === before.description) return team;
  checkTeamName(after.name);
  const [changed] = await db.batch([
    sql`update teams set name = ${after.name}, description = ${after.description}
      where id = ${team.id} and name = ${before.name} and description = ${before.description} and ${holds}
        and not exists (select 1 from teams other where other.organization_id = ${organization.id}
          and other.name = ${after.name} and other.id <> ${team.id})`.compile(db.query),
    auditEntry(db, clock.now(), actorOf(actor), {
      log: organization.id,
      action: "team.change",
      target: after.name,
      before,
      after,
    }),
  ]);
  if (changed?.numAffectedRows === 1n) return { ...team, ...after };
  const now = await findTeam(context, organization.name, after.name);
  return refuse(
    now && now.id !== team.id
      ? nameTaken(organization.name, after.name)
      : changedMeanwhile(organization.name, team.name),
  );
}

/** Deletes a team, and with it what it gave to its members. @throws HubError `not-found`, `denied`. */
export async function deleteTeam(
  context: OrganizationsContext,
  actor: SignedIn,
  organizationName: string,
  teamName: string,
): Promise<void> {
  const { db, clock } = context;
  const [{ organization, holds, refuse }, team] = await Promise.all([
    authorityOf(context, actor, organizationName, "teams"),
    findWithRights(context, organizationName, teamName),
  ]);
  if (!team) throw teamUnknown(organization.name, teamName);
  const { name, description, members } = team;
  const before = {
    name,
    description,
    members: JSON.parse(members) as unknown,
    repositories: JSON.parse(team.repositories) as unknown,
    default_rules: JSON.parse(team.rules) as unknown,
  };
  const [deleted] = await db.batch([
    sql`delete from teams where id = ${team.id} and name = ${name} and ${holds}`.compile(db.query),
    auditEntry(db, clock.now(), actorOf(actor), {
      log: organization.id,
      action: "team.delete",
      target: name,
      before,
    }),
  ]);
  if (deleted?.numAffectedRows === 0n) await refuse(changedMeanwhile(organization.name, name));
}

/** A team with all that goes with it, as JSON: of members and of repositories the first thousand. */
async function findWithRights({ db }: OrganizationsContext, organizationName: string, teamName: string) {
  return db.query
    .selectFrom("namespaces as n")
    .innerJoin("teams as t", "t.organization_id", "n.owner_id")
    .select(["t.id", "t.name", "t.description"])
    .select([
      sql<string>`(select json_group_array(name) from (select u.name from team_members m join users u on u.id = m.user_id
        where m.team_id = t.id order by u.name limit 1000))`.as("members"),
      sql<string>`(select json_group_array(json_object('name', name, 'role', role)) from (select r.name, g.role
        from repository_grants g join repositories r on r.id = g.repository_id
        where g.team_id = t.id order by r.name limit 1000))`.as("repositories"),
      sql<string>`(select json_group_array(json_object('creator', c.name, 'role', d.role)) from default_rules d
        left join users c on c.id = d.creator_id
        where d.organization_id = t.organization_id and d.team_id = t.id)`.as("rules"),
    ])
    .where("n.name", "=", organizationName)
    .where("t.name", "=", teamName)
    .executeTakeFirst();
}

/** A team by the name of its organization, present or old, and its own. */
export async function findTeam(
  { db }: OrganizationsContext,
  organizationName: string,
  teamName: string,
): Promise<Team | undefined> {
  const row = await counted(db)
    .innerJoin("namespaces as n", "n.owner_id", "t.organization_id")
    .where("n.name", "=", organizationName)
    .where("t.name", "=", teamName)
    .executeTakeFirst();
  return row && fromCounted(row);
}

function counted(db: OrganizationsContext["db"]) {
  return db.query
    .selectFrom("teams as t")
    .selectAll("t")
    .select(sql<number>`(select count(*) from team_members where team_id = t.id)`.as("members"))
    .select(sql<number>`(select count(*) from repository_grants where team_id = t.id)`.as("repositories"));
}

function fromRow({ id, name, description, created_at }: Row<"teams">) {
  return { id, name, description, createdAt: created_at };
}

function fromCounted(row: Row<"teams"> & { members: number; repositories: number }): Team {
  return { ...fromRow(row), members: row.members, repositories: row.repositories };
}

/** Team names stand in paths, as the names of organizations do. */
function checkTeamName(name: string): void {
  if (name.length > maximumTeamNameLength || name.includes("/") || !isRepositoryName(name))
    throw new HubError(
      "invalid",
      `"${name.slice(0, maximumTeamNameLength)}" cannot be the name of a team: use up to ${maximumTeamNameLength} of a-z and 0-9, with ".", "_", "__" or "-" between them`,
    );
}

export function teamUnknown(organization: string, team: string): HubError {
  return new HubError(
    "not-found",
    `there is no team "${team.slice(0, maximumTeamNameLength)}" in ${organization}`,
  );
}

function nameTaken(organization: string, name: string): HubError {
  return new HubError(
    "conflict",
    `there is a team "${name}" in ${organization} already; choose another name`,
  );
}

function changedMeanwhile(organization: string, team: string): HubError {
  return new HubError(
    "conflict",
    `somebody else changed the team "${team}" of ${organization} at the same moment; look at it again`,
  );
}
