import { sql } from "kysely";
import type { Database } from "../db/index.ts";
import type { Digest } from "../shared/digest.ts";

/** A blob whose bytes were verified, and the repository it was uploaded to. */
export interface VerifiedBlob {
  repository: string;
  digest: Digest;
  size: number;
  locator: string;
}

/**
 * Makes a verified blob readable through its repository, in one transaction. When the same content is here already, the stored object
 * of before stays, and ours is garbage.
 *
 * Throws, and changes nothing, when our object has become garbage meanwhile (`settleBlob`).
 */
export async function publishBlob(db: Database, blob: VerifiedBlob, now: number): Promise<void> {
  const { repository, digest, size, locator } = blob;
  await db.batch([
    // 1. The repository exists from its first push on.
    db.query
      .insertInto("repositories")
      .values({ name: repository, created_at: now })
      .onConflict((conflict) => conflict.column("name").doNothing()),
    // 2. The digest names one object. What has once been garbage never comes back.
    sql`insert into blobs (digest, size, locator, created_at) select ${digest}, ${size}, ${locator}, ${now}
        where not exists (select 1 from garbage where locator = ${locator})
        on conflict (digest) do nothing`.compile(db.query),
    // 3. The link; without a blob behind it the foreign key undoes everything.
    sql`insert into repository_blobs (repository_id, digest, linked_at)
        select id, ${digest}, ${now} from repositories where name = ${repository}
        on conflict (repository_id, digest) do update set linked_at = max(linked_at, excluded.linked_at)`.compile(
      db.query,
    ),
    // 4. Ours, if another was first.
    condemn(db, locator, now),
  ]);
}

/**
 * Finds out what became of a `publishBlob` whose answer was lost, and makes it final: if it has not happened, it never will.
 *
 * @returns whether the repository has the blob. If not, the bytes are garbage.
 */
export async function settleBlob(db: Database, blob: VerifiedBlob, now: number): Promise<boolean> {
  const [, links] = await db.batch([
    condemn(db, blob.locator, now),
    db.query
      .selectFrom("repository_blobs")
      .innerJoin("repositories", "repositories.id", "repository_blobs.repository_id")
      .select("repository_blobs.digest")
      .where("repositories.name", "=", blob.repository)
      .where("repository_blobs.digest", "=", blob.digest),
  ]);
  return (links?.rows.length ?? 0) > 0;
}

/** An object that no blob's row names is garbage. */
function condemn(db: Database, locator: string, now: number) {
  return sql`insert into garbage (locator, since) select ${locator}, ${now}
      where not exists (select 1 from blobs where locator = ${locator})
      on conflict do nothing`.compile(db.query);
}
