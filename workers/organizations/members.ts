import { sql } from "kysely";
import { auditEntry } from "../audit/index.ts";
import {
  actorOf,
  organizationUnknown,
  requireOrganization,
  requireScope,
  type SignedIn,
} from "../auth/index.ts";
import type { OrganizationRole, RepositoryRole } from "../db/index.ts";
import type { Page } from "../platform/pagination.ts";
import { HubError } from "../shared/errors.ts";
import { authorityOf } from "./authority.ts";
import type { OrganizationsContext } from "./context.ts";

export interface Member {
  id: string;
  name: string;
  role: OrganizationRole;
  /** Milliseconds since 1970. */
  addedAt: number;
  /** null: only owners see it. */
  twoFactor: boolean | null;
}

/** With what goes when they go. */
export interface MemberDetail extends Member {
  teams: string[];
  /** Granted to them directly, the first thousand. */
  repositories: { name: string; role: RepositoryRole }[];
}

/**
 * The members of an organization by name, behind `page.last`.
 *
 * @param filter.search what the name has in it
 * @throws HubError `not-found`, `denied`.
 */
export async function listMembers(
  { db, auth }: OrganizationsContext,
  actor: SignedIn,
  organizationName: string,
  { role, search }: { role?: OrganizationRole | undefined; search?: string | undefined },
  page: Page,
): Promise<Member[]> {
  const { organization, role: own } = await requireOrganization(auth, actor, organizationName, "see");
  let query = db.query
    .selectFrom("organization_members as m")
    .innerJoin("users as u", "u.id", "m.user_id")
    .select(["u.id", "u.name", "u.two_factor", "m.role", "m.added_at"])
    .where("m.organization_id", "=", organization.id)
    .where("u.name", ">", page.last);
  if (role !== undefined) query = query.where("m.role", "=", role);
  if (search !== undefined) query = query.where(sql<boolean>`instr(u.name, ${search.toLowerCase()}) > 0`);
  const rows = await query.orderBy("u.name").limit(page.limit).execute();
  return rows.map((row) => shape(row, own));
}

/**
 * A member with what they have; for those who see all of it anyway.
 *
 * @throws HubError `not-found`, also when they are not in the organization; `denied`.
 */
export async function getMember(
  context: OrganizationsContext,
  actor: SignedIn,
  organizationName: string,
  userName: string,
): Promise<MemberDetail> {
  const [{ organization, role }, found] = await Promise.all([
    requireOrganization(context.auth, actor, organizationName, "teams"),
    findMember(context, organizationName, userName),
  ]);
  if (!found) throw memberUnknown(organization.name, userName);
  return { ...shape(found, role), teams: found.teams, repositories: found.repositories };
}

/**
 * Gives a member another role.
 *
 * @throws HubError `not-found`, `denied`; `conflict` for the last owner.
 */
export async function changeRole(
  context: OrganizationsContext,
  actor: SignedIn,
  organizationName: string,
  userName: string,
  role: OrganizationRole,
): Promise<void> {
  const { db, clock } = context;
  const [{ organization, holds, refuse }, member] = await Promise.all([
    authorityOf(context, actor, organizationName, "members"),
    findMember(context, organizationName, userName),
  ]);
  if (!member) throw memberUnknown(organization.name, userName);
  if (member.role === role) return;
  const change = db.batch([
    db.query
      .updateTable("organization_members")
      .set({ role })
      .where("organization_id", "=", organization.id)
      .where("user_id", "=", member.id)
      .where("role", "=", member.role)
      .where(holds),
    auditEntry(db, clock.now(), actorOf(actor), {
      log: organization.id,
      action: "member.role",
      target: member.name,
      before: { role: member.role },
      after: { role },
    }),
  ]);
  const [changed] = await change.catch(refuseLastOwner(organization.name, member.name));
  if (changed?.numAffectedRows === 0n) await refuse(changedMeanwhile(organization.name, member.name));
}

/**
 * Removes a member, with their places in teams, what was granted to them on repositories, and the default rules about them.
 *
 * @throws HubError `not-found`, `denied`; `conflict` for the last owner.
 */
export async function removeMember(
  context: OrganizationsContext,
  actor: SignedIn,
  organizationName: string,
  userName: string,
): Promise<void> {
  const { db, clock } = context;
  const [{ organization, holds, refuse }, member] = await Promise.all([
    authorityOf(context, actor, organizationName, "members"),
    findMember(context, organizationName, userName),
  ]);
  if (!member) throw memberUnknown(organization.name, userName);
  const change = db.batch([
    db.query
      .deleteFrom("organization_members")
      .where("organization_id", "=", organization.id)
      .where("user_id", "=", member.id)
      .where("role", "=", member.role)
      .where(holds),
    auditEntry(db, clock.now(), actorOf(actor), {
      log: organization.id,
      action: "member.remove",
      target: member.name,
      before: whatGoes(member),
    }),
  ]);
  const [removed] = await change.catch(refuseLastOwner(organization.name, member.name));
  if (removed?.numAffectedRows === 0n) await refuse(changedMeanwhile(organization.name, member.name));
}

