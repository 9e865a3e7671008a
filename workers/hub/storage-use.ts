import { sql, type RawBuilder } from "kysely";
import { requireAdministrator, type SignedIn } from "../auth/index.ts";
import { hour } from "../platform/clock.ts";
import { HubError } from "../shared/errors.ts";
import type { HubContext } from "./context.ts";

/*
 * How much each namespace holds. Nobody waits for a count of everything: a walk goes through the blobs in the order of their digests, a
 * slice at a time, and what the pages show is what the last walk found when it came through (migrations/0013).
 *
 * All links of a blob are in the slice of its digest, so each slice counts its blobs exactly, once for each namespace (stored) and once
 * for each repository (logical). A slice is one transaction that moves the walk on from where it was read to be: of two at the same
 * moment one counts, and the other finds that it is done. What is pushed or deleted behind the walk counts next time.
 */

/** Blobs in a slice. */
const slice = 1000;
/** Slices that one run of the schedule takes: inside what one invocation may do. */
const slicesPerRun = 20;
/** Between two walks, in milliseconds, once one has found something: a hub that was empty is looked at again at the next stroke. */
const walkEvery = 6 * hour;

export interface NamespaceStorage {
  /** undefined: repositories of a namespace that nobody has any more. */
  name: string | undefined;
  kind: "user" | "organization" | undefined;
  /** Bytes of blobs, each counted once. */
  stored: number;
  /** Bytes of blobs, each counted for every repository that links it: what it would be without sharing. */
  logical: number;
  blobs: number;
  /** For the next page. */
  key: string;
}

export interface StorageTotal {
  /** Bytes of all blobs, each once. */
  stored: number;
  blobs: number;
  /** Milliseconds since 1970: when the walk came through that found this; null: none has yet. */
  countedAt: number | null;
  /** Whether one is under way. */
  counting: boolean;
}

interface Walk {
  digest: string;
  began_at: number | null;
  finished_at: number | null;
  /** That the last one found. */
  blobs: number;
}

/** Goes on with the walk, or begins one when it is time. For the schedule. */
export async function countStorage(context: HubContext): Promise<void> {
  for (let count = 0; count < slicesPerRun; count += 1) if (!(await step(context))) return;
}

/** Begins a walk now, unless one is under way, and takes its first slices. @throws HubError `denied` to everybody but administrators. */
export async function countStorageNow(context: HubContext, actor: SignedIn): Promise<void> {
  requireAdministrator(actor);
  await begin(context, context.clock.now());
  await countStorage(context);
}

/** @returns whether there is more to do now */
async function step(context: HubContext): Promise<boolean> {
  const { db, clock } = context;
  const now = clock.now();
  const walk = await db.query
    .selectFrom("storage_walk")
    .select(["digest", "began_at", "finished_at", "blobs"])
    .executeTakeFirstOrThrow();
  if (walk.began_at === null) {
    if (walk.finished_at !== null && walk.blobs > 0 && now - walk.finished_at < walkEvery) return false;
    await begin(context, now);
    return true;
  }
  const here = isAt(walk);
  const [, moved] = await db.batch([
    addSlice(walk.digest, here).compile(db.query),
    move(walk.digest, here).compile(db.query),
  ]);
  if (moved?.numAffectedRows !== 0n) return true;
  await finish(context, here, now);
  return false;
}

async function begin({ db }: HubContext, now: number): Promise<void> {
  await db.query
    .updateTable("storage_walk")
    .set({ digest: "", began_at: now, next_stored: 0, next_blobs: 0 })
    .where("began_at", "is", null)
    .execute();
}

/** That the walk is still where it was read to be. */
function isAt({ digest, began_at }: Walk): RawBuilder<boolean> {
  return sql<boolean>`exists (select 1 from storage_walk where digest = ${digest} and began_at = ${began_at})`;
}

function sliceFrom(digest: string): RawBuilder<unknown> {
  return sql`(select digest, size from blobs where digest > ${digest} order by digest limit ${slice})`;
}

