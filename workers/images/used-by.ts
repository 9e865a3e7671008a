import { sql, type RawBuilder } from "kysely";
import { granted, inPatterns, type PresentRepository, type Viewer } from "../auth/index.ts";
import type { Visibility } from "../db/index.ts";
import type { Page } from "../platform/pagination.ts";
import { HubError } from "../shared/errors.ts";
import type { ImagesContext } from "./context.ts";

/*
 * Who builds on a repository: repositories with an image whose layers begin with all layers of one of its images. Nothing is asked of
 * private repositories but of those that the viewer has a right to; the others are neither listed nor counted nor passed over, so that
 * not even the time or the length of a page tells of them.
 */

/** A repository with an image that is built on another one's. */
export interface UsingRepository {
  name: string;
  visibility: Visibility;
  description: string;
}

/** Images count that the tags pushed last name, so many of them; older ones hardly anybody builds on. */
const newestTags = 200;
const maximumImages = 1000;

/** Different lists of layers of those that somebody builds on. */
const maximumChains = 64;

/** How many private repositories of a viewer are looked at for one page. */
const maximumPrivate = 2000;

/** Repositories that build on this one, the oldest first. One statement. @throws HubError `invalid` for a `last` that is no place in it. */
export async function listUsedBy(
  context: ImagesContext,
  viewer: Viewer,
  found: Pick<PresentRepository, "id">,
  page: Page,
): Promise<{ repositories: UsingRepository[]; next: string | undefined }> {
  if (!/^\d{0,15}$/.test(page.last))
    throw new HubError(
      "invalid",
      `last=${page.last.slice(0, 40)} is no place in this list; take it from the page before`,
    );
  const rows = await read(context, viewer, found.id, { limit: page.limit + 1, after: Number(page.last) });
  const shown = rows.slice(0, page.limit);
  return {
    repositories: shown
      .filter(({ name, visibility }) => visibility === "public" || inPatterns(viewer, name))
      .map(({ name, visibility, description }) => ({ name, visibility, description: description ?? "" })),
    next: rows.length > page.limit ? shown.at(-1)?.id.toString() : undefined,
  };
}

/** How many repositories build on this one, counted no further than `limit`. One statement. */
export async function countUsedBy(
  context: ImagesContext,
  viewer: Viewer,
  found: Pick<PresentRepository, "id">,
  limit = 100,
): Promise<number> {
  const rows = await read(context, viewer, found.id, { limit, after: 0 });
  return rows.filter(({ name, visibility }) => visibility === "public" || inPatterns(viewer, name)).length;
}

interface Row {
  id: number;
  name: string;
  visibility: Visibility;
  description: string | null;
}

async function read(
  { db, clock }: ImagesContext,
  viewer: Viewer,
  id: number,
  { limit, after }: { limit: number; after: number },
): Promise<Row[]> {
  if (limit <= 0) return [];
  // Which repositories have a chain is in the order of their ids, so the next one is one step away whatever number of them there is.
  const next = (behind: RawBuilder<unknown>) => sql`(select min(found) from (select (
      select min(repository_id) from repository_chains users
      where users.chain = built_on.chain and users.whole = 0 and users.public = 1 and users.repository_id > ${behind}
    ) as found from built_on))`;
  const mine =
    viewer.kind === "anonymous"
      ? sql`select null as id where 0`
      : sql`select id from (
          select r.id from repositories r
          where r.visibility = 'private' and r.id > ${after} and ${granted(viewer, "r", clock.now())} order by r.id limit ${maximumPrivate}
        ) where exists (select 1 from chains join repository_chains users
          on users.chain = chains.chain and users.whole = 0 and users.public = 0 and users.repository_id = id) limit ${limit + 1}`;
  const { rows } = await sql<Row>`
    with recursive newest as materialized (
      select digest from tags where repository_id = ${id} order by moved_at desc limit ${newestTags}
    ),
    named as materialized (
      select digest from newest union select reference.target from newest
      join manifest_references reference on reference.repository_id = ${id}
        and reference.manifest = newest.digest and reference.kind = 'manifest' limit ${maximumImages}
    ),
    chains as materialized (
      select distinct chain from image_chains where repository_id = ${id} and digest in (select digest from named) and whole = 1
    ),
    built_on as materialized (
      select chain from chains where exists (select 1 from repository_chains users
        where users.chain = chains.chain and users.whole = 0 and users.public = 1 and users.repository_id <> ${id}) limit ${maximumChains}
    ),
    public_user (id) as (
      select ${next(sql`${after}`)}
      union all
      select ${next(sql`public_user.id`)} from public_user where public_user.id is not null limit ${limit + 2}
    )
    select repositories.id, name, visibility, description from (
      select id from public_user where id is not null
      union all
      select id from (${mine})
    ) users
    join repositories on repositories.id = users.id
    left join repository_profiles profile on profile.repository_id = users.id
    where repositories.id <> ${id}
    order by repositories.id limit ${limit}`.execute(db.query);
  return rows;
}
