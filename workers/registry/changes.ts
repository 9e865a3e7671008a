import { sql, type Compilable, type CompiledQuery } from "kysely";
import { auditEach, auditEntry, type Actor } from "../audit/index.ts";
import { letRest } from "../auth/index.ts";
import type { Database, Visibility } from "../db/index.ts";
import type { Digest } from "../shared/digest.ts";
import type { ManifestReference } from "../shared/manifest.ts";
import { isNameRefused } from "./new-repository.ts";
import { stillNamed, type NamedRepository } from "./repository-id.ts";

/** Who makes a change that the audit log tells of. */
export interface Audited {
  actor: Actor;
  /** Whose log: id of the owner of the repository's namespace. */
  log: string;
  /** Milliseconds since 1970. */
  at: number;
}

/**
 * Every way in which what a repository's names lead to changes. A change is plain values, so that it can travel to the
 * repository's Durable Object, which applies it as one transaction.
 */
export type Change =
  | { type: "put-manifest"; manifest: NewManifest; tags: string[]; createOnly: boolean; at: number }
  | { type: "delete-manifest"; digest: Digest; at: number }
  | { type: "delete-tag"; tag: string; audited: Audited | undefined }
  | { type: "set-visibility"; visibility: Visibility; before: Visibility; audited: Audited }
  | { type: "release-name"; oldName: string; audited: Audited }
  | { type: "delete-repository"; audited: Audited };

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
 * What came of a change: `absent` when there was nothing to change (no such repository, manifest or tag, or the repository has another
 * name by now), `in-use` when an index of the repository names the manifest that was to be deleted, `taken` when a tag that may not be
 * moved names another manifest, `busy` when too many changes wait for their turn.
 */
export type Outcome =
  | { result: "done" | "absent" | "busy" }
  | { result: "in-use"; by: Digest }
  | { result: "taken"; tag: string };

/**
 * Applies a change to a repository, as one transaction. The stored object of a manifest that was already there, and
 * those of deleted ones, are left to garbage collection in the same transaction.
 */
export async function applyChange(
  db: Database,
  repository: NamedRepository,
  change: Change,
): Promise<Outcome> {
  switch (change.type) {
    case "put-manifest":
      return putManifest(db, repository, change);
    case "delete-manifest":
      return deleteManifest(db, repository, change.digest, change.at);
    case "delete-tag":
      return affected(db, deleteTag(db, repository, change));
    case "set-visibility":
      return affected(db, setVisibility(db, repository, change));
    case "release-name":
      return affected(db, releaseName(db, repository, change));
    case "delete-repository":
      return affected(db, deleteRepository(db, repository, change));
  }
}

type Statement = CompiledQuery | Compilable;
type ChangeOf<Type extends Change["type"]> = Extract<Change, { type: Type }>;

/** Runs the statements as one transaction; the last one says whether anything was there: by a row, or by one that it wrote. */
async function affected(db: Database, statements: Statement[]): Promise<Outcome> {
  const last = (await db.batch(statements)).at(-1);
  return { result: last && (last.numAffectedRows || last.rows.length > 0) ? "done" : "absent" };
}

async function putManifest(
  db: Database,
  repository: NamedRepository,
  change: ChangeOf<"put-manifest">,
): Promise<Outcome> {
  try {
    await db.batch(manifestStatements(db, repository, change));
    return { result: "done" };
  } catch (error) {
    if (isNameRefused(error)) return { result: "absent" };
    const tag = change.createOnly ? await takenTag(db, repository, change) : undefined;
    if (tag === undefined) throw error;
    return { result: "taken", tag };
  }
}

/** The first of the tags that names another manifest. */
async function takenTag(
  db: Database,
  repository: NamedRepository,
  { manifest, tags }: ChangeOf<"put-manifest">,
): Promise<string | undefined> {
  const row = await db.query
    .selectFrom("tags")
    .select("name")
    .where("repository_id", "=", stillNamed(repository))
    .where("name", "in", sql<string>`(select value from json_each(${JSON.stringify(tags)}))`)
    .where("digest", "<>", manifest.digest)
    .orderBy("name")
    .executeTakeFirst();
  return row?.name;
}

