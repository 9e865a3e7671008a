import { sql } from "kysely";
import { hour, minute } from "../platform/clock.ts";
import { describeError, log } from "../platform/log.ts";
import type { Digest } from "../shared/digest.ts";
import { HubError } from "../shared/errors.ts";
import { Unreadable } from "./bounded-json.ts";
import type { DescribedImage, ImagesContext } from "./context.ts";
import {
  factsOf,
  maximumConfigSize,
  openManifest,
  unreadableFacts,
  type OpenedManifest,
} from "./describe.ts";
import type { Facts } from "./facts.ts";
import { keepFacts } from "./rows.ts";

/*
 * From a push to the facts of an image:
 *
 *   manifest stored, tag moved ──(trigger)──▶ undescribed_manifests ──(queue, schedule)──▶ images, image_chains ──▶ `described` ──▶ gone
 *
 * The list is in the database, written with the manifest: so none is forgotten, whatever becomes of the message. A page that needs
 * facts sooner describes on the spot; the manifest goes on waiting, so that `described` is told by the queue all the same.
 *
 * What a manifest says never makes it wait: what cannot be read is described as that. Only the store and the database can fail; then it
 * waits longer and longer, and in the end is described as one that could not be read.
 */

/** How many are described in one go. */
const slice = 20;

const maximumTries = 10;

/** A manifest to describe, and where its bytes are. */
interface Waiting {
  repository_id: number;
  digest: Digest;
  media_type: string;
  locator: string;
  tries: number;
}

/**
 * Describes the manifests that have waited longest. May run at any time, any number at once, and be cut off anywhere.
 *
 * @returns whether there may be more.
 */
export async function describeWaiting(context: ImagesContext): Promise<{ more: boolean }> {
  const { db, clock } = context;
  const waiting = await db.query
    .selectFrom("undescribed_manifests as waiting")
    .innerJoin("manifests", (join) =>
      join
        .onRef("manifests.repository_id", "=", "waiting.repository_id")
        .onRef("manifests.digest", "=", "waiting.digest"),
    )
    .leftJoin("images", (join) =>
      join
        .onRef("images.repository_id", "=", "waiting.repository_id")
        .onRef("images.digest", "=", "waiting.digest")
        .on("images.unreadable", "is", null),
    )
    .select(["waiting.repository_id", "waiting.digest", "media_type", "locator", "tries", "images.kind"])
    .where("due_at", "<=", clock.now())
    .orderBy("due_at")
    .limit(slice)
    .execute();
  for (const manifest of waiting) {
    try {
      if (manifest.kind === null) await describe(context, manifest);
      await context.described(await describedImage(context, manifest));
      await done(context, manifest);
    } catch (error) {
      await postpone(context, manifest, error);
    }
  }
  return { more: waiting.length === slice };
}

/**
 * Describes manifests that somebody wants to see now: as many as can be done in the time, in this order. What fails is left to the queue.
 *
 * @param deadline milliseconds
 */
export async function describeNow(
  context: ImagesContext,
  repositoryId: number,
  digests: readonly Digest[],
  { maximum, deadline }: { maximum: number; deadline: number },
): Promise<void> {
  const { db, clock } = context;
  const wanted = digests.slice(0, maximum);
  const until = clock.now() + deadline;
  const found = await db.query
    .selectFrom("manifests")
    .select(["repository_id", "digest", "media_type", "locator"])
    .where("repository_id", "=", repositoryId)
    .where("digest", "in", sql<Digest>`(select value from json_each(${JSON.stringify(wanted)}))`)
    .execute();
  for (const manifest of found.toSorted((a, b) => wanted.indexOf(a.digest) - wanted.indexOf(b.digest))) {
    if (clock.now() >= until) return;
    await describe(context, { ...manifest, tries: 0 }).catch((error: unknown) =>
      log("error", "an image was not described on the spot", describeError(error)),
    );
  }
}

async function describe(context: ImagesContext, manifest: Waiting): Promise<void> {
  await keep(context, manifest, await readFacts(context, manifest));
}

async function keep({ db, clock }: ImagesContext, manifest: Waiting, facts: Facts): Promise<void> {
  const place = { repositoryId: manifest.repository_id, digest: manifest.digest, at: clock.now() };
  await db.batch(keepFacts(db, place, facts));
}