function addSlice(digest: string, here: RawBuilder<boolean>): RawBuilder<unknown> {
  return sql`insert into storage_use (namespace_id, next_logical, next_stored, next_blobs)
    select owner, sum(size * links), sum(size), count(*) from (
      select coalesce(r.owner_id, '') as owner, b.size, count(*) as links
      from ${sliceFrom(digest)} b
      join repository_blobs l on l.digest = b.digest
      join repositories r on r.id = l.repository_id
      where ${here} group by r.owner_id, b.digest
    ) group by owner
    on conflict (namespace_id) do update set next_logical = next_logical + excluded.next_logical,
      next_stored = next_stored + excluded.next_stored, next_blobs = next_blobs + excluded.next_blobs`;
}

/** Changes no row behind the last blob. */
function move(digest: string, here: RawBuilder<boolean>): RawBuilder<unknown> {
  return sql`update storage_walk set digest = found.last, next_stored = next_stored + found.stored, next_blobs = next_blobs + found.blobs
    from (select max(digest) as last, sum(size) as stored, count(*) as blobs from ${sliceFrom(digest)}) found
    where found.blobs > 0 and ${here}`;
}

async function finish({ db }: HubContext, here: RawBuilder<boolean>, now: number): Promise<void> {
  await db.batch([
    sql`update storage_use set logical = next_logical, stored = next_stored, blobs = next_blobs,
      next_logical = 0, next_stored = 0, next_blobs = 0 where ${here}`.compile(db.query),
    sql`delete from storage_use where blobs = 0 and next_blobs = 0 and ${here}`.compile(db.query),
    sql`update storage_walk set finished_at = ${now}, began_at = null, stored = next_stored, blobs = next_blobs where ${here}`.compile(
      db.query,
    ),
  ]);
}

/** What the whole hub holds. @throws HubError `denied` to everybody but administrators. */
export async function readStorageTotal({ db }: HubContext, actor: SignedIn): Promise<StorageTotal> {
  requireAdministrator(actor);
  const row = await db.query.selectFrom("storage_walk").selectAll().executeTakeFirstOrThrow();
  return {
    stored: row.stored,
    blobs: row.blobs,
    countedAt: row.finished_at,
    counting: row.began_at !== null,
  };
}

/**
 * What each namespace holds, the largest first.
 *
 * @param page those behind the key `last`
 * @throws HubError `denied` to everybody but administrators; `invalid` for a `last` that is no key.
 */
export async function listStorageUse(
  { db }: HubContext,
  actor: SignedIn,
  page: { limit: number; last: string },
): Promise<NamespaceStorage[]> {
  requireAdministrator(actor);
  const last = /^(\d{1,16})-(.*)$/s.exec(page.last);
  if (page.last !== "" && !last)
    throw new HubError(
      "invalid",
      `last=${page.last.slice(0, 40)} is no entry; take it from the Link header of the page before`,
    );
  const behind = last
    ? sql<boolean>`(stored < ${Number(last[1])} or (stored = ${Number(last[1])} and namespace_id > ${last[2] ?? ""}))`
    : sql<boolean>`1`;
  const found = await sql<{
    namespace_id: string;
    stored: number;
    logical: number;
    blobs: number;
    user_name: string | null;
    organization_name: string | null;
  }>`select namespace_id, stored, logical, blobs, u.name as user_name, o.name as organization_name
    from (select * from storage_use where stored > 0 and ${behind} order by stored desc, namespace_id limit ${page.limit})
    left join users u on u.id = namespace_id left join organizations o on o.id = namespace_id
    order by stored desc, namespace_id`.execute(db.query);
  return found.rows.map(({ namespace_id, stored, logical, blobs, user_name, organization_name }) => ({
    name: user_name ?? organization_name ?? undefined,
    kind: user_name !== null ? "user" : organization_name !== null ? "organization" : undefined,
    stored,
    logical,
    blobs,
    key: `${stored}-${namespace_id}`,
  }));
}
