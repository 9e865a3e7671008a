import { createHash } from "node:crypto";
import type { Digest } from "#shared/digest";
import { mediaTypes } from "#shared/media-types";
import type { Catalog, ImageRow, ManifestRow } from "./catalog.ts";
import { type Descriptor, readManifest } from "./image-manifest.ts";
import type { LayerBlob, LayerBlobs, Readers } from "./layer-blobs.ts";
import { hostPlatform } from "./platform.ts";

/** An image as it leaves the store. */
export interface Outgoing {
  manifest: ManifestRow;
  config: Descriptor;
  /** In the order of the manifest, the lowest first. */
  layers: { diffId: Digest; blob: Descriptor }[];
}

/**
 * The manifest of an image and what it names: the one that it came with, as long as all its layers can be had in that form; else one of
 * our own, which is the same for the same layers.
 *
 * @throws HubError `unavailable` when a layer's compressed form cannot be had.
 */
export async function outgoing(
  catalog: Catalog,
  blobs: LayerBlobs,
  image: ImageRow,
  readers: Readers,
  signal: AbortSignal,
): Promise<Outgoing> {
  const { diffIds } = image;
  const known = catalog
    .manifests(image.id)
    .flatMap((row) => outgoingOf(row, diffIds) ?? [])
    .filter(({ layers }) => layers.every(({ diffId, blob }) => blobs.offers(diffId, blob.digest)));
  // What is here needs no network.
  const [best] = known.toSorted((one, other) => absent(catalog, one) - absent(catalog, other));
  if (best !== undefined) return best;
  const made: LayerBlob[] = [];
  for (const diffId of diffIds) made.push(await blobs.get(diffId, undefined, readers, signal));
  const config = {
    mediaType: "application/vnd.oci.image.config.v1+json",
    digest: image.id,
    size: image.config.length,
  };
  const layers = made.map(({ digest, size, mediaType }) => ({
    mediaType: ociLayerType(mediaType),
    digest,
    size,
  }));
  const bytes = Buffer.from(
    JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers }),
  );
  const digest: Digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
  const manifest = { digest, mediaType: mediaTypes.ociManifest, bytes };
  return {
    manifest,
    config,
    layers: layers.map((blob, position) => ({ diffId: diffIds[position] as Digest, blob })),
  };
}

function outgoingOf(manifest: ManifestRow, diffIds: readonly Digest[]): Outgoing | undefined {
  const read = readManifest(manifest.bytes, manifest.mediaType, hostPlatform());
  if (!("manifest" in read) || read.manifest.layers.length !== diffIds.length) return undefined;
  const { config, layers } = read.manifest;
  return {
    manifest,
    config,
    layers: layers.map((blob, position) => ({ blob, diffId: diffIds[position] as Digest })),
  };
}

function absent(catalog: Catalog, { layers }: Outgoing): number {
  return layers.filter(({ diffId, blob }) => catalog.layer(diffId)?.blob?.digest !== blob.digest).length;
}

function ociLayerType(mediaType: string): string {
  const compression = /[.+](gzip|zstd)$/.exec(mediaType)?.[1];
  return `application/vnd.oci.image.layer.v1.tar${compression === undefined ? "" : `+${compression}`}`;
}
