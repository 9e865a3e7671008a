import { createReadStream } from "node:fs";
import type { Digest } from "#shared/digest";
import { mediaTypes } from "#shared/media-types";
import type { ImageRow } from "./catalog.ts";
import { familiarRepository } from "./image-name.ts";
import type { LayerBlobs, Readers } from "./layer-blobs.ts";
import type { Outgoing } from "./outgoing.ts";
import { padded } from "./tar/header.ts";
import { endOfArchive, writeHeader } from "./tar/write-header.ts";

/** A name under which an image is saved. */
export interface SavedName {
  host: string;
  repository: string;
  tag: string;
}

export interface SavedImage {
  row: ImageRow;
  names: SavedName[];
  parts: Outgoing;
}

/**
 * A tar archive that is both at once: what `docker save` writes (`manifest.json`), and an OCI image layout (OCI Image Specification,
 * "Image Layout"). Layers are in it as they were pulled, so that what is loaded from it has the digests that it had.
 */
export async function* savedArchive(
  images: readonly SavedImage[],
  blobs: LayerBlobs,
  readers: Readers,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  yield document("oci-layout", { imageLayoutVersion: "1.0.0" });
  yield document("index.json", indexOf(images));
  yield document("manifest.json", images.map(dockerEntry));
  for (const folder of ["blobs/", "blobs/sha256/"]) yield header(folder, "5", 0);
  const written = new Set<Digest>();
  for (const { row, parts } of images) {
    for (const [digest, bytes] of [
      [parts.manifest.digest, parts.manifest.bytes],
      [parts.config.digest, row.config],
    ] as const) {
      if (written.has(digest)) continue;
      written.add(digest);
      yield file(blobPath(digest), bytes);
    }
    for (const { diffId, blob } of parts.layers) {
      if (written.has(blob.digest)) continue;
      written.add(blob.digest);
      signal.throwIfAborted();
      const found = await blobs.get(diffId, blob.digest, readers, signal);
      yield header(blobPath(blob.digest), "0", found.size);
      yield* createReadStream(found.file, {
        highWaterMark: 256 * 1024,
        signal,
      }) as AsyncIterable<Uint8Array>;
      yield Buffer.alloc(padded(found.size) - found.size);
    }
  }
  yield endOfArchive;
}

function indexOf(images: readonly SavedImage[]) {
  const manifests = images.flatMap(({ names, parts: { manifest } }) => {
    const { mediaType, digest, bytes } = manifest;
    const descriptor = { mediaType, digest, size: bytes.length };
    if (names.length === 0) return [descriptor];
    return names.map(({ host, repository, tag }) => ({
      ...descriptor,
      annotations: {
        "io.containerd.image.name": `${host}/${repository}:${tag}`,
        "org.opencontainers.image.ref.name": tag,
      },
    }));
  });
  return { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests };
}

function dockerEntry({ names, parts: { config, layers } }: SavedImage) {
  return {
    Config: blobPath(config.digest),
    RepoTags: names.length === 0 ? null : names.map((name) => `${familiarRepository(name)}:${name.tag}`),
    Layers: layers.map(({ blob }) => blobPath(blob.digest)),
  };
}

const blobPath = (digest: Digest) => `blobs/${digest.replace(":", "/")}`;

function document(path: string, value: unknown): Buffer {
  return file(path, Buffer.from(JSON.stringify(value)));
}

function file(path: string, bytes: Uint8Array): Buffer {
  return Buffer.concat([
    header(path, "0", bytes.length),
    bytes,
    Buffer.alloc(padded(bytes.length) - bytes.length),
  ]);
}

/** The same image gives the same archive: no time, no owner. */
function header(path: string, type: "0" | "5", size: number): Buffer {
  return writeHeader({ path, type, mode: type === "5" ? 0o755 : 0o644, uid: 0, gid: 0, size, mtime: 0 });
}