function manifestStatements(
  db: Database,
  repository: NamedRepository,
  { manifest, tags, createOnly, at }: ChangeOf<"put-manifest">,
): Statement[] {
  const id = stillNamed(repository);
  // NULL where a tag may not be moved undoes everything.
  const moved = createOnly
    ? sql`iif(tags.digest = excluded.digest, excluded.digest, null)`
    : sql`excluded.digest`;
  return [
    // 1. The same bytes pushed again keep the object that readers know; the new one stays garbage. A digest pushed under another
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
    // 2. What it names. One statement for any number of them: D1 binds 100 values at most.
    sql`insert into manifest_references (repository_id, manifest, target, kind)
        select ${id}, ${manifest.digest}, value ->> 'digest', value ->> 'kind'
        from json_each(${JSON.stringify(manifest.references)}) where true
        on conflict do nothing`.compile(db.query),
    // 3. Its tags.
    sql`insert into tags (repository_id, name, digest, moved_at)
        select ${id}, value, ${manifest.digest}, ${at} from json_each(${JSON.stringify(tags)}) where true
        on conflict (repository_id, name) do update set digest = ${moved}, moved_at = excluded.moved_at`.compile(
      db.query,
    ),
  ];
}

/** Only the tag: its manifest stays. The log tells what it named, which is read before it is gone. */
function deleteTag(
  db: Database,
  repository: NamedRepository,
  { tag, audited }: ChangeOf<"delete-tag">,
): Statement[] {
  const id = stillNamed(repository);
  const deletion = db.query.deleteFrom("tags").where("repository_id", "=", id).where("name", "=", tag);
  if (!audited) return [deletion];
  const rows = sql`select ${`${repository.name}:${tag}`} as target, json_quote(digest) as before, null as after
    from tags where repository_id = ${id} and name = ${tag}`;
  const { actor, log, at } = audited;
  return [auditEach(db, at, actor, { log, action: "repository.tag.delete", rows }), deletion];
}

/** Deletes a manifest with its tags, unless an index of the repository names it: that index would be broken. */
async function deleteManifest(
  db: Database,
  repository: NamedRepository,
  digest: Digest,
  at: number,
): Promise<Outcome> {
  const id = stillNamed(repository);
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

function setVisibility(
  db: Database,
  { id, name }: NamedRepository,
  { visibility, before, audited }: ChangeOf<"set-visibility">,
): Statement[] {
  return [
    db.query
      .updateTable("repositories")
      .set({ visibility })
      .where("id", "=", id)
      .where("name", "=", name)
      .where("visibility", "<>", visibility),
    told(db, audited, { action: "repository.visibility", target: name, before, after: visibility }),
    db.query.selectFrom("repositories").select("id").where("id", "=", id).where("name", "=", name),
  ];
}

/** The name leads nowhere from now on, and rests: registry tokens for it may still work. */
function releaseName(
  db: Database,
  { id, name }: NamedRepository,
  { oldName, audited }: ChangeOf<"release-name">,
): Statement[] {
  const released = sql`select name from repository_redirects where name = ${oldName} and repository_id = ${id}`;
  return [
    ...letRest({ db, clock: { now: () => audited.at } }, released),
    db.query.deleteFrom("repository_redirects").where("name", "=", oldName).where("repository_id", "=", id),
    told(db, audited, { action: "repository.name.release", target: name, before: oldName }),
  ];
}

/** Deletes it; its old names rest, for others may have had rights under them. */
function deleteRepository(
  db: Database,
  repository: NamedRepository,
  { audited }: ChangeOf<"delete-repository">,
): Statement[] {
  const id = stillNamed(repository);
  return [
    ...letRest(
      { db, clock: { now: () => audited.at } },
      sql`select name from repository_redirects where repository_id = ${id}`,
    ),
    sql`insert into garbage (locator, since)
        select locator, ${audited.at} from manifests where repository_id = ${id}`.compile(db.query),
    db.query.deleteFrom("repositories").where("id", "=", id),
    told(db, audited, { action: "repository.delete", target: repository.name }),
  ];
}

function told(
  db: Database,
  { actor, log, at }: Audited,
  entry: { action: string; target: string; before?: unknown; after?: unknown },
): CompiledQuery {
  return auditEntry(db, at, actor, { log, ...entry });
}
