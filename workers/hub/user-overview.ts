import { sql } from "kysely";
import { getUser, type SignedIn } from "../auth/index.ts";
import type { Badge } from "../db/index.ts";
import { mostCounted } from "./all-organizations.ts";
import type { HubContext } from "./context.ts";

/** A user as administrators of the hub see them. Times are milliseconds since 1970. */
export interface UserOverview {
  id: string;
  name: string;
  administrator: boolean;
  createdAt: number;
  /** null: made by an administrator. */
  email: string | null;
  emailVerified: boolean;
  twoFactor: boolean;
  badge: Badge | null;
  /** Of a browser session; null: none is left. */
  seenAt: number | null;
  /** Up to one more than `mostCounted`. */
  repositories: number;
  /** Bytes, as last counted. */
  stored: number;
  /** Organizations they are in: a hundred at most. */
  organizations: { name: string; role: string }[];
}

interface Row {
  badge: Badge | null;
  seenAt: number | null;
  repositories: number;
  stored: number | null;
  organizations: string;
}

/** @throws HubError `denied` to everybody but administrators; `not-found`. */
export async function readUser(context: HubContext, actor: SignedIn, name: string): Promise<UserOverview> {
  const user = await getUser(context.auth, actor, name);
  const found = await sql<Row>`select
    (select badge from namespace_badges where namespace_id = ${user.id}) as badge,
    (select max(used_at) from sign_in_sessions where user_id = ${user.id}) as seenAt,
    (select count(*) from (select 1 from repositories where owner_id = ${user.id} limit ${mostCounted + 1})) as repositories,
    (select stored from storage_use where namespace_id = ${user.id}) as stored,
    (select json_group_array(json_object('name', name, 'role', role)) from (select o.name, m.role from organization_members m
      join organizations o on o.id = m.organization_id where m.user_id = ${user.id} order by o.name limit 100)) as organizations`.execute(
    context.db.query,
  );
  const [row] = found.rows;
  if (!row) throw new Error("a select without a table gives one row");
  return {
    id: user.id,
    name: user.name,
    administrator: user.administrator === 1,
    createdAt: user.created_at,
    email: user.email,
    emailVerified: user.email_verified_at !== null,
    twoFactor: user.two_factor === 1,
    badge: row.badge,
    seenAt: row.seenAt,
    repositories: row.repositories,
    stored: row.stored ?? 0,
    organizations: JSON.parse(row.organizations) as UserOverview["organizations"],
  };
}
