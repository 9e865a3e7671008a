import { rename, rm } from "node:fs/promises";
import type { Digest } from "#shared/digest";
import { HubError } from "#shared/errors";
import { bootId } from "../host/boot.ts";
import type { Catalog, LayerRow } from "./catalog.ts";
import type { Descriptor } from "./image-manifest.ts";
import type { Download } from "./registry/download.ts";
import type { StoreDirectory } from "./store-directory.ts";
import type { UnpackLimits } from "./unpack/limits.ts";
import { type Front, type Unpacker, whole } from "./unpack/unpacker.ts";

/** What of a layer is on its way, in compressed bytes. */
export type LayerProgress =
  | { step: "exists" }
  | { step: "waiting" }
  | { step: "downloading" | "extracting"; current: number; total: number }
  | { step: "complete" };

/** Where the compressed bytes of a layer come from: a download into the file given, or a file that is there. */
export type LayerSource =
  | { download: (file: string) => Download }
  /** It becomes the store's. */
  | { file: string };

interface Work {
  result: Promise<LayerRow>;
  listeners: Set<(progress: LayerProgress) => void>;
  waiters: number;
  stop: AbortController;
}

/** Gets layers into the store, each once, however many ask for it at the same time. */
export class LayerStore {
  readonly #directory: StoreDirectory;
  readonly #catalog: Catalog;
  readonly #unpacker: Unpacker;
  readonly #limits: UnpackLimits;
  readonly #keepBlobs: boolean;
  readonly #boot = bootId();
  readonly #working = new Map<Digest, Work>();

  constructor(
    directory: StoreDirectory,
    catalog: Catalog,
    unpacker: Unpacker,
    limits: UnpackLimits,
    keepBlobs: boolean,
  ) {
    this.#directory = directory;
    this.#catalog = catalog;
    this.#unpacker = unpacker;
    this.#limits = limits;
    this.#keepBlobs = keepBlobs;
  }

  /**
   * Makes sure that a layer is in the store. It stays there until the caller lets go of its claim on it (claims.ts), and then as long as an
   * image has it.
   *
   * @throws HubError for a layer that is not what it should be; the signal's reason. The work goes on while others wait for it.
   */
  async add(
    blob: Descriptor,
    diffId: Digest,
    source: LayerSource,
    signal: AbortSignal,
    onProgress: (progress: LayerProgress) => void,
  ): Promise<LayerRow> {
    for (;;) {
      signal.throwIfAborted();
      const there = this.#catalog.layer(diffId);
      if (there !== undefined) {
        onProgress({ step: "exists" });
        return there;
      }
      const known = this.#working.get(diffId);
      // One that has been told to stop may not have ended yet.
      if (known !== undefined && known.stop.signal.aborted) {
        await known.result.catch(() => {});
        continue;
      }
      return this.#join(known ?? this.#begin(blob, diffId, source), signal, onProgress);
    }
  }

