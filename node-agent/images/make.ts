import { createHash } from "node:crypto";
import { open, rm } from "node:fs/promises";
import type { Digest } from "#shared/digest";
import { HubError } from "#shared/errors";
import { checkFree, pieces } from "./archive-files.ts";
import type { ImageRow } from "./catalog.ts";
import { plainLayer } from "./layer-blobs.ts";
import type { LoadTarget } from "./load.ts";
import { fullRepository, parseImageName } from "./image-name.ts";
import { readConfig } from "./image-manifest.ts";
import type { StoreDirectory } from "./store-directory.ts";
import { Decompression } from "./unpack/decompress.ts";
import type { UnpackLimits } from "./unpack/limits.ts";

/** A step in an image's history, as its configuration words it. */
interface MadeStep {
  /** RFC 3339. */
  created: string;
  created_by: string;
  comment?: string;
  author?: string;
}

export interface NewImage {
  /** The image that it goes on from, by any reference; without, from nothing. */
  base?: string;
  /** A tar archive of what the new layer has, plain or compressed, with whiteouts as OCI has them; without, no layer is added. */
  layer?: AsyncIterable<Uint8Array>;
  /** Fields of the configuration that stand in place of the base's; `rootfs` and `history` are made here. */
  config: Readonly<Record<string, unknown>>;
  step: MadeStep;
  /** With a tag. Another image that has it loses it. */
  name?: string;
  signal?: AbortSignal;
}

/** Makes an image of another one and a layer: what `commit` and `import` do. @returns its id. */
export async function make(
  target: LoadTarget,
  base: ImageRow | undefined,
  { layer, config, step, name, signal = new AbortController().signal }: NewImage,
): Promise<Digest> {
  const named = name === undefined ? undefined : parseImageName(name);
  const draft = target.directory.draft();
  try {
    const added =
      layer === undefined ? undefined : await spool(target.directory, draft, layer, target.limits);
    const below = base?.diffIds ?? [];
    const diffIds = added === undefined ? below : [...below, added.digest];
    using _claim = target.claims.claim(diffIds);
    if (added !== undefined) {
      const blob = { ...added, mediaType: plainLayer };
      await target.layers.add(blob, added.digest, { file: draft }, signal, () => {});
    }
    const bytes = Buffer.from(
      JSON.stringify(configurationOf(base, config, step, diffIds, added !== undefined)),
    );
    readConfig(bytes);
    const id: Digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
    const now = Date.now();
    target.catalog.atomically(() => {
      target.catalog.putImage(id, bytes, diffIds, now);
      if (named === undefined) return;
      const repository = fullRepository(named);
      target.catalog.putName({ repository, reference: named.tag ?? "latest", image: id, at: now });
    });
    return id;
  } finally {
    await rm(draft, { force: true });
  }
}

interface History {
  history?: unknown[] | null;
}

function configurationOf(
  base: ImageRow | undefined,
  config: Readonly<Record<string, unknown>>,
  step: MadeStep,
  diffIds: readonly Digest[],
  layered: boolean,
) {
  const before = base === undefined ? {} : (JSON.parse(Buffer.from(base.config).toString()) as History);
  return {
    ...before,
    ...config,
    history: [...(before.history ?? []), { ...step, ...(layered ? {} : { empty_layer: true }) }],
    rootfs: { type: "layers", diff_ids: diffIds },
  };
}

/** Writes an archive to a file, without its compression. @returns its digest then. */
async function spool(
  directory: StoreDirectory,
  file: string,
  input: AsyncIterable<Uint8Array>,
  limits: UnpackLimits,
): Promise<{ digest: Digest; size: number }> {
  const hash = createHash("sha256");
  const handle = await open(file, "wx", 0o600);
  let [size, unchecked] = [0, 0];
  let gathered: Buffer[] = [];
  const decompression = new Decompression((bytes) => {
    hash.update(bytes);
    size += bytes.length;
    if (size > limits.bytes)
      throw new HubError("too-large", `the archive holds more than ${limits.bytes} bytes`);
    gathered.push(Buffer.from(bytes));
  });
  const flush = async () => {
    const bytes = Buffer.concat(gathered);
    gathered = [];
    unchecked -= bytes.length;
    if (unchecked <= 0) {
      unchecked = 64 * 1024 * 1024;
      checkFree(directory.path, limits);
    }
    await handle.writeFile(bytes);
  };
  try {
    for await (const bytes of pieces(input)) {
      await decompression.write(bytes);
      await flush();
    }
    await decompression.end();
    await flush();
  } finally {
    decompression.close();
    await handle.close();
  }
  return { digest: `sha256:${hash.digest("hex")}`, size };
}
