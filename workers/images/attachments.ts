import { sql } from "kysely";
import type { PresentRepository } from "../auth/index.ts";
import type { Digest } from "../shared/digest.ts";
import type { Attachment } from "./attachment.ts";
import { Unreadable } from "./bounded-json.ts";
import type { ImagesContext } from "./context.ts";
import { openManifest, type OpenedManifest } from "./describe.ts";
import { readDocument } from "./documents.ts";
import { imageUnknown } from "./images.ts";

/** The largest document that is read, and how much of one artifact, in bytes. */
const maximumDocument = 8 * 1024 * 1024;
const maximumInAll = 24 * 1024 * 1024;

/** Documents of one artifact that are read; people attach one or two. */
const maximumDocuments = 20;

/** How long to wait for others who read documents, in milliseconds. */
const patience = 10_000;

interface StoredBlob {
  size: number;
  locator: string;
}

/**
 * What an artifact carries: the documents in it, read. One statement, and the blobs.
 *
 * @param digest of an artifact, such as one that `listReferrersOf` names
 * @throws HubError `not-found`; `unavailable` when the blob store does not answer, or too many others read
 */
export async function readReferrer(
  context: ImagesContext,
  found: Pick<PresentRepository, "id" | "name">,
  digest: Digest,
): Promise<Attachment[]> {
  const stored = await locate(context, found.id, digest);
  if (!stored) throw imageUnknown(found.name, { digest });
  return context.documents.take(
    patience,
    "too many people look at what is attached to images; try again in some seconds",
    () => readAll(context, stored),
  );
}

type Stored = NonNullable<Awaited<ReturnType<typeof locate>>>;

async function readAll(context: ImagesContext, stored: Stored): Promise<Attachment[]> {
  let opened: OpenedManifest;
  try {
    opened = openManifest(await readWhole(context, stored.locator), stored.mediaType);
  } catch (error) {
    if (error instanceof Unreadable) return [{ kind: "unreadable", of: null, why: error.message }];
    throw error;
  }
  const attachments: Attachment[] = [];
  let rest = maximumInAll;
  for (const { digest, mediaType, annotations } of opened.blobs.slice(0, maximumDocuments)) {
    const blob = stored.blobs.get(digest);
    const why = !blob
      ? "it is not in this repository"
      : blob.size > maximumDocument
        ? `it has ${blob.size} bytes, ${maximumDocument} is the most that is read`
        : blob.size > rest
          ? "there is too much in this artifact to read all of it"
          : undefined;
    if (!blob || why !== undefined) {
      attachments.push({ kind: "unreadable", of: null, why: why ?? "" });
      continue;
    }
    rest -= blob.size;
    attachments.push(
      ...readDocument({ bytes: await readWhole(context, blob.locator), mediaType, annotations }),
    );
  }
  return attachments;
}

/** Where the bytes are: of the manifest, and of what it names, as far as its own repository has it. */
async function locate({ db }: ImagesContext, id: number, digest: Digest) {
  const { rows } = await sql<{ media_type: string; locator: string; blobs: string }>`
    select media_type, locator, (
      select json_group_array(json_object('digest', digest, 'size', size, 'locator', locator)) from (
        select blobs.digest, blobs.size, blobs.locator from manifest_references reference
        join repository_blobs link on link.repository_id = ${id} and link.digest = reference.target
        join blobs on blobs.digest = link.digest
        where reference.repository_id = ${id} and reference.manifest = ${digest} limit 100)) as blobs
    from manifests where repository_id = ${id} and digest = ${digest}`.execute(db.query);
  const [row] = rows;
  if (!row) return undefined;
  const blobs = JSON.parse(row.blobs) as (StoredBlob & { digest: Digest })[];
  return {
    mediaType: row.media_type,
    locator: row.locator,
    blobs: new Map<Digest, StoredBlob>(blobs.map((blob) => [blob.digest, blob])),
  };
}

async function readWhole({ registry }: ImagesContext, locator: string): Promise<Uint8Array> {
  return new Uint8Array(await new Response(await registry.blobs.read(locator)).arrayBuffer());
}
