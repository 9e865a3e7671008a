import { sql, type CompiledQuery, type QueryResult, type RawBuilder } from "kysely";
import type {
  Database,
  OrganizationRole,
  RepositoryCreation,
  RepositoryRole,
  Visibility,
} from "../db/index.ts";
import { type Principal, type RepositoryFacts, type RoleFrom, type Standing, noStanding } from "./access.ts";

/** A repository, or a name without one, with what the caller is to it. */
export interface FoundRepository extends RepositoryFacts {
  /** undefined: there is none of this name, now or before. */
  id: number | undefined;
  /** Its present name: another one than was asked for after a rename. */
  name: string;
}

interface Row {
  asked: string;
  id: number | null;
  name: string;
  visibility: Visibility | null;
  kind: "user" | "organization" | null;
  owner: string | null;
  require_two_factor: 0 | 1 | null;
  maximum_token_age: number | null;
  repository_creation: RepositoryCreation | null;
  role: OrganizationRole | null;
  /** JSON arrays. */
  grants: string;
  team_grants: string;
  rules: string;
}

/**
 * What a principal is to each of these repositories: one statement for any number of them, of teams and of members. A name that is an
 * old one stands for the repository as it is called now.
 */
export async function standingsOf(
  { db }: { db: Database },
  principal: Principal,
  names: readonly string[],
): Promise<Map<string, FoundRepository>> {
  if (names.length === 0) return new Map();
  if (principal.kind === "user")
    return readStandings(await ofPerson(sql`${principal.id}`, names).execute(db.query));
  return readStandings(await ofNobody(names).execute(db.query));
}

/**
 * The same statement for a person who is yet to be found, so that it can travel with the one that finds them. Read its result by
 * `readStandings`.
 *
 * @param person a subquery for the user's id; to NULL nobody grants anything
 */
export function standingsStatement(
  { db }: { db: Database },
  person: RawBuilder<string | null>,
  names: readonly string[],
): CompiledQuery {
  return ofPerson(person, names).compile(db.query);
}

/** By the names that were asked for. */
export function readStandings({ rows }: QueryResult<unknown>): Map<string, FoundRepository> {
  return new Map((rows as Row[]).map((row) => [row.asked, fromRow(row)]));
}

/** For machines and anonymous callers, to whom nobody grants anything. */
function ofNobody(names: readonly string[]): RawBuilder<Row> {
  return sql<Row>`${resolved(names)}
    select asked, r.id, coalesce(r.name, present.name) as name, r.visibility, n.kind, n.owner_id as owner,
      o.require_two_factor, o.maximum_token_age, o.repository_creation, null as role,
      '[]' as grants, '[]' as team_grants, '[]' as rules
    ${joined}`;
}

function ofPerson(person: RawBuilder<unknown>, names: readonly string[]): RawBuilder<Row> {
  const user = sql`(select id from person)`;
  return sql<Row>`${resolved(names)}, person as materialized (select ${person} as id)
    select asked, r.id, coalesce(r.name, present.name) as name, r.visibility, n.kind, n.owner_id as owner,
      o.require_two_factor, o.maximum_token_age, o.repository_creation,
      (select role from organization_members where organization_id = o.id and user_id = ${user}) as role,
      (select json_group_array(role) from repository_grants where repository_id = r.id and user_id = ${user}) as grants,
      (select json_group_array(json_object('role', g.role, 'team', t.name))
        from repository_grants g
        join team_members m on m.team_id = g.team_id and m.user_id = ${user}
        join teams t on t.id = g.team_id
        where g.repository_id = r.id) as team_grants,
      (select json_group_array(json_object('role', d.role, 'team', t.name))
        from default_rules d left join teams t on t.id = d.team_id
        where d.organization_id = o.id and r.id is not null and (d.creator_id is null or d.creator_id = r.created_by)
          and (d.user_id = ${user} or exists (
            select 1 from team_members m where m.team_id = d.team_id and m.user_id = ${user}))) as rules
    ${joined}`;
}

/** The repositories that names lead to: by their present names, by old names, by old names of the namespace. */
function resolved(names: readonly string[]): RawBuilder<unknown> {
  return sql`with asked as (
      select value as asked, substr(value, 1, instr(value, '/') - 1) as namespace from json_each(${JSON.stringify(names)})
    ), present as (
      select asked, coalesce(
        (select u.name || substr(asked, length(namespace) + 1) from namespaces n join users u on u.id = n.owner_id where n.name = namespace),
        (select o.name || substr(asked, length(namespace) + 1) from namespaces n join organizations o on o.id = n.owner_id where n.name = namespace),
        asked) as name
      from asked
    )`;
}

const joined = sql`
    from present
    left join repositories r on r.id = coalesce(
      (select id from repositories where name = asked),
      (select repository_id from repository_redirects where name = asked),
      (select id from repositories where name = present.name),
      (select repository_id from repository_redirects where name = present.name))
    left join namespaces n on n.name = substr(coalesce(r.name, present.name), 1, instr(coalesce(r.name, present.name), '/') - 1)
    left join organizations o on o.id = n.owner_id`;

function fromRow(row: Row): FoundRepository {
  const standing: Standing = {
    owner: row.kind && row.owner !== null ? { kind: row.kind, id: row.owner } : undefined,
    policy:
      row.repository_creation === null
        ? undefined
        : {
            requireTwoFactor: row.require_two_factor === 1,
            maximumTokenAge: row.maximum_token_age,
            repositoryCreation: row.repository_creation,
          },
    organizationRole: row.role ?? undefined,
    granted: [
      ...(JSON.parse(row.grants) as RepositoryRole[]).map((role): RoleFrom => ({
        role,
        source: { type: "grant" },
      })),
      ...(JSON.parse(row.team_grants) as { role: RepositoryRole; team: string }[]).map(
        ({ role, team }): RoleFrom => ({ role, source: { type: "team", team } }),
      ),
      ...(JSON.parse(row.rules) as { role: RepositoryRole; team: string | null }[]).map(
        ({ role, team }): RoleFrom => ({ role, source: { type: "rule", team: team ?? undefined } }),
      ),
    ],
  };
  const { asked, name } = row;
  return { id: row.id ?? undefined, asked, name, visibility: row.visibility ?? "absent", standing };
}

/** A name that nobody has a right to, as far as this says. */
export function unknownRepository(name: string): FoundRepository {
  return { id: undefined, name, visibility: "absent", standing: noStanding };
}