/**
 * Leaves an organization, as everybody in it may, whatever its policy asks of them.
 *
 * @throws HubError `not-found`; `denied` with a token without the scope `account`, or of a machine; `conflict`
 *   for the last owner.
 */
export async function leaveOrganization(
  context: OrganizationsContext,
  actor: SignedIn,
  organizationName: string,
): Promise<void> {
  const { db, clock } = context;
  requireScope(actor, "account");
  if (actor.kind === "machine")
    throw new HubError("denied", `${actor.name} is a token of ${actor.owner.name} and in no organization`);
  const member = await findMember(context, organizationName, actor.name);
  if (!member) throw organizationUnknown(organizationName);
  const { organization } = member;
  const entry = { action: "member.leave", target: member.name };
  const change = db.batch([
    db.query
      .deleteFrom("organization_members")
      .where("organization_id", "=", organization.id)
      .where("user_id", "=", actor.id),
    auditEntry(db, clock.now(), actorOf(actor), {
      log: organization.id,
      ...entry,
      before: whatGoes(member),
    }),
    auditEntry(db, clock.now(), actorOf(actor), {
      log: actor.id,
      action: "organization.leave",
      target: organization.name,
      before: { role: member.role },
    }),
  ]);
  await change.catch(refuseLastOwner(organization.name, member.name));
}

interface FoundMember {
  organization: { id: string; name: string };
  id: string;
  name: string;
  role: OrganizationRole;
  two_factor: 0 | 1;
  added_at: number;
  teams: string[];
  repositories: { name: string; role: RepositoryRole }[];
}

async function findMember(
  { db }: OrganizationsContext,
  organizationName: string,
  userName: string,
): Promise<FoundMember | undefined> {
  const row = await db.query
    .selectFrom("namespaces as n")
    .innerJoin("organizations as o", "o.id", "n.owner_id")
    .innerJoin("users as u", (join) => join.on("u.name", "=", userName))
    .innerJoin("organization_members as m", (join) =>
      join.onRef("m.organization_id", "=", "o.id").onRef("m.user_id", "=", "u.id"),
    )
    .select(["o.id as organization_id", "o.name as organization_name"])
    .select(["u.id", "u.name", "u.two_factor", "m.role", "m.added_at"])
    .select(
      sql<string>`(select json_group_array(name) from (select t.name from team_members tm join teams t on t.id = tm.team_id
        where tm.organization_id = o.id and tm.user_id = u.id order by t.name))`.as("teams"),
    )
    .select(
      sql<string>`(select json_group_array(json_object('name', name, 'role', role)) from (
        select r.name, g.role from repository_grants g join repositories r on r.id = g.repository_id
        where g.user_id = u.id and r.owner_id = o.id order by r.name limit 1000))`.as("repositories"),
    )
    .where("n.name", "=", organizationName)
    .executeTakeFirst();
  return (
    row && {
      ...row,
      organization: { id: row.organization_id, name: row.organization_name },
      teams: JSON.parse(row.teams) as string[],
      repositories: JSON.parse(row.repositories) as FoundMember["repositories"],
    }
  );
}

function shape(
  row: Pick<FoundMember, "id" | "name" | "role" | "two_factor" | "added_at">,
  own: OrganizationRole,
): Member {
  const { id, name, role, two_factor, added_at } = row;
  return { id, name, role, addedAt: added_at, twoFactor: own === "owner" ? two_factor === 1 : null };
}

function whatGoes({ role, teams, repositories }: FoundMember) {
  return { role, teams, repositories };
}

export function memberUnknown(organization: string, user: string): HubError {
  return new HubError("not-found", `there is nobody called "${user.slice(0, 64)}" in ${organization}`);
}

function changedMeanwhile(organization: string, user: string): HubError {
  return new HubError(
    "conflict",
    `somebody else changed what ${user} is in ${organization} at the same moment; look at it again`,
  );
}

/** The database itself keeps the last owner in (migrations/0003): this says so in words. */
function refuseLastOwner(organization: string, user: string) {
  return (error: unknown): never => {
    if (error instanceof Error && error.message.includes("last owner"))
      throw new HubError(
        "conflict",
        `${user} is the last owner of ${organization}; make somebody else an owner first, or delete it`,
        { cause: error },
      );
    throw error;
  };
}
