import { sql } from "kysely";
import { auditEntry } from "../audit/index.ts";
import {
  actorOf,
  checkNamespaceName,
  nameIsFree,
  refuseName,
  requireOrganization,
  requireScope,
  type SignedIn,
  type User,
} from "../auth/index.ts";
import type { OrganizationRole, RepositoryCreation, Row, Visibility } from "../db/index.ts";
import type { Page } from "../platform/pagination.ts";
import { HubError } from "../shared/errors.ts";
import type { OrganizationsContext } from "./context.ts";

export interface Organization {
  id: string;
  name: string;
  displayName: string;
  /** Milliseconds since 1970. */
  createdAt: number;
  requireTwoFactor: boolean;
  /** Milliseconds; null: access tokens of any age. */
  maximumTokenAge: number | null;
  repositoryCreation: RepositoryCreation;
  defaultVisibility: Visibility;
  /** The caller's. */
  role: OrganizationRole;
}

/** How many organizations one person can be an owner of: names are few. */
const maximumOwned = 100;

/**
 * Makes an organization, with its maker as the owner.
 *
 * @throws HubError `invalid` when it cannot be called so; `conflict` when the name is not free; `denied` to who has not verified their
 *   e-mail, or with a token without the scope `account`; `too-many`.
 */
export async function createOrganization(
  context: OrganizationsContext,
  actor: User,
  { name, displayName = "" }: { name: string; displayName?: string | undefined },
): Promise<Organization> {
  const { db, clock } = context;
  requireScope(actor, "account");
  if (!actor.emailVerified)
    throw new HubError("denied", "verify your e-mail address first; then you can make organizations");
  checkNamespaceName(name);
  const [id, now, by] = [crypto.randomUUID(), clock.now(), actorOf(actor)];
  const owned = sql<number>`(select count(*) from organization_members where user_id = ${actor.id} and role = 'owner')`;
  const entry = { action: "organization.create", target: name, after: { name, display_name: displayName } };
  const [made] = await db.batch([
    sql<Row<"organizations">>`insert into organizations (id, name, display_name, created_at)
      select ${id}, ${name}, ${displayName}, ${now} where ${nameIsFree(context, name)} and ${owned} < ${maximumOwned}
      returning *`.compile(db.query),
    auditEntry(db, now, by, { log: id, ...entry }),
    auditEntry(db, now, by, { log: actor.id, ...entry }),
    sql`insert into organization_members (organization_id, user_id, role, added_at)
      select id, ${actor.id}, 'owner', ${now} from organizations where id = ${id}`.compile(db.query),
  ]);
  const [row] = (made?.rows ?? []) as Row<"organizations">[];
  return row ? fromRow(row, "owner") : refuseNew(context, actor, name);
}

async function refuseNew(context: OrganizationsContext, actor: User, name: string): Promise<never> {
  const owned = await context.db.query
    .selectFrom("organization_members")
    .select((is) => is.fn.countAll<number>().as("count"))
    .where("user_id", "=", actor.id)
    .where("role", "=", "owner")
    .executeTakeFirst();
  if ((owned?.count ?? 0) >= maximumOwned)
    throw new HubError(
      "too-many",
      `${actor.name} owns ${maximumOwned} organizations, which is as many as one person can; leave or delete one`,
    );
  return refuseName(context, name);
}

/** The organizations that somebody is in, by name, behind `page.last`. An organization's own token is in that one. */
export async function listOrganizations(
  { db }: OrganizationsContext,
  actor: SignedIn,
  page: Page,
): Promise<Organization[]> {
  requireScope(actor, "account");
  const behind = db.query
    .selectFrom("organizations")
    .selectAll("organizations")
    .where("organizations.name", ">", page.last)
    .orderBy("organizations.name")
    .limit(page.limit);
  if (actor.kind === "machine") {
    if (actor.token.kind !== "organization") return [];
    const own = await behind.where("organizations.id", "=", actor.owner.id).execute();
    return own.map((row) => fromRow(row, "owner"));
  }
  const rows = await behind
    .innerJoin("organization_members", "organization_members.organization_id", "organizations.id")
    .select("organization_members.role")
    .where("organization_members.user_id", "=", actor.id)
    .execute();
  return rows.map((row) => fromRow(row, row.role));
}

/** @throws HubError `not-found`; `denied` to guests. */
export async function getOrganization(
  { auth }: OrganizationsContext,
  actor: SignedIn,
  name: string,
): Promise<Organization> {
  const { organization, role } = await requireOrganization(auth, actor, name, "see");
  return fromRow(organization, role);
}

export function fromRow(row: Row<"organizations">, role: OrganizationRole): Organization {
  return {
    id: row.id,
    name: row.name,
    displayName: row.display_name,
    createdAt: row.created_at,
    requireTwoFactor: row.require_two_factor === 1,
    maximumTokenAge: row.maximum_token_age,
    repositoryCreation: row.repository_creation,
    defaultVisibility: row.default_visibility,
    role,
  };
}
