import { sql, type RawBuilder } from "kysely";
import { granted, inPatterns, readable, type Viewer } from "../auth/index.ts";
import type { Badge, Visibility } from "../db/index.ts";
import { HubError } from "../shared/errors.ts";
import type { HubContext } from "./context.ts";
import { listed, toListed, type ListedRepository, type ListedRow } from "./listed-repositories.ts";

export const namespaceSorts = ["pulls", "stars", "name", "newest"] as const;
export type NamespaceSort = (typeof namespaceSorts)[number];

/** Of a repository in a list of what somebody may read. */
export type ReadableRepository = ListedRepository & { visibility: Visibility };

export interface NamespaceProfile {
  name: string;
  kind: "user" | "organization";
  /** "" for none. */
  displayName: string;
  badge: Badge | null;
  /** Milliseconds since 1970. */
  createdAt: number;
  /** Those that the reader may pull from. */
  repositories: ReadableRepository[];
  /** How many there are for the reader, in all. */
  total: number;
}

interface NamespaceRow {
  id: string;
  name: string;
  kind: "user" | "organization";
  display_name: string;
  badge: Badge | null;
  created_at: number;
  insider: 0 | 1;
}

/**
 * A user or an organization, with what the reader may pull of theirs. Somebody of whom there is nothing to see is there for themselves and
 * for the members only: others are told nothing of who has an account. Two statements.
 *
 * @param from how many repositories are behind those before
 * @throws HubError `not-found`
 */
export async function readNamespace(
  { db, clock }: HubContext,
  viewer: Viewer,
  name: string,
  { sort, from, limit }: { sort: NamespaceSort; from: number; limit: number },
): Promise<NamespaceProfile> {
  const found = await sql<NamespaceRow>`
    select coalesce(u.id, o.id) as id, coalesce(u.name, o.name) as name,
      iif(o.id is null, 'user', 'organization') as kind, coalesce(o.display_name, '') as display_name,
      (select badge from namespace_badges where namespace_id = n.owner_id) as badge,
      coalesce(u.created_at, o.created_at) as created_at,
      ${viewer.administrator ? 1 : 0} or n.owner_id = ${viewer.id} or exists (select 1 from organization_members
        where organization_id = n.owner_id and user_id = ${viewer.id}) as insider
    from namespaces n left join users u on u.id = n.owner_id left join organizations o on o.id = n.owner_id
    where n.name = ${name}`.execute(db.query);
  const [namespace] = found.rows;
  if (!namespace) throw unknown(name);
  // What is below an old name is below the present one now.
  const rows = await sql<ListedRow & { visibility: Visibility; total: number }>`
    select ${listed}, r.visibility, count(*) over () as total from repositories r
    join repository_counts c on c.repository_id = r.id
    left join repository_profiles p on p.repository_id = r.id
    where r.owner_id = ${namespace.id} and ${readable(viewer, "r", clock.now())}
    order by ${orders[sort]}, r.name limit ${limit} offset ${from}`.execute(db.query);
  if (rows.rows.length === 0 && from === 0 && namespace.insider === 0) throw unknown(name);
  return {
    name: namespace.name,
    kind: namespace.kind,
    displayName: namespace.display_name,
    badge: namespace.badge,
    createdAt: namespace.created_at,
    repositories: allowed(rows.rows, viewer),
    total: rows.rows[0]?.total ?? 0,
  };
}

/** What somebody works on: repositories they have a right to other than that they are public, pushed to last first. One statement. */
export async function listRecentlyPushed(
  { db, clock }: HubContext,
  viewer: Viewer,
  limit: number,
): Promise<(ReadableRepository & { pushedAt: number | null })[]> {
  // An administrator has a right to everything, and works on their own.
  const rights = granted({ ...viewer, administrator: false }, "r", clock.now());
  const found = await sql<ListedRow & { visibility: Visibility; pushedAt: number | null }>`
    select ${listed}, r.visibility, (select max(moved_at) from tags where repository_id = r.id) as pushedAt
    from repositories r join repository_counts c on c.repository_id = r.id
    left join repository_profiles p on p.repository_id = r.id
    where ${rights} order by coalesce(pushedAt, r.created_at) desc limit ${limit}`.execute(db.query);
  return allowed(found.rows, viewer).map((row, index) => ({
    ...row,
    pushedAt: found.rows[index]?.pushedAt ?? null,
  }));
}

const orders: Record<NamespaceSort, RawBuilder<unknown>> = {
  pulls: sql`c.pulls desc`,
  stars: sql`c.stars desc`,
  name: sql`r.name`,
  newest: sql`r.created_at desc`,
};

function allowed(rows: (ListedRow & { visibility: Visibility })[], viewer: Viewer): ReadableRepository[] {
  return rows
    .filter(({ name, visibility }) => visibility === "public" || inPatterns(viewer, name))
    .map((row) => ({ ...row, ...toListed(row) }));
}

function unknown(name: string): HubError {
  return new HubError(
    "not-found",
    `there is nobody called "${name.slice(0, 100)}" with anything for you to see`,
  );
}