  #begin(blob: Descriptor, diffId: Digest, source: LayerSource): Work {
    const stop = new AbortController();
    const listeners = new Set<(progress: LayerProgress) => void>();
    const tell = (progress: LayerProgress) => {
      for (const listener of listeners) listener(progress);
    };
    const result = this.#make(blob, diffId, source, stop.signal, tell).finally(() =>
      this.#working.delete(diffId),
    );
    // Whoever waits is told; when all have left, nobody is.
    result.catch(() => {});
    const work = { result, listeners, waiters: 0, stop };
    this.#working.set(diffId, work);
    return work;
  }

  async #join(
    work: Work,
    signal: AbortSignal,
    onProgress: (progress: LayerProgress) => void,
  ): Promise<LayerRow> {
    work.waiters += 1;
    work.listeners.add(onProgress);
    const { promise: aborted, reject } = Promise.withResolvers<never>();
    const abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort);
    try {
      return await Promise.race([work.result, aborted]);
    } finally {
      signal.removeEventListener("abort", abort);
      work.listeners.delete(onProgress);
      work.waiters -= 1;
      if (work.waiters === 0) {
        work.stop.abort(signal.reason ?? new HubError("unavailable", "nobody waits for the layer any more"));
        // Nothing of it goes on when the caller does.
        if (signal.aborted) await work.result.catch(() => {});
      }
    }
  }

  async #make(
    blob: Descriptor,
    diffId: Digest,
    source: LayerSource,
    signal: AbortSignal,
    tell: (progress: LayerProgress) => void,
  ): Promise<LayerRow> {
    if ("file" in source) {
      const row = await this.#unpack(blob, diffId, source.file, whole(blob.size), signal, tell);
      // No registry has it: without, the image could not be pushed or saved.
      return this.#enter(row, blob, source.file, true);
    }
    const file = this.#directory.partial(blob.digest);
    for (;;) {
      const download = source.download(file);
      await download.prepare();
      tell({ step: "downloading", current: download.available, total: blob.size });
      try {
        const row = await this.#fetch(blob, diffId, file, download, signal, tell);
        return await this.#enter(row, blob, file, this.#keepBlobs, () => download.forgetNotes());
      } catch (error) {
        const wrong = error instanceof HubError && (error.kind === "invalid" || error.kind === "too-large");
        if (!wrong) throw error;
        await download.discard();
        // What an earlier run has left may have been bad; what comes now is not.
        if (!download.resumed) throw error;
      }
    }
  }

  /** Downloads and unpacks at the same time: one of them failing ends the other. */
  async #fetch(
    blob: Descriptor,
    diffId: Digest,
    file: string,
    download: Download,
    signal: AbortSignal,
    tell: (progress: LayerProgress) => void,
  ): Promise<Unplaced> {
    const failed = new AbortController();
    const both = AbortSignal.any([signal, failed.signal]);
    const fail = (error: unknown) => {
      failed.abort(error);
      throw error;
    };
    let arrived = false;
    const unfollow = download.follow((current) => tell({ step: "downloading", current, total: blob.size }));
    const downloading = download.run(both).then(() => (arrived = true), fail);
    const unpacking = this.#unpack(
      blob,
      diffId,
      file,
      download,
      both,
      (progress) => arrived && tell(progress),
    ).catch(fail);
    try {
      const [, row] = await Promise.all([downloading, unpacking]);
      return row;
    } finally {
      unfollow();
      await Promise.allSettled([downloading, unpacking]);
    }
  }

  async #unpack(
    blob: Descriptor,
    diffId: Digest,
    file: string,
    front: Front,
    signal: AbortSignal,
    tell: (progress: LayerProgress) => void,
  ): Promise<Unplaced> {
    const root = await this.#directory.stage();
    try {
      const job = {
        file,
        size: blob.size,
        digest: blob.digest,
        diffId,
        root,
        aside: `${root}.aside`,
        limits: this.#limits,
      };
      const layer = await this.#unpacker.unpack(job, front, signal, (current) =>
        tell({ step: "extracting", current, total: blob.size }),
      );
      tell({ step: "complete" });
      const { size, archiveSize, opaque } = layer;
      return { root, row: { diffId, size, archiveSize, opaque } };
    } catch (error) {
      for (const item of [root, `${root}.aside`, `${root}.aside.whiteout`])
        await this.#directory.discard(item);
      throw error;
    }
  }

  /** The layer counts from the moment on in which the catalog has it: everything else is in place by then. */
  async #enter(
    { root, row }: Unplaced,
    blob: Descriptor,
    file: string,
    keep: boolean,
    onPlaced = async () => {},
  ): Promise<LayerRow> {
    const folder = await this.#directory.place(root);
    const kept = keep && this.#catalog.layerOfBlob(blob.digest) === undefined;
    if (kept) await rename(file, this.#directory.blob(blob.digest));
    else await rm(file, { force: true });
    await onPlaced();
    const layer: LayerRow = { ...row, folder, blob: kept ? blob : undefined };
    this.#catalog.addLayer(layer, this.#boot);
    return layer;
  }
}

/** A layer that is unpacked and verified, and not in its place yet. */
interface Unplaced {
  root: string;
  row: Omit<LayerRow, "folder" | "blob">;
}
