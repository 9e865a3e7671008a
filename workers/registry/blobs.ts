import type { ByteRange } from "../platform/blob-store.ts";
import type { Digest } from "../shared/digest.ts";
import type { RegistryContext } from "./context.ts";
import { RegistryError } from "./errors.ts";
import { repositoryNamed } from "./repositories.ts";
import { ledTo } from "./repository-id.ts";

export { parseRange } from "./blob-range.ts";
export { mountBlob } from "./mounts.ts";

/** A blob as one repository has it. */
export interface Blob {
  repositoryId: number;
  digest: Digest;
  /** In bytes. */
  size: number;
  locator: string;
  /** Last time somebody was promised that it is there, in milliseconds since 1970. */
  linkedAt: number;
  /** Whether the repository is public now. */
  public: boolean;
}

/**
 * The blob, or undefined when this repository does not link it: whether another one does makes no difference. Old names of a repository
 * work like its present one.
 */
export async function getBlob(
  { db }: RegistryContext,
  repository: string,
  digest: Digest,
): Promise<Blob | undefined> {
  const row = await db.query
    .selectFrom("repositories")
    .innerJoin("repository_blobs", "repository_blobs.repository_id", "repositories.id")
    .innerJoin("blobs", "blobs.digest", "repository_blobs.digest")
    .select([
      "repositories.id",
      "repositories.visibility",
      "repository_blobs.linked_at",
      "blobs.size",
      "blobs.locator",
    ])
    .where("repositories.id", "=", ledTo(repository))
    .where("repository_blobs.digest", "=", digest)
    .executeTakeFirst();
  if (!row) return undefined;
  const { id, size, locator, visibility } = row;
  return {
    repositoryId: id,
    digest,
    size,
    locator,
    linkedAt: row.linked_at,
    public: visibility === "public",
  };
}

/** The blob's bytes, or a part of them. @throws HubError `unavailable` */
export async function openBlob(
  { blobs }: RegistryContext,
  blob: Blob,
  range?: ByteRange,
): Promise<ReadableStream<Uint8Array>> {
  return blobs.read(blob.locator, range);
}

/**
 * Makes good what a HEAD promises to somebody who pushes: that the blob will be there when its manifest comes. A link that is older than
 * half the grace age is made young again; most calls ask nothing of the database.
 *
 * @returns false when garbage collection was faster: then the blob is not there.
 */
export async function keepBlob(context: RegistryContext, blob: Blob): Promise<boolean> {
  const { db, clock, grace } = context;
  const now = clock.now();
  if (blob.linkedAt > now - grace / 2) return true;
  const [kept] = await db.batch([
    db.query
      .updateTable("repository_blobs")
      .set({ linked_at: now })
      .where("digest", "=", blob.digest)
      .where("repository_id", "=", blob.repositoryId),
  ]);
  return (kept?.numAffectedRows ?? 0n) > 0n;
}

/**
 * Takes a blob out of a repository. Its bytes stay for other repositories that link it; without any, garbage collection takes them.
 *
 * @throws RegistryError NAME_UNKNOWN, BLOB_UNKNOWN; DENIED under an old name; UNSUPPORTED (405) while a manifest of the repository names it, which would be broken.
 */
export async function deleteBlob(
  context: RegistryContext,
  repository: string,
  digest: Digest,
): Promise<void> {
  const { db } = context;
  const { id } = await repositoryNamed(context, repository);
  const named = db.query
    .selectFrom("manifest_references")
    .select("manifest")
    .where("repository_id", "=", id)
    .where("target", "=", digest)
    .where("kind", "=", "blob")
    .limit(1);
  const [naming, deleted] = await db.batch([
    named,
    db.query
      .deleteFrom("repository_blobs")
      .where("repository_id", "=", id)
      .where("digest", "=", digest)
      .where((where) => where.not(where.exists(named))),
  ]);
  if ((deleted?.numAffectedRows ?? 0n) > 0n) return;
  const [manifest] = (naming?.rows ?? []) as { manifest: Digest }[];
  // A sparse image names a blob that is not here.
  if (!manifest || !(await getBlob(context, repository, digest))) throw blobUnknown(repository, digest);
  throw new RegistryError(
    "UNSUPPORTED",
    `the manifest ${manifest.manifest} names this blob: delete the manifest first`,
    { detail: { digest, manifest: manifest.manifest } },
  );
}

export function blobUnknown(repository: string, digest: Digest): RegistryError {
  return new RegistryError("BLOB_UNKNOWN", `${repository} has no blob ${digest}`, {
    detail: { repository, digest },
  });
}
