import { sql, type RawBuilder } from "kysely";
import { auditEntry } from "../audit/index.ts";
import { actorOf, requireOrganization, type SignedIn } from "../auth/index.ts";
import type { RepositoryRole } from "../db/index.ts";
import { HubError } from "../shared/errors.ts";
import { authorityOf, type Authority } from "./authority.ts";
import type { OrganizationsContext } from "./context.ts";
import { memberUnknown } from "./members.ts";
import { teamUnknown } from "./teams.ts";

/** "What <creator, or anybody> makes here gives <team or user> <role>." */
export interface DefaultRule {
  id: string;
  /** A user's name; null: anybody. */
  creator: string | null;
  /** One of the two is null. */
  team: string | null;
  user: string | null;
  role: RepositoryRole;
  /** Milliseconds since 1970. */
  createdAt: number;
}

export interface NewRule {
  creator?: string | undefined;
  team?: string | undefined;
  user?: string | undefined;
  role: RepositoryRole;
}

/** Each is looked at with every request for a repository of the organization. */
const maximumRules = 100;

/** The default rules of an organization, the oldest first. @throws HubError `not-found`, `denied`. */
export async function listRules(
  context: OrganizationsContext,
  actor: SignedIn,
  organizationName: string,
): Promise<DefaultRule[]> {
  const { organization } = await requireOrganization(context.auth, actor, organizationName, "see");
  return rulesWhere(context, sql<boolean>`d.organization_id = ${organization.id}`);
}

/**
 * Adds a default rule. It holds from the next request on, also for repositories that are there already.
 *
 * @throws HubError `not-found`, also for a team or people who are not of the organization; `denied`; `invalid` unless it is for either a
 *   team or a user; `conflict` when there is the same rule; `too-many`.
 */
export async function addRule(
  context: OrganizationsContext,
  actor: SignedIn,
  organizationName: string,
  rule: NewRule,
): Promise<DefaultRule> {
  const { db, clock } = context;
  const { creator, team, user, role } = rule;
  if ((team === undefined) === (user === undefined))
    throw new HubError("invalid", "a default rule is for a team or for a user: name one of the two");
  const authority = await authorityOf(context, actor, organizationName, "teams");
  const { id: organization } = authority.organization;
  const [id, now] = [crypto.randomUUID(), clock.now()];
  const [added] = await db.batch([
    sql`insert into default_rules (id, organization_id, creator_id, user_id, team_id, role, created_at)
      select ${id}, ${organization}, creator, user, team, ${role}, ${now} from (select
        ${memberId(organization, creator)} as creator, ${memberId(organization, user)} as user,
        (select id from teams where organization_id = ${organization} and name = ${team ?? null}) as team)
      where ((creator is not null) = ${creator === undefined ? 0 : 1}) and ((user is null) <> (team is null)) and ${authority.holds}
        and (select count(*) from default_rules where organization_id = ${organization}) < ${maximumRules}
        and not exists (select 1 from default_rules d where d.organization_id = ${organization}
          and d.creator_id is creator and d.user_id is user and d.team_id is team and d.role = ${role})`.compile(
      db.query,
    ),
    auditEntry(db, now, actorOf(actor), {
      log: organization,
      action: "rule.add",
      target: (team ?? user ?? "").toLowerCase(),
      after: describe(rule),
    }),
  ]);
  if (added?.numAffectedRows === 0n) return explain(context, authority, rule);
  const [made] = await rulesWhere(context, sql<boolean>`d.id = ${id}`);
  if (!made) throw new HubError("conflict", "the rule was taken away again at the same moment");
  return made;
}

/** Takes a default rule away, and at once what it gave. @throws HubError `not-found`, `denied`. */
export async function removeRule(
  context: OrganizationsContext,
  actor: SignedIn,
  organizationName: string,
  id: string,
): Promise<void> {
  const { db, clock } = context;
  const [{ organization, holds, refuse }, [rule]] = await Promise.all([
    authorityOf(context, actor, organizationName, "teams"),
    rulesWhere(context, sql<boolean>`d.id = ${id}`),
  ]);
  const unknown = new HubError(
    "not-found",
    `there is no default rule "${id.slice(0, 64)}" in ${organization.name}`,
  );
  if (!rule) throw unknown;
  const [removed] = await db.batch([
    db.query
      .deleteFrom("default_rules")
      .where("id", "=", id)
      .where("organization_id", "=", organization.id)
      .where(holds),
    auditEntry(db, clock.now(), actorOf(actor), {
      log: organization.id,
      action: "rule.remove",
      target: rule.team ?? rule.user ?? "",
      before: describe(rule),
    }),
  ]);
  if (removed?.numAffectedRows === 0n) await refuse(unknown);
}

async function rulesWhere(
  { db }: OrganizationsContext,
  condition: RawBuilder<boolean>,
): Promise<DefaultRule[]> {
  return db.query
    .selectFrom("default_rules as d")
    .leftJoin("users as c", "c.id", "d.creator_id")
    .leftJoin("users as u", "u.id", "d.user_id")
    .leftJoin("teams as t", "t.id", "d.team_id")
    .select(["d.id", "c.name as creator", "t.name as team", "u.name as user", "d.role"])
    .select("d.created_at as createdAt")
    .where(condition)
    .orderBy("d.created_at")
    .orderBy("d.id")
    .limit(maximumRules)
    .execute();
}

/** For SQL: the id of a member by name; null when nobody is meant, or they are not in the organization. */
function memberId(organization: string, name: string | undefined): RawBuilder<string | null> {
  return sql<string | null>`(select m.user_id from organization_members m join users u on u.id = m.user_id
    where m.organization_id = ${organization} and u.name = ${name ?? null})`;
}

/** Why a rule was not added. */
async function explain(
  { db }: OrganizationsContext,
  { organization, refuse }: Authority,
  { creator, team, user }: NewRule,
): Promise<never> {
  const found = await db.query
    .selectNoFrom((is) => [
      memberId(organization.id, creator).as("creator"),
      memberId(organization.id, user).as("user"),
      is
        .selectFrom("teams")
        .select("id")
        .where("organization_id", "=", organization.id)
        .where("name", "=", team ?? "")
        .as("team"),
      is
        .selectFrom("default_rules")
        .select(is.fn.countAll<number>().as("count"))
        .where("organization_id", "=", organization.id)
        .as("count"),
    ])
    .executeTakeFirstOrThrow();
  if (creator !== undefined && !found.creator) return refuse(memberUnknown(organization.name, creator));
  if (user !== undefined && !found.user) return refuse(memberUnknown(organization.name, user));
  if (team !== undefined && !found.team) return refuse(teamUnknown(organization.name, team));
  return refuse(
    (found.count ?? 0) >= maximumRules
      ? new HubError(
          "too-many",
          `${organization.name} has ${maximumRules} default rules, which is as many as an organization can have`,
        )
      : new HubError("conflict", `${organization.name} has this very rule already`),
  );
}

function describe({ creator, team, user, role }: NewRule | DefaultRule) {
  const named = (name: string | null | undefined) => name?.toLowerCase() ?? null;
  return { creator: named(creator), team: named(team), user: named(user), role };
}
