import { sql } from "kysely";
import { granted, inPatterns, readable, type Viewer } from "../auth/index.ts";
import type { Badge, Visibility } from "../db/index.ts";
import { badgeOf } from "../hub/index.ts";
import type { SearchContext } from "./context.ts";
import type { RepositoryDocument, SourceRow } from "./documents.ts";
import { selectSource, updatedAt, withFacts } from "./source.ts";

/** How many changes that the index does not have yet a search looks at itself. */
const maximumPending = 100;

/** How many private repositories of somebody a search looks through: those made last. */
const maximumPrivate = 5000;
/** And how many of them it ranks. */
const maximumPrivateFound = 200;

/** A repository as it is now, for somebody who may see it. */
export interface PresentRow {
  id: number;
  name: string;
  visibility: Visibility;
  description: string;
  badge: Badge | null;
  pulls: number;
  stars: number;
  updatedAt: number;
  /** JSON array of slugs. */
  categories: string;
  deprecated: 0 | 1;
  /** Of the repository to use in its place, when the viewer may see that. */
  successorId: number | null;
  successor: string | null;
}

/** How often these were pulled and starred, exactly: the index knows it by steps. One statement. */
export async function readCounts(
  { db }: SearchContext,
  ids: readonly number[],
): Promise<Map<number, { pulls: number; stars: number }>> {
  const { rows } = await sql<{ id: number; pulls: number; stars: number }>`
    select repository_id as id, pulls, stars from repository_counts
    where repository_id in (select value from json_each(${JSON.stringify(ids)}))`.execute(db.query);
  return new Map(rows.map(({ id, ...counts }) => [id, counts]));
}

/**
 * What these repositories are now, and with them the successors of those that are deprecated: of those that the viewer may see. The index
 * may be behind; what this gives is what is shown. One statement.
 */
export async function readPresent(
  { db, clock }: SearchContext,
  viewer: Viewer,
  ids: readonly number[],
): Promise<Map<number, PresentRow>> {
  if (ids.length === 0) return new Map();
  const now = clock.now();
  const wanted = sql`select value from json_each(${JSON.stringify(ids)})`;
  const { rows } = await sql<
    PresentRow & { successorVisibility: Visibility | null }
  >`select r.id, r.name, r.visibility, coalesce(p.description, '') as description,
      ${badgeOf("r")} as badge, c.pulls, c.stars, ${updatedAt("r")} as updatedAt, coalesce(p.categories, '[]') as categories,
      p.deprecated_at is not null as deprecated, s.id as successorId, s.name as successor, s.visibility as successorVisibility
    from repositories r join repository_counts c on c.repository_id = r.id
    left join repository_profiles p on p.repository_id = r.id
    left join repositories s on s.id = p.successor_id and p.deprecated_at is not null and ${readable(viewer, "s", now)}
    where r.id in (${wanted} union
        select successor_id from repository_profiles where repository_id in (${wanted}) and deprecated_at is not null)
      and ${readable(viewer, "r", now)}`.execute(db.query);
  const isFor = (visibility: Visibility | null, name: string | null) =>
    visibility === "public" || (name !== null && inPatterns(viewer, name));
  const seen = rows.filter(({ visibility, name }) => isFor(visibility, name));
  return new Map(
    seen.map(({ successorVisibility, ...row }) => {
      // A token that is for other repositories does not learn the name of a private one.
      const named = isFor(successorVisibility, row.successor);
      return [row.id, named ? row : { ...row, successorId: null, successor: null }];
    }),
  );
}

/** What the index does not have as it is now. */
export interface Pending {
  /** Repositories that have changed, also those that are private now, or gone: what the index says of them does not count. */
  ids: ReadonlySet<number>;
  /** Those of them that are public, as they are now. */
  documents: RepositoryDocument[];
  /** There may be more than these. */
  full: boolean;
}

/** What has changed since the index followed last: a search finds it all the same. */
export async function readPending(context: SearchContext): Promise<Pending> {
  const { db } = context;
  const newest = sql<{
    repository_id: number;
  }>`select repository_id from search_changes order by since desc limit ${maximumPending}`;
  const changed = await newest.execute(db.query);
  const ids = changed.rows.map(({ repository_id }) => repository_id);
  if (ids.length === 0) return { ids: new Set(), documents: [], full: false };
  const wanted = sql`select value from json_each(${JSON.stringify(ids)})`;
  const { rows: found } = await db.query.executeQuery<SourceRow>(
    selectSource(db, sql`where repositories.visibility = 'public' and repositories.id in (${wanted})`),
  );
  return {
    ids: new Set(ids),
    documents: found.length === 0 ? [] : await withFacts(context, found),
    full: ids.length >= maximumPending,
  };
}

/**
 * What counts of what the index gave: not what has changed. Where so much has changed that not all of it is known, the main database is
 * asked which of the others are public.
 */
export async function withoutPending(
  { db }: SearchContext,
  { ids, full }: Pick<Pending, "ids" | "full">,
  documents: readonly RepositoryDocument[],
): Promise<RepositoryDocument[]> {
  const others = documents.filter(({ id }) => !ids.has(id));
  if (!full || others.length === 0) return others;
  const rows = await db.query
    .selectFrom("repositories")
    .select("id")
    .where("visibility", "=", "public")
    .where(
      "id",
      "in",
      sql<number>`(select value from json_each(${JSON.stringify(others.map(({ id }) => id))}))`,
    )
    .execute();
  const open = new Set(rows.map(({ id }) => id));
  return others.filter(({ id }) => open.has(id));
}

/**
 * Private repositories that the viewer may pull. They are in no index.
 *
 * @param word one that has to be in the name or description; undefined: any
 */
export async function readPrivate(
  context: SearchContext,
  viewer: Viewer,
  word: string | undefined,
): Promise<RepositoryDocument[]> {
  if (viewer.kind === "anonymous") return [];
  const { db, clock } = context;
  const own = sql`select id from repositories where visibility = 'private' and ${granted(viewer, "repositories", clock.now())}
    order by id desc limit ${maximumPrivate}`;
  const named =
    word === undefined
      ? sql`1`
      : sql`(instr(repositories.name, ${word}) > 0 or instr(lower(p.description), ${word}) > 0)`;
  const { rows } = await db.query.executeQuery<SourceRow>(
    selectSource(
      db,
      sql`where repositories.id in (${own}) and ${named} order by repositories.id desc limit ${maximumPrivateFound}`,
    ),
  );
  const mine = rows.filter(({ name }) => inPatterns(viewer, name));
  return mine.length === 0 ? [] : withFacts(context, mine);
}
