import type { Digest } from "#shared/digest";
import { HubError } from "#shared/errors";
import type { Catalog, ManifestRow } from "./catalog.ts";
import type { Claims } from "./claims.ts";
import { type Descriptor, type ImageManifest, readConfig, readManifest } from "./image-manifest.ts";
import { fullRepository, type ImageName } from "./image-name.ts";
import type { LayerProgress, LayerStore } from "./layer-store.ts";
import { hostPlatform, type Platform, platformText } from "./platform.ts";
import type { RepositoryClient } from "./registry/client.ts";
import { Download } from "./registry/download.ts";
import { Slots } from "./slots.ts";

export interface PullOptions {
  /** Default: of this host. */
  platform?: Platform;
  signal?: AbortSignal;
  /** Told of each step of each layer, by the digest of its compressed form. */
  onProgress?: (layer: Digest, progress: LayerProgress) => void;
}

export interface Pulled {
  /** Of the image: the digest of its configuration. */
  id: Digest;
  /** Of what the registry has under the name: a manifest or an index. */
  digest: Digest;
  /** Whether the name has pointed to this very image before. */
  upToDate: boolean;
}

/** An index that names an index is not in use; some depth is left for tools to come. A circle ends here. */
const maximumNesting = 3;

const maximumConfigSize = 8 * 1024 * 1024;

/** How many connections one pull has to its registry. */
const connections = 8;

/** Where a pull puts things. */
export interface PullTarget {
  catalog: Catalog;
  layers: LayerStore;
  claims: Claims;
}

/**
 * Pulls an image: manifest, configuration, then all layers at once, the largest first. Each is unpacked while it still comes. The image and its name appear
 * in one moment, when everything is there and verified.
 *
 * @throws HubError `not-found`, `denied`, `unauthenticated`, `invalid`, `too-large`, `unavailable`; the signal's reason.
 */
export async function pull(
  target: PullTarget,
  client: RepositoryClient,
  name: ImageName,
  { platform = hostPlatform(), signal = new AbortController().signal, onProgress = () => {} }: PullOptions,
): Promise<Pulled> {
  const { top, row, manifest } = await findManifest(client, name, platform, signal);
  const config = await fetchConfig(client, manifest.config, signal);
  const { diffIds, os, architecture, variant } = readConfig(config);
  if (diffIds.length !== manifest.layers.length)
    throw new HubError(
      "invalid",
      `${manifest.layers.length} layers and ${diffIds.length} diff_ids do not make an image; is it one, and no other artifact?`,
    );
  if (os !== "" && os !== "linux")
    throw new HubError(
      "unsupported",
      `the image is for ${platformText({ os, architecture, variant })}; this host runs linux`,
    );
  const parts = manifest.layers.map((blob, position) => ({ blob, diffId: diffIds[position] as Digest }));
  using _claim = target.claims.claim(diffIds);
  await addLayers(target.layers, client, parts, signal, onProgress);
  return enter(target.catalog, name, { top, row, config, id: manifest.config.digest, parts });
}

interface Part {
  blob: Descriptor;
  diffId: Digest;
}

/** All layers, or none: when one fails, the others stop. */
async function addLayers(
  layers: LayerStore,
  client: RepositoryClient,
  parts: readonly Part[],
  signal: AbortSignal,
  onProgress: (layer: Digest, progress: LayerProgress) => void,
): Promise<void> {
  const slots = new Slots(connections);
  const failed = new AbortController();
  const both = AbortSignal.any([signal, failed.signal]);
  for (const { blob } of parts) onProgress(blob.digest, { step: "waiting" });
  // The same layer may be in an image twice.
  const unique = [...new Map(parts.map((part) => [part.diffId, part])).values()];
  const adding = unique
    .toSorted((one, other) => other.blob.size - one.blob.size)
    .map(async ({ blob, diffId }) => {
      const source = { download: (file: string) => new Download(client, blob, file, slots) };
      try {
        await layers.add(blob, diffId, source, both, (progress) => onProgress(blob.digest, progress));
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
}

async function findManifest(
  client: RepositoryClient,
  name: ImageName,
  platform: Platform,
  signal: AbortSignal,
): Promise<{ top: Digest; row: ManifestRow; manifest: ImageManifest }> {
  let fetched = await client.manifest(
    name.digest === undefined ? { tag: name.tag ?? "latest" } : { digest: name.digest },
    signal,
  );
  const top = fetched.digest;
  for (let depth = 0; depth <= maximumNesting; depth++) {
    const read = readManifest(fetched.bytes, fetched.mediaType, platform);
    if ("manifest" in read) return { top, row: fetched, manifest: read.manifest };
    fetched = await client.manifest({ digest: read.child.digest }, signal);
  }
  throw new HubError(
    "invalid",
    `the index ${top} leads through more than ${maximumNesting} others to no image`,
  );
}

async function fetchConfig(client: RepositoryClient, blob: Descriptor, signal: AbortSignal): Promise<Buffer> {
  if (blob.size > maximumConfigSize)
    throw new HubError(
      "too-large",
      `the image's configuration has ${blob.size} bytes; ${maximumConfigSize} is the most`,
    );
  for (let tries = 1; ; tries++) {
    try {
      return await client.smallBlob(blob.digest, maximumConfigSize, signal);
    } catch (error) {
      if (tries === 3 || !(error instanceof HubError) || error.kind !== "unavailable") throw error;
    }
  }
}

function enter(
  catalog: Catalog,
  name: ImageName,
  found: { top: Digest; row: ManifestRow; config: Buffer; id: Digest; parts: readonly Part[] },
): Pulled {
  const { top, row, config, id, parts } = found;
  const diffIds = parts.map(({ diffId }) => diffId);
  const repository = fullRepository(name);
  const now = Date.now();
  return catalog.atomically(() => {
    // Docker's way: a digest beside a tag makes the tag mean nothing.
    const tag = name.digest === undefined ? name.tag : undefined;
    const reference = tag ?? top;
    const upToDate = catalog.named(repository, reference) === id;
    catalog.putImage(id, config, diffIds, now);
    catalog.touch(id, now);
    catalog.putManifest(row, id);
    for (const { diffId, blob } of parts) catalog.addOrigin(diffId, { repository, blob });
    // The manifest's digest is a name too, and stays when the tag moves on.
    catalog.putName({ repository, reference: top, image: id, at: now });
    if (tag !== undefined && !upToDate) catalog.putName({ repository, reference: tag, image: id, at: now });
    return { id, digest: top, upToDate };
  });
}
