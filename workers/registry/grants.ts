import { sql, type CompiledQuery } from "kysely";
import { auditEntry } from "../audit/index.ts";
import { requireRepository, type PresentRepository, type Principal } from "../auth/index.ts";
import type { RepositoryRole } from "../db/index.ts";
import type { Page } from "../platform/pagination.ts";
import { HubError } from "../shared/errors.ts";
import type { RegistryContext } from "./context.ts";
import { auditedAs } from "./repositories.ts";

/** Who has a grant: a user, who is then a collaborator, or a team of the organization that owns the repository. */
export type Grantee = { user: string } | { team: string };

/** A right on one repository that was given to somebody. What roles may do: auth/access.ts. */
export interface RepositoryGrant {
  kind: "user" | "team";
  name: string;
  role: RepositoryRole;
  /** Milliseconds since 1970. */
  grantedAt: number;
}

/**
 * Collaborators and teams of a repository, for who administers it, in the order of `keyOf`.
 *
 * @throws HubError `not-found`, `denied`
 */
export async function listGrants(
  context: RegistryContext,
  actor: Principal,
  name: string,
  page: Page,
): Promise<RepositoryGrant[]> {
  const { id } = await requireRepository(context, actor, name, "admin");
  const { rows } = await sql<RepositoryGrant>`
    select kind, name, role, granted_at as grantedAt from (
      select 'team' as kind, t.name, g.role, g.granted_at
        from repository_grants g join teams t on t.id = g.team_id where g.repository_id = ${id}
      union all
      select 'user' as kind, u.name, g.role, g.granted_at
        from repository_grants g join users u on u.id = g.user_id where g.repository_id = ${id})
    where kind || ' ' || name > ${page.last} order by kind || ' ' || name limit ${page.limit}`.execute(
    context.db.query,
  );
  return rows;
}

/** Where a page of grants ends. */
export function keyOf({ kind, name }: RepositoryGrant): string {
  return `${kind} ${name}`;
}

/**
 * Gives somebody a role on a repository, in place of the one they had.
 *
 * @throws HubError `not-found`, also for a user or a team of the organization that is not there; `denied`; `invalid` for the owner.
 */
export async function setGrant(
  context: RegistryContext,
  actor: Principal,
  name: string,
  grantee: Grantee,
  role: RepositoryRole,
): Promise<RepositoryGrant> {
  const { db } = context;
  const found = await requireRepository(context, actor, name, "admin");
  const holder = await findHolder(context, found, grantee);
  if (holder.id === found.standing.owner?.id)
    throw new HubError(
      "invalid",
      `${holder.name} owns ${found.name} and may do everything there; no role changes that`,
    );
  const { actor: who, log, at } = auditedAs(context, actor, found);
  const [change] = await db.batch([
    giveRole(context, found, holder, role),
    auditEntry(db, at, who, {
      log,
      action: "repository.grant",
      target: `${found.name} ${holder.kind} ${holder.name}`,
      ...(holder.role ? { before: holder.role } : {}),
      after: role,
    }),
  ]);
  if (!change?.numAffectedRows && holder.role !== role) throw goneMeanwhile(found.name);
  const grantedAt = holder.role === role ? holder.grantedAt : at;
  return { kind: holder.kind, name: holder.name, role, grantedAt };
}

/** Takes a grant away. @throws HubError `not-found`, also when there is none; `denied` */
export async function removeGrant(
  context: RegistryContext,
  actor: Principal,
  name: string,
  grantee: Grantee,
): Promise<void> {
  const { db } = context;
  const found = await requireRepository(context, actor, name, "admin");
  const holder = await findHolder(context, found, grantee);
  const { actor: who, log, at } = auditedAs(context, actor, found);
  const [deleted] = await db.batch([
    db.query
      .deleteFrom("repository_grants")
      .where("repository_id", "=", found.id)
      .where(holder.kind === "user" ? "user_id" : "team_id", "=", holder.id),
    auditEntry(db, at, who, {
      log,
      action: "repository.revoke",
      target: `${found.name} ${holder.kind} ${holder.name}`,
      before: holder.role ?? null,
    }),
  ]);
  if (!deleted?.numAffectedRows)
    throw new HubError("not-found", `the ${holder.kind} ${holder.name} has no grant on ${found.name}`);
}

/** A user or a team, and the grant they have now. */
interface Holder {
  kind: "user" | "team";
  id: string;
  name: string;
  role: RepositoryRole | null;
  grantedAt: number;
}

async function findHolder(
  { db }: RegistryContext,
  { id, standing }: PresentRepository,
  grantee: Grantee,
): Promise<Holder> {
  const query =
    "user" in grantee
      ? sql<Holder>`select 'user' as kind, u.id, u.name, g.role, g.granted_at as grantedAt from users u
          left join repository_grants g on g.user_id = u.id and g.repository_id = ${id} where u.name = ${grantee.user}`
      : sql<Holder>`select 'team' as kind, t.id, t.name, g.role, g.granted_at as grantedAt from teams t
          left join repository_grants g on g.team_id = t.id and g.repository_id = ${id}
          where t.organization_id = ${standing.owner?.id ?? ""} and t.name = ${grantee.team}`;
  const [holder] = (await query.execute(db.query)).rows;
  if (holder) return holder;
  throw new HubError(
    "not-found",
    "user" in grantee
      ? `there is no user "${grantee.user.slice(0, 64)}"`
      : `there is no team "${grantee.team.slice(0, 64)}" in the organization that owns the repository`,
  );
}

/** The grant, if repository and holder still are what they were: a team must be one of the owner's. */
function giveRole(
  { db, clock }: RegistryContext,
  { id, standing }: PresentRepository,
  { kind, id: holder }: Holder,
  role: RepositoryRole,
): CompiledQuery {
  const owned = sql`r.id = ${id} and r.owner_id is ${standing.owner?.id ?? null}`;
  const changed = sql`do update set role = excluded.role, granted_at = excluded.granted_at where role <> excluded.role`;
  const statement =
    kind === "user"
      ? sql`insert into repository_grants (repository_id, user_id, role, granted_at)
          select r.id, u.id, ${role}, ${clock.now()} from repositories r join users u on u.id = ${holder} where ${owned}
          on conflict (repository_id, user_id) ${changed}`
      : sql`insert into repository_grants (repository_id, team_id, role, granted_at)
          select r.id, t.id, ${role}, ${clock.now()} from repositories r
          join teams t on t.id = ${holder} and t.organization_id = r.owner_id where ${owned}
          on conflict (repository_id, team_id) ${changed}`;
  return statement.compile(db.query);
}

function goneMeanwhile(name: string): HubError {
  return new HubError("conflict", `${name} or whom it was shared with has changed meanwhile; look again`);
}