/** @throws HubError `unavailable` when the store does not answer; nothing for what is in the bytes. */
async function readFacts(context: ImagesContext, manifest: Waiting): Promise<Facts> {
  let opened: OpenedManifest;
  try {
    const stream = await context.registry.blobs.read(manifest.locator);
    const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
    opened = openManifest(bytes, manifest.media_type);
  } catch (error) {
    if (error instanceof Unreadable) return unreadableFacts(error.message);
    throw error;
  }
  return factsOf(opened, await readConfigBytes(context, manifest.repository_id, opened));
}

/** The configuration of an image: a blob that its own repository has, whatever others have. */
async function readConfigBytes(
  { db, registry }: ImagesContext,
  repositoryId: number,
  { kind, config }: OpenedManifest,
): Promise<Uint8Array | Unreadable | undefined> {
  if (kind !== "image" || !config) return undefined;
  const blob = await db.query
    .selectFrom("repository_blobs as link")
    .innerJoin("blobs", "blobs.digest", "link.digest")
    .select(["blobs.size", "blobs.locator"])
    .where("link.repository_id", "=", repositoryId)
    .where("link.digest", "=", config.digest)
    .executeTakeFirst();
  if (!blob) return new Unreadable("its configuration is not in this repository");
  if (blob.size > maximumConfigSize)
    return new Unreadable(`its configuration has ${blob.size} bytes, ${maximumConfigSize} is the most`);
  return new Uint8Array(await new Response(await registry.blobs.read(blob.locator)).arrayBuffer());
}

/** What others are told of a manifest that has been described: its tags, and what it says of itself, an index for one of its images. */
async function describedImage({ db }: ImagesContext, manifest: Waiting): Promise<DescribedImage> {
  const { repository_id: repositoryId, digest } = manifest;
  const [tags, said] = await db.batch([
    sql`select name, name = coalesce(
          (select name from tags where repository_id = ${repositoryId} and name = 'latest'),
          (select name from tags where repository_id = ${repositoryId} order by moved_at desc, name desc limit 1)) as is_default
        from tags where repository_id = ${repositoryId} and digest = ${digest} order by name limit 100`.compile(
      db.query,
    ),
    sql`select annotations, config -> 'labels' as labels from images
        where repository_id = ${repositoryId} and kind <> 'artifact' and (digest = ${digest} or digest in (
          select target from manifest_references where repository_id = ${repositoryId} and manifest = ${digest} and kind = 'manifest'))
        order by digest = ${digest}, iif(os = 'linux' and architecture = 'amd64', 1, 0), digest limit 100`.compile(
      db.query,
    ),
  ]);
  const named = (tags?.rows ?? []) as { name: string; is_default: 0 | 1 }[];
  const rows = (said?.rows ?? []) as { annotations: string; labels: string | null }[];
  const texts = (json: string | null) => (JSON.parse(json ?? "{}") ?? {}) as Record<string, string>;
  return {
    repositoryId,
    digest,
    tags: named.map(({ name }) => name),
    isDefault: named.some(({ is_default }) => is_default === 1),
    // What the index says counts before what its images say, and that before their labels.
    annotations: Object.assign(
      {},
      ...rows.map(({ labels }) => texts(labels)),
      ...rows.map(({ annotations }) => texts(annotations)),
    ) as Record<string, string>,
  };
}

async function done({ db }: ImagesContext, { repository_id, digest }: Waiting): Promise<void> {
  await db.query
    .deleteFrom("undescribed_manifests")
    .where("repository_id", "=", repository_id)
    .where("digest", "=", digest)
    .execute();
}

async function postpone(context: ImagesContext, manifest: Waiting, error: unknown): Promise<void> {
  const tries = manifest.tries + 1;
  log("error", "an image was not described", {
    repository: manifest.repository_id,
    digest: manifest.digest,
    tries,
    ...describeError(error),
  });
  if (tries >= maximumTries) {
    const why = error instanceof HubError ? error.message : "what is stored of it could not be read";
    await keep(context, manifest, unreadableFacts(why));
    return done(context, manifest);
  }
  await context.db.query
    .updateTable("undescribed_manifests")
    .set({ tries, due_at: context.clock.now() + Math.min(minute * 2 ** tries, 6 * hour) })
    .where("repository_id", "=", manifest.repository_id)
    .where("digest", "=", manifest.digest)
    .execute();
}
