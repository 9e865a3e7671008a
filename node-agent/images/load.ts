import type { Digest } from "#shared/digest";
import { rm } from "node:fs/promises";
import { ArchiveFiles } from "./archive-files.ts";
import type { Catalog } from "./catalog.ts";
import type { Claims } from "./claims.ts";
import { fullRepository, parseImageName } from "./image-name.ts";
import type { LayerProgress, LayerStore } from "./layer-store.ts";
import { planLoad, type PlannedImage } from "./load-plan.ts";
import type { StoreDirectory } from "./store-directory.ts";
import type { UnpackLimits } from "./unpack/limits.ts";

export interface LoadOptions {
  signal?: AbortSignal;
  /** Told of each step of each layer, by its diffID. */
  onProgress?: (layer: Digest, progress: LayerProgress) => void;
}

export interface Loaded {
  id: Digest;
  names: string[];
  /** Names that another image had until now. */
  taken: { name: string; from: Digest }[];
}

export interface LoadTarget {
  directory: StoreDirectory;
  catalog: Catalog;
  layers: LayerStore;
  claims: Claims;
  limits: UnpackLimits;
}

/**
 * Loads the images of an archive: Docker's own form or an OCI image layout, plain or compressed. Each image is there whole or not at all.
 *
 * @throws HubError `invalid` for what is no such archive or not what its digests say, `too-large`, `unavailable`; the signal's reason.
 */
export async function load(
  target: LoadTarget,
  input: AsyncIterable<Uint8Array>,
  { signal = new AbortController().signal, onProgress = () => {} }: LoadOptions,
): Promise<Loaded[]> {
  const folder = await target.directory.stage();
  try {
    const images = await planLoad(await ArchiveFiles.gather(folder, input, target.limits));
    const loaded: Loaded[] = [];
    for (const image of images) loaded.push(await loadOne(target, image, signal, onProgress));
    return loaded;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function loadOne(
  { catalog, layers, claims }: LoadTarget,
  image: PlannedImage,
  signal: AbortSignal,
  onProgress: (layer: Digest, progress: LayerProgress) => void,
): Promise<Loaded> {
  const diffIds = image.layers.map(({ diffId }) => diffId);
  using _claim = claims.claim(diffIds);
  const failed = new AbortController();
  const both = AbortSignal.any([signal, failed.signal]);
  // The same layer may be in an image twice.
  const unique = [...new Map(image.layers.map((layer) => [layer.diffId, layer])).values()];
  const adding = unique.map(async ({ blob, diffId, file }) => {
    try {
      await layers.add(blob, diffId, { file }, both, (progress) => onProgress(diffId, progress));
    } catch (error) {
      failed.abort(error);
      throw error;
    }
  });
  try {
    await Promise.all(adding);
  } finally {
    await Promise.allSettled(adding);
  }
  return enter(catalog, image, diffIds);
}

function enter(catalog: Catalog, image: PlannedImage, diffIds: readonly Digest[]): Loaded {
  const { id, config, manifest, names } = image;
  const now = Date.now();
  return catalog.atomically(() => {
    catalog.putImage(id, config, diffIds, now);
    if (manifest !== undefined) catalog.putManifest(manifest, id);
    const taken = names.flatMap((text) => {
      const name = parseImageName(text);
      const row = { repository: fullRepository(name), reference: name.tag ?? "latest" };
      const from = catalog.named(row.repository, row.reference);
      catalog.putName({ ...row, image: id, at: now });
      return from === undefined || from === id ? [] : [{ name: text, from }];
    });
    return { id, names, taken };
  });
}
