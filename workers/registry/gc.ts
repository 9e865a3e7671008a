import { sql, type CompiledQuery } from "kysely";
import type { Locator } from "../platform/blob-store.ts";
import { hour } from "../platform/clock.ts";
import type { RegistryContext } from "./context.ts";

/*
 * Garbage collection, online: no read-only window, and no race with a push.
 *
 *   linked and named by a manifest ──(manifest deleted)──▶ linked only
 *   linked only ──(older than the grace age)──▶ no link ──▶ no row, its locator is garbage ──(age)──▶ bytes deleted
 *
 * Each step is one D1 transaction, and D1 runs one at a time. So a manifest that names a blob is there before the link is looked
 * at, or comes after the link has gone and finds the blob missing; it never finds a link that is about to go. What keeps a blob
 * that was uploaded, mounted or found by HEAD until its manifest comes is its age: `linked_at` is the last time somebody was told
 * that the blob is there.
 *
 * Nothing here reads everything: triggers mark what lost a reference as loose (migrations/0002_registry.sql), and only loose rows
 * are looked at.
 *
 * A locator is never used twice: the same content uploaded again gets another one, and deleting the old bytes cannot hurt it.
 */

/** How many rows one transaction may take. */
const slice = 500;

/** How long bytes outlive their row at most, in milliseconds: whoever has just read the locator can finish reading. */
const readersGrace = 10 * 60 * 1000;

export interface Collected {
  /** Links, blobs and stored objects that went. */
  links: number;
  blobs: number;
  objects: number;
  /** Whether a slice was full, so that there may be more. */
  more: boolean;
}

/**
 * Collects one slice of garbage. May run at any time, any number at once, and be cut off anywhere.
 *
 * @param readers how long bytes outlive their row, in milliseconds.
 */
export async function collectGarbage(
  context: RegistryContext,
  readers = Math.min(readersGrace, context.grace),
): Promise<Collected> {
  const links = await unlink(context);
  const blobs = await condemn(context);
  const objects = await sweep(context, readers);
  return { links, blobs, objects, more: Math.max(links, blobs, objects) >= slice };
}

/**
 * The statement that makes a stored object garbage before it is there, for somebody who is about to write it and to name it in a row. The transaction that
 * names it takes it from the garbage again; if that never comes, the bytes are collected. No request lasts until then.
 */
export function condemnInAdvance({ db, clock }: RegistryContext, locator: Locator): CompiledQuery {
  return db.query
    .insertInto("garbage")
    .values({ locator, since: clock.now() + hour })
    .compile();
}

/** Removes loose links that no manifest of their repository names and that are older than the grace age. */
async function unlink({ db, clock, grace }: RegistryContext): Promise<number> {
  const old = clock.now() - grace;
  const named = sql`exists (select 1 from manifest_references reference
    where reference.repository_id = repository_blobs.repository_id and reference.target = repository_blobs.digest)`;
  const [, deleted] = await db.batch([
    sql`update repository_blobs set loose = 0 where (repository_id, digest) in (
          select repository_id, digest from repository_blobs
          where loose = 1 and linked_at <= ${old} and ${named} limit ${slice})`.compile(db.query),
    sql`delete from repository_blobs where (repository_id, digest) in (
          select repository_id, digest from repository_blobs
          where loose = 1 and linked_at <= ${old} and not ${named} limit ${slice})`.compile(db.query),
  ]);
  return Number(deleted?.numAffectedRows ?? 0);
}

/** Forgets loose blobs that no repository links any more; their bytes are garbage from then on. */
async function condemn({ db, clock }: RegistryContext): Promise<number> {
  const linked = sql`exists (select 1 from repository_blobs link where link.digest = blobs.digest)`;
  const unlinked = sql`select digest from blobs where loose = 1 and not ${linked} order by digest limit ${slice}`;
  const [, , deleted] = await db.batch([
    sql`update blobs set loose = 0 where digest in (
          select digest from blobs where loose = 1 and ${linked} limit ${slice})`.compile(db.query),
    sql`insert into garbage (locator, since) select locator, ${clock.now()} from blobs where digest in (${unlinked})`.compile(
      db.query,
    ),
    sql`delete from blobs where digest in (${unlinked})`.compile(db.query),
  ]);
  return Number(deleted?.numAffectedRows ?? 0);
}

/** Deletes the bytes of garbage, then its lines; cut off in between, the next run does it again. */
async function sweep({ db, blobs, clock }: RegistryContext, readers: number): Promise<number> {
  const rows = await db.query
    .selectFrom("garbage")
    .select("locator")
    .where("since", "<=", clock.now() - readers)
    .orderBy("since")
    .limit(slice)
    .execute();
  if (!rows.length) return 0;
  const locators = rows.map((row) => row.locator);
  await blobs.delete(locators);
  await db.batch([
    sql`delete from garbage where locator in (select value from json_each(${JSON.stringify(locators)}))`.compile(
      db.query,
    ),
  ]);
  return rows.length;
}
