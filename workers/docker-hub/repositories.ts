import { sql, type RawBuilder } from "kysely";
import { inPatterns, readable, type Principal, type Viewer } from "../auth/index.ts";
import type { Visibility } from "../db/index.ts";
import { categoryLabel, isCategory } from "../shared/categories.ts";
import type { DockerHubContext } from "./context.ts";

/** A repository as Docker Hub's API shows it in a list. */
export interface HubRepository {
  id: number;
  name: string;
  visibility: Visibility;
  description: string;
  categories: { name: string; slug: string }[];
  pulls: number;
  stars: number;
  /** Milliseconds since 1970. */
  createdAt: number;
  /** Of the last push; of its making, when there was none. */
  updatedAt: number;
  /** What is in it, such as `application/vnd.oci.image.index.v1+json`. */
  mediaTypes: string[];
  starred: boolean;
  collaborators: number;
}

interface Row extends Omit<HubRepository, "categories" | "starred" | "mediaTypes"> {
  categories: string;
  mediaTypes: string;
  starred: 0 | 1;
}

/** How much of what is in a repository is looked at for its media types. */
const looked = 20;

function columns(principal: Principal): RawBuilder<unknown> {
  const person = principal.kind === "user" ? principal.id : null;
  return sql`r.id, r.name, r.visibility, coalesce(p.description, '') as description, coalesce(p.categories, '[]') as categories,
    c.pulls, c.stars, r.created_at as createdAt,
    coalesce((select max(moved_at) from tags where repository_id = r.id), r.created_at) as updatedAt,
    (select json_group_array(distinct media_type) from (select m.media_type from tags t
      join manifests m on m.repository_id = t.repository_id and m.digest = t.digest
      where t.repository_id = r.id order by t.moved_at desc limit ${looked})) as mediaTypes,
    exists (select 1 from stars where repository_id = r.id and user_id = ${person}) as starred,
    (select count(*) from repository_grants where repository_id = r.id and user_id is not null) as collaborators`;
}

const joined = sql`join repository_counts c on c.repository_id = r.id left join repository_profiles p on p.repository_id = r.id`;

/** One repository, for somebody who may pull from it. undefined: it is gone. */
export async function readRepository(
  { auth: { db } }: DockerHubContext,
  principal: Principal,
  id: number,
): Promise<HubRepository | undefined> {
  const found =
    await sql<Row>`select ${columns(principal)} from repositories r ${joined} where r.id = ${id}`.execute(
      db.query,
    );
  const [row] = found.rows;
  return row && fromRow(row);
}

/**
 * A page of the repositories of a namespace that somebody may pull from, by name, and how many there are. A namespace that is not there has
 * none, as one of which they may see nothing. Two statements; their cost is that of the namespace.
 */
export async function listRepositoriesOf(
  { auth: { db, clock } }: DockerHubContext,
  principal: Principal,
  viewer: Viewer,
  namespace: string,
  { offset, size }: { offset: number; size: number },
): Promise<{ count: number; repositories: HubRepository[] }> {
  const there = sql`r.owner_id = (select owner_id from namespaces where name = ${namespace})
    and ${readable(viewer, "r", clock.now())}`;
  // What a token is for is a pattern, which SQL does not read: names first, then what is on the page.
  const named = await sql<{
    id: number;
    name: string;
    visibility: Visibility;
  }>`select r.id, r.name, r.visibility
    from repositories r where ${there} order by r.name`.execute(db.query);
  const all = named.rows.filter(
    ({ name, visibility }) => visibility === "public" || inPatterns(viewer, name),
  );
  const page = all.slice(offset, offset + size).map(({ id }) => id);
  const found = await sql<Row>`select ${columns(principal)} from repositories r ${joined}
    where r.id in (select value from json_each(${JSON.stringify(page)})) and ${there} order by r.name`.execute(
    db.query,
  );
  return { count: all.length, repositories: found.rows.map(fromRow) };
}

function fromRow({ categories, mediaTypes, starred, ...row }: Row): HubRepository {
  const slugs = JSON.parse(categories) as string[];
  return {
    ...row,
    categories: slugs.filter(isCategory).map((slug) => ({ name: categoryLabel(slug), slug })),
    mediaTypes: JSON.parse(mediaTypes) as string[],
    starred: starred === 1,
  };
}
