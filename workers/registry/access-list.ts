import { sql } from "kysely";
import {
  highestRole,
  requireRepository,
  rolesOf,
  type PresentRepository,
  type Principal,
  type User,
} from "../auth/index.ts";
import type { OrganizationRole, RepositoryRole } from "../db/index.ts";
import type { Page } from "../platform/pagination.ts";
import type { RegistryContext } from "./context.ts";

/** Somebody who may do something to a repository. */
export interface AccessEntry {
  user: string;
  /** The most that any of `sources` gives. */
  role: RepositoryRole;
  sources: RoleSource[];
}

/** Where a role comes from. `team` names the team of a team's grant, or of a default rule for a team. */
interface RoleSource {
  type: ReturnType<typeof rolesOf>[number]["source"]["type"];
  role: RepositoryRole;
  team?: string;
}

interface Row {
  id: string;
  name: string;
  organization_role: OrganizationRole | null;
  /** JSON array: role, type, team. */
  given: string;
}

/**
 * Everybody who has a right to a repository, by name, and what each right comes from; for who administers it. Administrators of the hub
 * may do everything everywhere and are not listed; a token, an unverified address or the organization's policy may take away from
 * what is said here.
 *
 * @throws HubError `not-found`, `denied`
 */
export async function listAccess(
  context: RegistryContext,
  actor: Principal,
  name: string,
  page: Page,
): Promise<AccessEntry[]> {
  const found = await requireRepository(context, actor, name, "admin");
  const owner = found.standing.owner?.id ?? "";
  const { rows } = await sql<Row>`
    with made as (select created_by from repositories where id = ${found.id}),
    given as (
      select user_id, role, 'grant' as type, null as team from repository_grants
        where repository_id = ${found.id} and user_id is not null
      union all
      select m.user_id, g.role, 'team', t.name from repository_grants g
        join teams t on t.id = g.team_id join team_members m on m.team_id = t.id where g.repository_id = ${found.id}
      union all
      select coalesce(d.user_id, m.user_id), d.role, 'rule', t.name from default_rules d
        left join teams t on t.id = d.team_id left join team_members m on m.team_id = t.id
        where d.organization_id = ${owner} and (d.creator_id is null or d.creator_id = (select created_by from made))
    ),
    people as (
      select user_id from given
      union select user_id from organization_members
        where organization_id = ${owner} and role in ('owner', 'maintainer')
      union select id from users where id = ${owner}
    )
    select u.id, u.name, o.role as organization_role, (
        select json_group_array(json_object('role', role, 'type', type, 'team', team)) from given where user_id = u.id
      ) as given
    from people join users u on u.id = people.user_id
    left join organization_members o on o.organization_id = ${owner} and o.user_id = u.id
    where u.name > ${page.last} order by u.name limit ${page.limit}`.execute(context.db.query);
  return rows.map((row) => entryOf(row, found));
}

/** What the policy makes of it: the same function that decides requests. */
function entryOf(row: Row, { name, visibility, standing }: PresentRepository): AccessEntry {
  const given = JSON.parse(row.given) as {
    role: RepositoryRole;
    type: "grant" | "team" | "rule";
    team: string | null;
  }[];
  const facts = {
    name,
    visibility,
    standing: {
      owner: standing.owner,
      policy: standing.policy,
      organizationRole: row.organization_role ?? undefined,
      granted: given.map(({ role, type, team }) => ({
        role,
        source: type === "team" ? { type, team: team ?? "" } : { type, team: team ?? undefined },
      })),
    },
  };
  const person: User = {
    kind: "user",
    id: row.id,
    name: row.name,
    administrator: false,
    emailVerified: true,
    twoFactor: true,
    token: undefined,
    address: undefined,
  };
  return {
    user: row.name,
    role: highestRole(person, facts) ?? "read",
    sources: rolesOf(person, facts).map(({ role, source }) => {
      const team = "team" in source ? source.team : undefined;
      return { type: source.type, role, ...(team === undefined ? {} : { team }) };
    }),
  };
}
