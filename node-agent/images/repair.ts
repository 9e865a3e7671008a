import { stat } from "node:fs/promises";
import type { Digest } from "#shared/digest";
import { bootId } from "../host/boot.ts";
import type { Catalog } from "./catalog.ts";
import type { StoreDirectory } from "./store-directory.ts";

/** Brings catalog and files to where they agree, and lets go of what a power cut may have damaged. */
export async function repair(
  directory: StoreDirectory,
  catalog: Catalog,
  tell: (sentence: string) => void,
): Promise<void> {
  const missing: Digest[] = [];
  for (const { diffId, folder } of catalog.layers())
    if (!(await stat(directory.layer(folder)).catch(() => undefined))) missing.push(diffId);
  const doubtful = catalog.doubtfulLayers(bootId());
  const bad = [...new Set([...missing, ...doubtful])];
  if (bad.length > 0) {
    const images = catalog.images().filter(({ diffIds }) => diffIds.some((diffId) => bad.includes(diffId)));
    catalog.atomically(() => catalog.dropLayers(bad));
    const reason = missing.length > 0 ? "are gone" : "were not on the disk when the machine stopped";
    tell(`${bad.length} layers ${reason}; ${images.length} images are removed and have to be pulled again.`);
  }
  const layers = catalog.layers();
  const blobs = new Set<Digest>();
  for (const { diffId, blob } of layers) {
    if (blob === undefined) continue;
    const found = await stat(directory.blob(blob.digest)).catch(() => undefined);
    if (found?.size === blob.size) blobs.add(blob.digest);
    else catalog.forgetBlob(diffId);
  }
  await directory.sweep(new Set(layers.map(({ folder }) => folder)), blobs);
}
