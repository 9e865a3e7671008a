import { sql } from "kysely";
import { requireAdministrator, type SignedIn } from "../auth/index.ts";
import type { Badge } from "../db/index.ts";
import type { Page } from "../platform/pagination.ts";
import type { HubContext } from "./context.ts";

/** Counted no further. */
export const mostCounted = 1000;

/** An organization as administrators of the hub see it. */
export interface ListedOrganization {
  name: string;
  displayName: string;
  /** Milliseconds since 1970. */
  createdAt: number;
  requireTwoFactor: boolean;
  badge: Badge | null;
  /** Up to one more than `mostCounted`. */
  members: number;
  repositories: number;
}

/**
 * Organizations of the hub by name, behind `last`.
 *
 * @param search the beginning of a name; "": all of them
 * @throws HubError `denied` to everybody but administrators.
 */
export async function listAllOrganizations(
  { db }: HubContext,
  actor: SignedIn,
  search: string,
  { last, limit }: Page,
): Promise<ListedOrganization[]> {
  requireAdministrator(actor);
  // No character of a name sorts behind "~".
  const fits = search === "" ? sql`true` : sql`o.name >= ${search} and o.name < ${`${search}~`}`;
  const found = await sql<Omit<ListedOrganization, "requireTwoFactor"> & { requireTwoFactor: 0 | 1 }>`select
    o.name, o.display_name as displayName, o.created_at as createdAt, o.require_two_factor as requireTwoFactor,
    (select badge from namespace_badges where namespace_id = o.id) as badge,
    (select count(*) from (select 1 from organization_members where organization_id = o.id limit ${mostCounted + 1})) as members,
    (select count(*) from (select 1 from repositories where owner_id = o.id limit ${mostCounted + 1})) as repositories
    from organizations o where o.name > ${last} and ${fits} order by o.name limit ${limit}`.execute(db.query);
  return found.rows.map((row) => ({ ...row, requireTwoFactor: row.requireTwoFactor === 1 }));
}
