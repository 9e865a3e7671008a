import { sql, type RawBuilder } from "kysely";
import type { PresentRepository } from "../auth/index.ts";
import type { ImageKind } from "../db/index.ts";
import type { Page } from "../platform/pagination.ts";
import type { Digest } from "../shared/digest.ts";
import { HubError } from "../shared/errors.ts";
import { manifestKind } from "../shared/media-types.ts";
import { isTag } from "../shared/reference.ts";
import type { ImagesContext } from "./context.ts";
import { platformsOf, readPlatforms, type PlatformImage } from "./platforms.ts";
import { describeNow } from "./waiting.ts";

/** The newest first; versions in their order; the largest first. */
export const tagSorts = ["pushed", "name", "size"] as const;
export type TagSort = (typeof tagSorts)[number];

/** A tag with what it names. */
export interface TagImage {
  name: string;
  digest: Digest;
  mediaType: string;
  kind: ImageKind;
  /** When the tag was pushed last, in milliseconds since 1970. */
  pushedAt: number;
  /** Bytes; of an index: of all images in it. 0: unknown yet. */
  size: number;
  platforms: PlatformImage[];
}

export interface TagQuery {
  sort: TagSort;
  /** Part of the name, whichever case; "": all tags. */
  filter: string;
  page: Page;
}

/** Tags that one page looks through for those that fit a filter. */
const maximumScan = 10_000;

/** What a page waits for, of what was pushed only now. */
const patience = { maximum: 8, deadline: 1500 };

const orders = {
  pushed: { by: sql`moved_at desc, name desc`, column: sql`moved_at` },
  size: { by: sql`size desc, name desc`, column: sql`size` },
  name: { by: sql`sort_key`, column: undefined },
} as const satisfies Record<TagSort, unknown>;

/**
 * A page of the tags of a repository, with the platforms of each. One statement, whose cost is that of the page and not of the
 * repository; a second one when something was pushed only now and is looked into on the spot.
 *
 * @returns `next`: the key of the next page, when there is one. With a filter a page may have fewer tags than asked for, or none, and a
 *   next one all the same.
 * @throws HubError `invalid` when the page's `last` is no key of this order.
 */
export async function listTags(
  context: ImagesContext,
  found: Pick<PresentRepository, "id">,
  query: TagQuery,
): Promise<{ tags: TagImage[]; next: string | undefined }> {
  const listed = await readPage(context, found.id, query);
  const missing = listed.tags.flatMap(({ kind, digest, platforms }) =>
    kind === null ? [digest] : platforms.filter(isMissing).map((platform) => platform.digest),
  );
  if (missing.length === 0) return known(listed);
  await describeNow(context, found.id, [...new Set(missing)], patience);
  return known(await readPage(context, found.id, query));
}

/** How many tags a repository has: one row. */
export async function countTags(
  { db }: ImagesContext,
  found: Pick<PresentRepository, "id">,
): Promise<number> {
  const row = await db.query
    .selectFrom("tag_counts")
    .select("tags")
    .where("repository_id", "=", found.id)
    .executeTakeFirst();
  return row?.tags ?? 0;
}

/** A tag, of which it may not be known yet what it names. */
type ListedTag = Omit<TagImage, "kind"> & { kind: ImageKind | null };

interface Listed {
  tags: ListedTag[];
  next: string | undefined;
}

interface TagRow {
  name: string;
  digest: Digest;
  moved_at: number;
  size: number;
  sort_key: string;
  media_type: string;
  kind: ImageKind | null;
  platforms: string;
  fits: 0 | 1;
  /** In the order that was looked through, from 1 on. */
  place: number;
}

async function readPage(
  { db }: ImagesContext,
  repositoryId: number,
  { sort, filter, page }: TagQuery,
): Promise<Listed> {
  if (page.limit <= 0) return { tags: [], next: undefined };
  const { by } = orders[sort];
  const scan = filter === "" ? page.limit + 1 : maximumScan;
  const fits = filter === "" ? sql`1` : sql`instr(lower(name), lower(${filter})) > 0`;
  // With a filter, the last tag that was looked at is there too, fit or not: from it the next page goes on.
  const { rows } = await sql<TagRow>`
    with scanned as materialized (
      select name, digest, moved_at, size, sort_key, ${fits} as fits, row_number() over (order by ${by}) as place
      from (select name, digest, moved_at, size, sort_key from tags
        where repository_id = ${repositoryId} and ${behind(sort, page.last)} order by ${by} limit ${scan})
    ), page as materialized (
      select * from scanned where fits or place = ${maximumScan} order by place limit ${page.limit + 2}
    )
    select page.name, page.digest, moved_at, page.size, sort_key, fits, place, media_type, image.kind,
      ${platformsOf(repositoryId, "image", "page.digest")} as platforms
    from page
    join manifests on manifests.repository_id = ${repositoryId} and manifests.digest = page.digest
    left join images image on image.repository_id = ${repositoryId} and image.digest = page.digest
    order by place`.execute(db.query);
  const fitting = rows.filter((row) => row.fits);
  const shown = fitting.slice(0, page.limit);
  const lastLooked = fitting.length > page.limit ? shown.at(-1) : filter === "" ? undefined : boundary(rows);
  return {
    tags: shown.map(tagImage),
    next: lastLooked && keyOf(sort, lastLooked),
  };
}

/** The row that is there because it was the last one looked at, when not all were. */
function boundary(rows: readonly TagRow[]): TagRow | undefined {
  const last = rows.at(-1);
  return last?.place === maximumScan ? last : undefined;
}

/** The condition that a tag comes after the one with this key; "": all do. @throws HubError `invalid` */
function behind(sort: TagSort, last: string): RawBuilder<unknown> {
  if (last === "") return sql`1`;
  const { column } = orders[sort];
  if (column === undefined) return sql`sort_key > ${last}`;
  const slash = last.indexOf("/");
  const [value, name] = [last.slice(0, slash), last.slice(slash + 1)];
  if (!/^\d{1,16}$/.test(value) || !isTag(name))
    throw new HubError(
      "invalid",
      `last=${last.slice(0, 40)} is no place in a list by "${sort}"; take it from the page before`,
    );
  return sql`(${column}, name) < (${Number(value)}, ${name})`;
}

function keyOf(sort: TagSort, row: TagRow): string {
  if (sort === "name") return row.sort_key;
  return `${sort === "size" ? row.size : row.moved_at}/${row.name}`;
}

function tagImage(row: TagRow): ListedTag {
  return {
    name: row.name,
    digest: row.digest,
    mediaType: row.media_type,
    kind: row.kind,
    pushedAt: row.moved_at,
    size: row.size,
    platforms: readPlatforms(row.platforms),
  };
}

/** What could be looked into, and was not. */
function isMissing({ described, present }: PlatformImage): boolean {
  return present && !described;
}

/** What is not known even now is shown as far as its media type goes. */
function known({ tags, next }: Listed): { tags: TagImage[]; next: string | undefined } {
  return {
    tags: tags.map((tag) => ({ ...tag, kind: tag.kind ?? manifestKind(tag.mediaType) ?? "artifact" })),
    next,
  };
}
