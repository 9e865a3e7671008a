import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { rename, rm, stat } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { algorithmOf, type Digest } from "#shared/digest";
import { HubError } from "#shared/errors";
import type { Catalog, LayerRow } from "./catalog.ts";
import type { Descriptor } from "./image-manifest.ts";
import type { RepositoryClient } from "./registry/client.ts";
import { Download } from "./registry/download.ts";
import { Slots } from "./slots.ts";
import type { StoreDirectory } from "./store-directory.ts";
import { Decompression } from "./unpack/decompress.ts";

/** A layer's compressed form in a file. */
export interface LayerBlob extends Descriptor {
  file: string;
}

/** Who reads a repository, by its full name; undefined where nobody may be asked now. */
export type Readers = (repository: string) => RepositoryClient | undefined;

const gzipLayer = "application/vnd.oci.image.layer.v1.tar+gzip";
export const plainLayer = "application/vnd.oci.image.layer.v1.tar";

/**
 * Layers as they leave the store: the very bytes that came, where they are kept or can be had again, so that an image keeps its
 * digest. What came as a plain archive is compressed once, and kept that way: it has the same digest from then on. Who calls has
 * claimed the layers (claims.ts).
 */
export class LayerBlobs {
  readonly #directory: StoreDirectory;
  readonly #catalog: Catalog;
  readonly #working = new Map<Digest, Promise<LayerBlob>>();

  constructor(directory: StoreDirectory, catalog: Catalog) {
    this.#directory = directory;
    this.#catalog = catalog;
  }

  /** Whether a layer can be had in the form of this digest. */
  offers(diffId: Digest, digest: Digest): boolean {
    if (this.#catalog.layer(diffId)?.blob?.digest === digest) return true;
    return this.#catalog.origins(diffId).some(({ blob }) => blob.digest === digest);
  }

  /**
   * A layer's compressed form.
   *
   * @param wanted the digest it must have; undefined: any.
   * @throws HubError `unavailable` when it is not kept and cannot be had again.
   */
  async get(
    diffId: Digest,
    wanted: Digest | undefined,
    readers: Readers,
    signal: AbortSignal,
  ): Promise<LayerBlob> {
    const row = this.#require(diffId);
    if (row.blob !== undefined && (wanted === undefined || wanted === row.blob.digest)) {
      if (wanted !== undefined || !isPlain(row.blob.mediaType))
        return { ...row.blob, file: this.#directory.blob(row.blob.digest) };
      return this.#once(diffId, () => this.#compress(row, signal));
    }
    return this.#once(wanted ?? diffId, () => this.#fetch(row, wanted, readers, signal));
  }

  #require(diffId: Digest): LayerRow {
    const row = this.#catalog.layer(diffId);
    if (row === undefined)
      throw new HubError("not-found", `the layer ${diffId} is not in the store any more`);
    return row;
  }

  #once(key: Digest, work: () => Promise<LayerBlob>): Promise<LayerBlob> {
    const working = this.#working.get(key) ?? work().finally(() => this.#working.delete(key));
    this.#working.set(key, working);
    return working;
  }

  async #compress({ diffId, blob }: LayerRow, signal: AbortSignal): Promise<LayerBlob> {
    if (blob === undefined) throw new HubError("unavailable", `the archive of the layer ${diffId} is gone`);
    const [plain, draft] = [this.#directory.blob(blob.digest), this.#directory.draft()];
    const hash = createHash("sha256");
    try {
      // The level is a part of the digest: never another.
      const gzip = createGzip({ level: 6, chunkSize: 256 * 1024 });
      gzip.on("data", (bytes: Buffer) => hash.update(bytes));
      await pipeline(
        createReadStream(plain, { highWaterMark: 256 * 1024 }),
        gzip,
        createWriteStream(draft, { mode: 0o600 }),
        { signal },
      );
      const digest: Digest = `sha256:${hash.digest("hex")}`;
      const kept = { digest, size: (await stat(draft)).size, mediaType: gzipLayer };
      const file = this.#directory.blob(digest);
      await rename(draft, file);
      this.#catalog.setBlob(diffId, kept);
      await this.#directory.discard(plain);
      return { ...kept, file };
    } finally {
      await rm(draft, { force: true });
    }
  }

  async #fetch(
    row: LayerRow,
    wanted: Digest | undefined,
    readers: Readers,
    signal: AbortSignal,
  ): Promise<LayerBlob> {
    const { diffId } = row;
    const origins = this.#catalog
      .origins(diffId)
      .filter(({ blob }) => wanted === undefined || blob.digest === wanted);
    let last: unknown;
    for (const { repository, blob } of origins) {
      const reader = readers(repository);
      if (reader === undefined) continue;
      const file = this.#directory.partial(blob.digest);
      const download = new Download(reader, blob, file, new Slots(4));
      try {
        await download.prepare();
        await download.run(signal);
        await verify(file, blob.digest, diffId);
        await download.forgetNotes();
        // A second form of the same layer is only lent: it goes with the next start, or serves the next push.
        if (row.blob !== undefined) return { ...blob, file };
        await rename(file, this.#directory.blob(blob.digest));
        this.#catalog.setBlob(diffId, blob);
        return { ...blob, file: this.#directory.blob(blob.digest) };
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof HubError && error.kind === "invalid") await download.discard();
        last = error;
      }
    }
    const places = [...new Set(origins.map(({ repository }) => repository))].join(", ") || "nowhere";
    throw new HubError(
      "unavailable",
      `the compressed form of the layer ${diffId} is not kept here and cannot be had from where it came (${places})${last instanceof Error ? `: ${last.message}` : ""}; pull the image again`,
      { cause: last },
    );
  }
}

function isPlain(mediaType: string): boolean {
  return !/[.+](gzip|zstd)$/.test(mediaType);
}

/** Checks both digests of a layer, without writing its files. */
async function verify(file: string, digest: Digest, diffId: Digest): Promise<void> {
  const [outer, inner] = [createHash(algorithmOf(digest)), createHash(algorithmOf(diffId))];
  const decompression = new Decompression((bytes) => inner.update(bytes));
  try {
    for await (const bytes of createReadStream(file, {
      highWaterMark: 256 * 1024,
    }) as AsyncIterable<Buffer>) {
      outer.update(bytes);
      await decompression.write(bytes);
    }
    await decompression.end();
  } finally {
    decompression.close();
  }
  for (const [wanted, found] of [
    [digest, outer],
    [diffId, inner],
  ] as const)
    if (`${algorithmOf(wanted)}:${found.digest("hex")}` !== wanted)
      throw new HubError("invalid", `the layer ${digest} has another content than it had before`);
}
