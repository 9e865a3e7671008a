import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import type { Digest } from "#shared/digest";
import { HubError } from "#shared/errors";
import type { Catalog, ImageRow } from "./catalog.ts";
import type { Claims } from "./claims.ts";
import { fullRepository, type ImageName } from "./image-name.ts";
import type { LayerBlobs, Readers } from "./layer-blobs.ts";
import { type Outgoing, outgoing } from "./outgoing.ts";
import { upload, type Uploaded } from "./registry/upload.ts";
import type { RepositoryWriter } from "./registry/writer.ts";
import { Slots } from "./slots.ts";

/** What of a layer has been done, in compressed bytes. */
export type PushProgress =
  | { step: "preparing" | "waiting" | "exists" | "pushed" }
  | { step: "mounted"; from: string }
  | { step: "pushing"; current: number; total: number };

export interface PushOptions {
  signal?: AbortSignal;
  /** Told of each step of each layer, by its diffID. */
  onProgress?: (layer: Digest, progress: PushProgress) => void;
}

export interface Pushed {
  tag: string;
  /** Of the manifest, and its length. */
  digest: Digest;
  size: number;
}

/** Layers at once, as Docker has it. */
const atOnce = 5;

/** How many repositories are asked to give a layer before it is sent. */
const mountTries = 3;

export interface PushSource {
  catalog: Catalog;
  blobs: LayerBlobs;
  claims: Claims;
}

/**
 * Pushes an image to where its name says: layers first, each only if it is not there, then configuration and manifest. An image that was pulled is pushed with
 * the manifest that it came with, and so keeps its digest.
 *
 * @throws HubError `not-found` when there is no such image here, `denied`, `unauthenticated`, `unavailable`; the signal's reason.
 */
export async function push(
  { catalog, blobs, claims }: PushSource,
  writer: RepositoryWriter,
  readers: Readers,
  name: ImageName,
  { signal = new AbortController().signal, onProgress = () => {} }: PushOptions,
): Promise<Pushed> {
  const repository = fullRepository(name);
  const tag = name.tag ?? "latest";
  const id = catalog.named(repository, tag);
  const image = id === undefined ? undefined : catalog.image(id);
  if (image === undefined)
    throw new HubError("not-found", `tag does not exist: ${name.host}/${name.repository}:${tag}`);
  using _claim = claims.claim(image.diffIds);
  for (const diffId of image.diffIds) onProgress(diffId, { step: "preparing" });
  const whole = await outgoing(catalog, blobs, image, readers, signal);
  const send = layerSender({ catalog, blobs, writer, readers, name, signal });
  await sendLayers(whole, send, signal, onProgress);
  await sendConfig(writer, whole, image, signal);
  const { digest, mediaType, bytes } = whole.manifest;
  await writer.putManifest(tag, bytes, mediaType, signal);
  catalog.atomically(() => {
    // It may have been removed meanwhile.
    if (catalog.image(image.id) === undefined) return;
    catalog.putManifest(whole.manifest, image.id);
    catalog.putName({ repository, reference: digest, image: image.id, at: Date.now() });
    for (const { diffId, blob } of whole.layers) catalog.addOrigin(diffId, { repository, blob });
  });
  return { tag, digest, size: bytes.length };
}

type Layer = Outgoing["layers"][number];
type SendLayer = (
  layer: Layer,
  signal: AbortSignal,
  onProgress: (bytes: number) => void,
) => Promise<Uploaded>;

function layerSender(world: {
  catalog: Catalog;
  blobs: LayerBlobs;
  writer: RepositoryWriter;
  readers: Readers;
  name: ImageName;
  signal: AbortSignal;
}): SendLayer {
  const { catalog, blobs, writer, readers, name } = world;
  return async ({ diffId, blob }, signal, onProgress) => {
    const { digest, size } = blob;
    const from = catalog
      .origins(diffId)
      .filter((origin) => origin.blob.digest === digest && origin.repository.startsWith(`${name.host}/`))
      .map((origin) => origin.repository.slice(name.host.length + 1))
      .filter((repository) => repository !== name.repository)
      .slice(0, mountTries);
    const open = async () => {
      const { file } = await blobs.get(diffId, digest, readers, signal);
      return (start: number, end: number) =>
        createReadStream(file, { start, end: end - 1, highWaterMark: 256 * 1024 });
    };
    return upload(writer, { digest, size, open, from }, signal, onProgress);
  };
}

/** All layers, or none: when one fails, the others stop. */
async function sendLayers(
  { layers }: Outgoing,
  send: SendLayer,
  signal: AbortSignal,
  onProgress: (layer: Digest, progress: PushProgress) => void,
): Promise<void> {
  const slots = new Slots(atOnce);
  const failed = new AbortController();
  const both = AbortSignal.any([signal, failed.signal]);
  // The same layer may be in an image twice.
  const unique = [...new Map(layers.map((layer) => [layer.blob.digest, layer])).values()];
  const sending = unique.map(async (layer) => {
    const tell = (progress: PushProgress) => onProgress(layer.diffId, progress);
    const total = layer.blob.size;
    try {
      tell({ step: "waiting" });
      const done = await slots.use(both, () =>
        send(layer, both, (current) => tell({ step: "pushing", current, total })),
      );
      if (done.how === "mounted") tell({ step: "mounted", from: done.from });
      else tell({ step: done.how === "exists" ? "exists" : "pushed" });
    } catch (error) {
      failed.abort(error);
      throw error;
    }
  });
  try {
    await Promise.all(sending);
  } finally {
    await Promise.allSettled(sending);
  }
}

async function sendConfig(
  writer: RepositoryWriter,
  { config }: Outgoing,
  image: ImageRow,
  signal: AbortSignal,
): Promise<void> {
  const read = (start: number, end: number) =>
    Readable.from([Buffer.from(image.config).subarray(start, end)]);
  const blob = { digest: config.digest, size: config.size, open: async () => read, from: [] };
  await upload(writer, blob, signal, () => {});
}
