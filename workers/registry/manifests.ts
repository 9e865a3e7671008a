import { requireRepository, type Principal } from "../auth/index.ts";
import { algorithmOf, digestOf, type Digest } from "../shared/digest.ts";
import { HubError } from "../shared/errors.ts";
import { maximumManifestSize, parseManifest, type Manifest } from "../shared/manifest.ts";
import { minute } from "../platform/clock.ts";
import { chunksInTime } from "../platform/slow-client.ts";
import type { Reference } from "../shared/reference.ts";
import type { RegistryContext } from "./context.ts";
import { RegistryError } from "./errors.ts";
import { condemnInAdvance } from "./gc.ts";
import { manifestKey } from "./keys.ts";
import type { StoredManifest } from "./manifest-cache.ts";
import { auditedAs, changeRepository, enterRepository, objectOf, repositoryNamed } from "./repositories.ts";
import { ledTo } from "./repository-id.ts";

/** How long a manifest may be under way, in milliseconds: 4 MiB at 300 kbit/s. */
const bodyDeadline = 2 * minute;

/** Largest annotations of a manifest with a subject, in bytes of JSON: they are repeated in each list of referrers. */
const maximumReferrerAnnotations = 64 * 1024;

/**
 * The manifest that a tag or digest names, from the cache while that is known to be current (see RepositoryObject). Old names of a
 * repository work like its present one.
 *
 * To readers of what is public, a private repository is one that is not there, also in the time the answer takes: nothing is looked up
 * for them but the one row. Names that were never found make no Durable Object.
 *
 * @param publicOnly the right to read rests on the repository being public.
 * @returns the repository's id if it is there for this reader, and the manifest if it is.
 */
export async function getManifest(
  context: RegistryContext,
  repository: string,
  reference: Reference,
  publicOnly = false,
): Promise<FoundManifest> {
  const cache = publicOnly ? context.publicManifests : context.manifests;
  const now = context.clock.now();
  const id = cache.idOf(repository, now);
  if (id === undefined) {
    const found = await readManifest(context, repository, reference, publicOnly);
    if (found.id !== undefined) cache.learn(repository, found.id, now);
    return found;
  }
  const revision = await objectOf(context, id).revision();
  const key = `${repository}${"tag" in reference ? `:${reference.tag}` : `@${reference.digest}`}`;
  const cached = cache.get(key);
  if (cached && cached.revision === revision) return { id, manifest: cached.manifest };

  const found = await readManifest(context, repository, reference, publicOnly);
  if (found.manifest && found.id === id && revision !== null)
    cache.set(key, { revision, manifest: found.manifest });
  else cache.delete(key);
  // The name may lead to another repository by now, or to none.
  if (found.id === undefined) cache.forget(repository);
  else if (found.id !== id) cache.learn(repository, found.id, now);
  return found;
}

interface FoundManifest {
  /** undefined: there is no such repository for this reader. */
  id: number | undefined;
  manifest?: StoredManifest;
}

async function readManifest(
  { db, blobs }: RegistryContext,
  repository: string,
  reference: Reference,
  publicOnly: boolean,
): Promise<FoundManifest> {
  const repositories = db.query
    .selectFrom("repositories")
    .where("repositories.id", "=", ledTo(repository))
    .$if(publicOnly, (query) => query.where("repositories.visibility", "=", "public"));
  const manifest = [
    "repositories.id",
    "manifests.digest",
    "manifests.media_type",
    "manifests.locator",
  ] as const;
  const row =
    "digest" in reference
      ? await repositories
          .leftJoin("manifests", (join) =>
            join
              .onRef("manifests.repository_id", "=", "repositories.id")
              .on("manifests.digest", "=", reference.digest),
          )
          .select(manifest)
          .executeTakeFirst()
      : await repositories
          .leftJoin("tags", (join) =>
            join.onRef("tags.repository_id", "=", "repositories.id").on("tags.name", "=", reference.tag),
          )
          .leftJoin("manifests", (join) =>
            join
              .onRef("manifests.repository_id", "=", "tags.repository_id")
              .onRef("manifests.digest", "=", "tags.digest"),
          )
          .select(manifest)
          .executeTakeFirst();
  if (!row?.digest || row.media_type === null || row.locator === null) return { id: row?.id };
  const bytes = new Uint8Array(await new Response(await blobs.read(row.locator)).arrayBuffer());
  return { id: row.id, manifest: { digest: row.digest, mediaType: row.media_type, bytes } };
}

export interface PushedManifest {
  bytes: Uint8Array<ArrayBuffer>;
  contentType: string;
  /** Tags to move besides the one in the reference. */
  tags: string[];
  /** Tags that are there may not be moved. */
  createOnly: boolean;
  /** `Access.subject` */
  subject: string;
}

/**
 * Stores a manifest and moves tags to it (OCI Distribution Specification, "Pushing Manifests"). Blobs and manifests it names need not
 * be here: sparse indexes and images are taken as they are.
 *
 * @throws RegistryError MANIFEST_INVALID naming the field, DIGEST_INVALID when a digest reference is not that of the bytes; DENIED under
 *   an old name, and for a tag that is there and may not be moved: then nothing is changed.
 */
