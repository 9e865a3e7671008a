import type { Digest } from "#shared/digest";
import type { Catalog } from "./catalog.ts";
import type { Claims } from "./claims.ts";
import { planGarbage, type WaterMarks } from "./garbage.ts";
import type { StoreDirectory } from "./store-directory.ts";

/** What has been taken out of the store. */
export interface Collected {
  images: Digest[];
  layers: Digest[];
  /** In bytes. */
  freed: number;
}

/**
 * Takes out of the catalog what nobody needs: layers without an image; with marks, also compressed layers and unused images. To be called in one
 * transaction.
 *
 * @returns also the files that are nobody's now.
 */
export function collect(
  directory: StoreDirectory,
  catalog: Catalog,
  claims: Claims,
  marks: WaterMarks | undefined,
  pinned: ReadonlySet<Digest>,
): Collected & { files: string[] } {
  const files: string[] = [];
  let freed = 0;
  const plan =
    marks === undefined ? { blobs: [], images: [] } : planGarbage(...stored(catalog, claims, pinned), marks);
  for (const id of plan.images) catalog.removeImage(id);
  const gone = catalog.unusedLayers().filter(({ diffId }) => !claims.has(diffId));
  const withoutBlob = plan.blobs.flatMap((diffId) => catalog.layer(diffId) ?? []);
  for (const layer of new Map([...withoutBlob, ...gone].map((each) => [each.diffId, each])).values()) {
    if (layer.blob === undefined) continue;
    files.push(directory.blob(layer.blob.digest));
    catalog.forgetBlob(layer.diffId);
    freed += layer.blob.size;
  }
  catalog.dropLayers(gone.map(({ diffId }) => diffId));
  for (const { folder, size } of gone) {
    files.push(directory.layer(folder));
    freed += size;
  }
  return { images: plan.images, layers: gone.map(({ diffId }) => diffId), freed, files };
}

function stored(catalog: Catalog, claims: Claims, pinned: ReadonlySet<Digest>) {
  const { recoverable, held } = catalog.layerNotes();
  const layers = catalog.layers().map(({ diffId, size, blob }) => ({
    diffId,
    size,
    // What cannot be had again stays, and what somebody reads right now.
    blob: recoverable.has(diffId) && !claims.has(diffId) ? (blob?.size ?? 0) : 0,
    fixed: recoverable.has(diffId) ? 0 : (blob?.size ?? 0),
    held: held.has(diffId) || claims.has(diffId),
  }));
  const images = catalog.images().map(({ id, usedAt, diffIds }) => ({
    id,
    usedAt,
    diffIds,
    kept:
      pinned.has(id) ||
      catalog.holders(id).length > 0 ||
      // Somebody's own work that no registry has: only who has named it may say that it goes.
      (catalog.names(id).length > 0 && !diffIds.every((diffId) => recoverable.has(diffId))),
  }));
  return [layers, images] as const;
}
