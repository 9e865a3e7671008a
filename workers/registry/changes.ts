import { sql, type Compilable, type CompiledQuery } from "kysely";
import type { Database, Visibility } from "../db/index.ts";
import type { Digest } from "../shared/digest.ts";
import type { ManifestReference } from "../shared/manifest.ts";
import { repositoryId } from "./repository-id.ts";

/**
 * Every way in which a repository's manifests, tags or visibility change. A change is plain values, so that it can travel to the
 * repository's Durable Object, which applies it as one transaction.
 */
export type Change =
  | { type: "put-manifest"; manifest: NewManifest; tags: string[]; at: number }
  | { type: "delete-manifest"; digest: Digest; at: number }
  | { type: "delete-tag"; tag: string }
  | { type: "set-visibility"; visibility: Visibility }
  | { type: "delete-repository"; at: number };

interface NewManifest {
  digest: Digest;
  mediaType: string;
  size: number;
  locator: string;
  artifactType: string | undefined;
  subject: Digest | undefined;
  annotations: Record<string, string>;
  references: ManifestReference[];
}

/**
 * What came of a change: `absent` when there was nothing to change (no such repository, manifest or tag), `in-use` when an index of
 * the repository names the manifest that was to be deleted, `busy` when too many changes wait for their turn.
 */
export type Outcome = { result: "done" | "absent" | "busy" } | { result: "in-use"; by: Digest };

/**
 * Applies a change to the repository of this name, as one transaction. The stored object of a manifest that was already there, and
 * those of deleted ones, are left to garbage collection in the same transaction.
 */
export async function applyChange(db: Database, repository: string, change: Change): Promise<Outcome> {
  switch (change.type) {
    case "put-manifest":
      await db.batch(putManifest(db, repository, change.manifest, change.tags, change.at));
      return { result: "done" };
    case "delete-manifest":
      return deleteManifest(db, repository, change.digest, change.at);
    case "delete-tag":
      return affected(db, [
        db.query
          .deleteFrom("tags")
          .where("repository_id", "=", repositoryId(db, repository))
          .where("name", "=", change.tag),
      ]);
    case "set-visibility":
      return affected(db, [
        db.query
          .updateTable("repositories")
          .set({ visibility: change.visibility })
          .where("name", "=", repository),
      ]);
    case "delete-repository":
      return affected(db, deleteRepository(db, repository, change.at));
  }
}

/** Runs the statements as one transaction; the last one says whether anything was there. */
async function affected(db: Database, statements: Statement[]): Promise<Outcome> {
  const results = await db.batch(statements);
  return { result: (results.at(-1)?.numAffectedRows ?? 0n) > 0n ? "done" : "absent" };
}

type Statement = CompiledQuery | Compilable;

function putManifest(
  db: Database,
  repository: string,
  manifest: NewManifest,
  tags: string[],
  at: number,
): Statement[] {
  const id = repositoryId(db, repository);
  return [
    // 1. The repository exists from its first push on.
    db.query
      .insertInto("repositories")
      .values({ name: repository, created_at: at })
      .onConflict((conflict) => conflict.column("name").doNothing()),
    // 2. The same bytes pushed again keep the object that readers know; the new one stays garbage. A digest pushed under another
    //    media type is the same manifest.
    db.query
      .insertInto("manifests")
      .values({
        repository_id: id,
        digest: manifest.digest,
        media_type: manifest.mediaType,
        size: manifest.size,
        // Its bytes were condemned in advance; had they been collected since, this is NULL and undoes everything.
        locator: sql<string>`(select locator from garbage where locator = ${manifest.locator})`,
        artifact_type: manifest.artifactType ?? null,
        subject: manifest.subject ?? null,
        annotations: manifest.subject ? JSON.stringify(manifest.annotations) : null,
        pushed_at: at,
      })
      .onConflict((conflict) => conflict.columns(["repository_id", "digest"]).doNothing()),
    sql`delete from garbage where locator = ${manifest.locator}
        and exists (select 1 from manifests where locator = ${manifest.locator})`.compile(db.query),
    sql`update garbage set since = ${at} where locator = ${manifest.locator}`.compile(db.query),
    // 3. What it names. One statement for any number of them: D1 binds 100 values at most.
    sql`insert into manifest_references (repository_id, manifest, target, kind)
        select ${id}, ${manifest.digest}, value ->> 'digest', value ->> 'kind'
        from json_each(${JSON.stringify(manifest.references)}) where true
        on conflict do nothing`.compile(db.query),
    // 4. Its tags.
    sql`insert into tags (repository_id, name, digest, moved_at)
        select ${id}, value, ${manifest.digest}, ${at} from json_each(${JSON.stringify(tags)}) where true
        on conflict (repository_id, name) do update set digest = excluded.digest, moved_at = excluded.moved_at`.compile(
      db.query,
    ),
  ];
}

/** Deletes a manifest with its tags, unless an index of the repository names it: that index would be broken. */
async function deleteManifest(
  db: Database,
  repository: string,
  digest: Digest,
  at: number,
): Promise<Outcome> {
  const id = repositoryId(db, repository);
  const parents = db.query
    .selectFrom("manifest_references")
    .select("manifest as by")
    .where("repository_id", "=", id)
    .where("target", "=", digest);
  const [parent, , deleted] = await db.batch([
    parents.limit(1),
    sql`insert into garbage (locator, since) select locator, ${at} from manifests
        where repository_id = ${id} and digest = ${digest} and not exists ${parents}`.compile(db.query),
    // Its references and tags go with it (foreign keys).
    sql`delete from manifests
        where repository_id = ${id} and digest = ${digest} and not exists ${parents}`.compile(db.query),
  ]);
  if (deleted && deleted.numAffectedRows) return { result: "done" };
  const [used] = (parent?.rows ?? []) as { by: Digest }[];
  return used ? { result: "in-use", by: used.by } : { result: "absent" };
}

function deleteRepository(db: Database, repository: string, at: number): Statement[] {
  return [
    sql`insert into garbage (locator, since)
        select locator, ${at} from manifests where repository_id = ${repositoryId(db, repository)}`.compile(
      db.query,
    ),
    db.query.deleteFrom("repositories").where("name", "=", repository),
  ];
}
