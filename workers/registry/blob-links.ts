import { sql } from "kysely";
import type { Database } from "../db/index.ts";
import type { Digest } from "../shared/digest.ts";
import { makeByPush, underName } from "./new-repository.ts";
import { ledTo, repositoryId } from "./repository-id.ts";

/** A blob whose bytes were verified, and the repository it was uploaded to. */
export interface VerifiedBlob {
  repository: string;
  /** Whose upload it was. */
  subject: string;
  digest: Digest;
  size: number;
  locator: string;
}

/**
 * Makes a verified blob readable through its repository, in one transaction. When the same content is here already, the stored object
 * of before stays, and ours is garbage.
 *
 * Throws, and changes nothing, when our object has become garbage meanwhile (`settleBlob`), and when the repository has another name by
 * now (RegistryError DENIED).
 */
export async function publishBlob(db: Database, blob: VerifiedBlob, now: number): Promise<void> {
  const { repository, subject, digest, size, locator } = blob;
  const statements = [
    // 1. The repository exists from its first push on.
    ...makeByPush(db, { name: repository, subject, at: now }),
    // 2. The digest names one object. What has once been garbage never comes back.
    sql`insert into blobs (digest, size, locator, created_at) select ${digest}, ${size}, ${locator}, ${now}
        where not exists (select 1 from garbage where locator = ${locator})
        on conflict (digest) do nothing`.compile(db.query),
    // 3. The link; without a repository, or a blob behind it, the constraints undo everything.
    sql`insert into repository_blobs (repository_id, digest, linked_at) values (${repositoryId(repository)}, ${digest}, ${now})
        on conflict (repository_id, digest) do update set linked_at = max(linked_at, excluded.linked_at)`.compile(
      db.query,
    ),
    // 4. Ours, if another was first.
    condemn(db, locator, now),
  ];
  await underName(db, repository, now, () => db.batch(statements));
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
      .select("digest")
      // It may have been renamed since.
      .where("repository_id", "=", ledTo(blob.repository))
      .where("digest", "=", blob.digest),
  ]);
  return (links?.rows.length ?? 0) > 0;
}

/** An object that no blob's row names is garbage. */
function condemn(db: Database, locator: string, now: number) {
  return sql`insert into garbage (locator, since) select ${locator}, ${now}
      where not exists (select 1 from blobs where locator = ${locator})
      on conflict do nothing`.compile(db.query);
}