export async function putManifest(
  context: RegistryContext,
  repository: string,
  reference: Reference,
  pushed: PushedManifest,
): Promise<{ repositoryId: number; digest: Digest; manifest: Manifest }> {
  // 1. Is it what it says it is?
  const manifest = readable(pushed.bytes, pushed.contentType);
  const algorithm = "digest" in reference ? algorithmOf(reference.digest) : "sha256";
  const digest = await digestOf(pushed.bytes, algorithm);
  if ("digest" in reference && reference.digest !== digest)
    throw new RegistryError(
      "DIGEST_INVALID",
      `the manifest's bytes have the digest ${digest}, not ${reference.digest}`,
      {
        detail: { expected: reference.digest, actual: digest },
      },
    );

  // 2. The repository, and the bytes under a key that nobody knows yet. They are garbage in advance: should step 3 never come, they
  //    are collected.
  const key = manifestKey();
  const condemned = condemnInAdvance(context, key);
  let entered = await enterRepository(context, repository, pushed.subject, [condemned]);
  const locator = await context.blobs.write(key, pushed.bytes);

  // 3. Everything that names them, at once.
  const tags = [...new Set("tag" in reference ? [reference.tag, ...pushed.tags] : pushed.tags)];
  const { mediaType, artifactType, subject, annotations, references } = manifest;
  const size = pushed.bytes.byteLength;
  const named = { digest, mediaType, size, locator, artifactType, subject, annotations, references };
  const at = context.clock.now();
  const change = { type: "put-manifest", at, tags, createOnly: pushed.createOnly, manifest: named } as const;
  let outcome = await changeRepository(context, entered, change);
  if (outcome.result === "absent") {
    // It was deleted meanwhile, and a push makes it again; or renamed, which is said here.
    entered = await enterRepository(context, repository, pushed.subject);
    outcome = await changeRepository(context, entered, change);
  }
  if (outcome.result === "taken")
    throw new RegistryError(
      "DENIED",
      `the tag "${outcome.tag}" is there already, and this access token may only create tags, not move them`,
      { detail: { repository, tag: outcome.tag } },
    );
  if (outcome.result !== "done")
    throw new HubError("unavailable", `${repository} was deleted while this was pushed; try again`);
  return { repositoryId: entered.id, digest, manifest };
}

function readable(bytes: Uint8Array, contentType: string): Manifest {
  let manifest: Manifest;
  try {
    manifest = parseManifest(bytes, contentType);
  } catch (error) {
    if (error instanceof HubError)
      throw new RegistryError("MANIFEST_INVALID", error.message, { cause: error });
    throw error;
  }
  if (manifest.subject && JSON.stringify(manifest.annotations).length > maximumReferrerAnnotations)
    throw new RegistryError(
      "MANIFEST_INVALID",
      `the annotations of a manifest with a subject may take ${maximumReferrerAnnotations} bytes; move what is larger into a blob`,
    );
  return manifest;
}

/**
 * Reads a request's body as far as a manifest may be long.
 *
 * @param stated Content-Length, when the client sent one.
 * @throws RegistryError 413 MANIFEST_INVALID as soon as it is known to be longer, without reading the rest.
 */
export async function readManifestBody(
  body: ReadableStream<Uint8Array> | null,
  stated: number | undefined,
): Promise<Uint8Array<ArrayBuffer>> {
  if (stated !== undefined && stated > maximumManifestSize) throw tooLarge();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunksInTime(body, bodyDeadline)) {
    size += chunk.byteLength;
    if (size > maximumManifestSize) throw tooLarge();
    chunks.push(chunk);
  }
  const bytes = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return bytes;
}

function tooLarge(): RegistryError {
  return new RegistryError(
    "MANIFEST_INVALID",
    `the manifest is larger than ${maximumManifestSize} bytes; what belongs in a layer or a configuration is a blob`,
    { status: 413, detail: { maximum: maximumManifestSize } },
  );
}

/**
 * Deletes a tag, or a manifest with every tag that names it, as clients of registries do: like what they push, it is in no log.
 *
 * @throws RegistryError NAME_UNKNOWN, MANIFEST_UNKNOWN, or UNSUPPORTED for part of an index; DENIED under an old name.
 */
export async function deleteManifest(
  context: RegistryContext,
  repository: string,
  reference: Reference,
): Promise<void> {
  const found = await repositoryNamed(context, repository);
  const outcome = await changeRepository(
    context,
    found,
    "tag" in reference
      ? { type: "delete-tag", tag: reference.tag, audited: undefined }
      : { type: "delete-manifest", digest: reference.digest, at: context.clock.now() },
  );
  if (outcome.result === "absent") throw manifestUnknown(repository, reference);
  if (outcome.result === "in-use")
    throw new RegistryError(
      "UNSUPPORTED",
      `the index ${outcome.by} names this manifest: delete the index first`,
      {
        detail: { index: outcome.by },
      },
    );
}

/** Takes a tag away; the manifest stays. @throws HubError `not-found`, `denied`; RegistryError MANIFEST_UNKNOWN. */
export async function deleteTag(
  context: RegistryContext,
  actor: Principal,
  name: string,
  tag: string,
): Promise<void> {
  const found = await requireRepository(context, actor, name, "delete");
  const outcome = await changeRepository(
    context,
    { id: found.id, name: found.name },
    { type: "delete-tag", tag, audited: auditedAs(context, actor, found) },
  );
  if (outcome.result === "absent") throw manifestUnknown(found.name, { tag });
}

export function manifestUnknown(repository: string, reference: Reference): RegistryError {
  return "tag" in reference
    ? new RegistryError("MANIFEST_UNKNOWN", `${repository} has no tag "${reference.tag}"`, {
        detail: { repository, tag: reference.tag },
      })
    : new RegistryError("MANIFEST_UNKNOWN", `${repository} has no manifest ${reference.digest}`, {
        detail: { repository, digest: reference.digest },
      });
}
