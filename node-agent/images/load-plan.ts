import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { z } from "zod";
import { algorithmOf, type Digest, parseDigest } from "#shared/digest";
import { HubError } from "#shared/errors";
import { maximumManifestSize, parseManifest } from "#shared/manifest";
import type { ArchiveFiles, GatheredFile } from "./archive-files.ts";
import type { ManifestRow } from "./catalog.ts";
import { type Descriptor, readConfig, readManifest } from "./image-manifest.ts";
import { plainLayer } from "./layer-blobs.ts";
import { familiarRepository, parseImageName } from "./image-name.ts";
import { hostPlatform } from "./platform.ts";

/** One image of an archive, with all that is needed to enter it. */
export interface PlannedImage {
  id: Digest;
  config: Buffer;
  layers: { diffId: Digest; blob: Descriptor; file: string }[];
  /** Undefined for what only Docker's own form has. */
  manifest: ManifestRow | undefined;
  names: string[];
}

const maximumConfigSize = 8 * 1024 * 1024;
const maximumImages = 1000;

/** An index that names an index is rare; a circle ends here. */
const maximumNesting = 3;

const dockerManifest = z
  .array(
    z.looseObject({
      Config: z.string(),
      RepoTags: z.array(z.string()).nullish(),
      Layers: z.array(z.string()).nullish(),
    }),
  )
  .max(maximumImages);

const layoutIndex = z.looseObject({
  manifests: z
    .array(
      z.looseObject({
        mediaType: z.string(),
        digest: z.string(),
        annotations: z.record(z.string(), z.string()).nullish(),
      }),
    )
    .max(maximumImages),
});

/**
 * What images an archive has: by `index.json` of an OCI image layout, and by `manifest.json` as Docker has always written it. An image that stands in both
 * is one.
 *
 * @throws HubError `invalid` when it has neither, or what they name is not there or not what they say.
 */
export async function planLoad(files: ArchiveFiles): Promise<PlannedImage[]> {
  const found = new Map<Digest, PlannedImage>();
  const add = (image: PlannedImage) => {
    const known = found.get(image.id);
    if (known === undefined) found.set(image.id, image);
    else known.names = [...new Set([...known.names, ...image.names])];
  };
  const index = await files.read("index.json", maximumManifestSize);
  if (index !== undefined)
    for (const { mediaType, digest, annotations } of parsed(layoutIndex, index, "index.json").manifests)
      add(await layoutImage(files, { mediaType, digest }, nameIn(annotations ?? {})));
  const docker = await files.read("manifest.json", maximumManifestSize);
  if (docker !== undefined)
    for (const entry of parsed(dockerManifest, docker, "manifest.json"))
      add(await dockerImage(files, entry.Config, entry.Layers ?? [], entry.RepoTags ?? []));
  if (index === undefined && docker === undefined)
    throw new HubError(
      "invalid",
      "the archive has neither manifest.json nor index.json, so it is no saved image; a file system is imported with `docker import`",
    );
  return [...found.values()];
}

/** containerd's annotation has the full name; the one of OCI may, or has the tag alone, which names nothing without a repository. */
function nameIn(annotations: Readonly<Record<string, string>>): string[] {
  const full = annotations["io.containerd.image.name"];
  const own = annotations["org.opencontainers.image.ref.name"];
  const text = full ?? (own !== undefined && /[/:]/.test(own) ? own : undefined);
  return text === undefined ? [] : tagged(text);
}

/** As Docker writes it; nothing for a digest. @throws HubError `invalid`. */
function tagged(text: string): string[] {
  const name = parseImageName(text);
  return name.tag === undefined ? [] : [`${familiarRepository(name)}:${name.tag}`];
}

async function layoutImage(
  files: ArchiveFiles,
  top: { mediaType: string; digest: string },
  names: string[],
): Promise<PlannedImage> {
  let { mediaType, digest: text } = top;
  for (let depth = 0; depth <= maximumNesting; depth++) {
    const { bytes, digest } = await readBlob(files, text, maximumManifestSize);
    // Its own word counts where the descriptor's is that of something else.
    const kind = parseManifest(bytes, mediaType).mediaType;
    const read = readManifest(bytes, kind, hostPlatform());
    if ("child" in read) {
      ({ mediaType, digest: text } = read.child);
      continue;
    }
    const { config, layers } = read.manifest;
    const { bytes: configuration } = await readBlob(files, config.digest, maximumConfigSize);
    const located = layers.map((blob) => ({ blob, found: require(files, blobPath(blob.digest)) }));
    for (const { blob, found } of located)
      if (found.size !== blob.size)
        throw new HubError(
          "invalid",
          `the layer ${blob.digest} has ${found.size} bytes in the archive, and ${blob.size} by its manifest`,
        );
    return {
      id: config.digest,
      config: configuration,
      layers: paired(configuration, located),
      manifest: { digest, mediaType: kind, bytes },
      names,
    };
  }
  throw new HubError(
    "invalid",
    `the index ${top.digest} leads through more than ${maximumNesting} others to no image`,
  );
}

async function dockerImage(
  files: ArchiveFiles,
  configPath: string,
  layerPaths: readonly string[],
  tags: readonly string[],
): Promise<PlannedImage> {
  const config = await files.read(configPath, maximumConfigSize);
  if (config === undefined) throw missing(configPath);
  const { diffIds } = readConfig(config);
  if (diffIds.length !== layerPaths.length)
    throw new HubError(
      "invalid",
      `invalid manifest, layers length mismatch: expected ${diffIds.length}, got ${layerPaths.length}`,
    );
  const located = [];
  for (const [position, each] of layerPaths.entries()) {
    const found = require(files, each);
    located.push({ found, blob: await describe(found, diffIds[position] as Digest) });
  }
  return {
    id: sha256(config),
    config,
    layers: paired(config, located),
    manifest: undefined,
    names: tags.flatMap(tagged),
  };
}

/** A plain archive has the digest that the configuration says, or is refused when it is unpacked; a compressed one has to be read for its digest. */
async function describe({ file, size }: GatheredFile, diffId: Digest): Promise<Descriptor> {
  const start = Buffer.alloc(4);
  const handle = await open(file);
  try {
    await handle.read(start, 0, 4, 0);
  } finally {
    await handle.close();
  }
  const gzip = start[0] === 0x1f && start[1] === 0x8b;
  const zstd = start.readUInt32LE(0) === 0xfd2fb528;
  if (!gzip && !zstd) return { digest: diffId, size, mediaType: plainLayer };
  const hash = createHash("sha256");
  for await (const bytes of createReadStream(file, { highWaterMark: 256 * 1024 }) as AsyncIterable<Buffer>)
    hash.update(bytes);
  return {
    digest: `sha256:${hash.digest("hex")}`,
    size,
    mediaType: `${plainLayer}+${gzip ? "gzip" : "zstd"}`,
  };
}

function paired(
  config: Buffer,
  located: readonly { blob: Descriptor; found: GatheredFile }[],
): PlannedImage["layers"] {
  const { diffIds, os } = readConfig(config);
  if (diffIds.length !== located.length)
    throw new HubError(
      "invalid",
      `${located.length} layers and ${diffIds.length} diff_ids do not make an image; is it one, and no other artifact?`,
    );
  if (os !== "" && os !== "linux")
    throw new HubError("unsupported", `the image is for ${os}; this host runs linux`);
  return located.map(({ blob, found: { file } }, position) => ({
    diffId: diffIds[position] as Digest,
    blob,
    file,
  }));
}

async function readBlob(
  files: ArchiveFiles,
  text: string,
  limit: number,
): Promise<{ bytes: Buffer; digest: Digest }> {
  const digest = parseDigest(text);
  if (digest === undefined)
    throw new HubError("invalid", `"${text.slice(0, 100)}" in the archive is no digest`);
  const bytes = await files.read(blobPath(digest), limit);
  if (bytes === undefined) throw missing(blobPath(digest));
  const found = `${algorithmOf(digest)}:${createHash(algorithmOf(digest)).update(bytes).digest("hex")}`;
  if (found !== digest)
    throw new HubError("invalid", `${blobPath(digest)} in the archive has the content of ${found}`);
  return { bytes, digest };
}

function require(files: ArchiveFiles, name: string): GatheredFile {
  const found = files.find(name);
  if (found === undefined) throw missing(name);
  return found;
}

function missing(name: string): HubError {
  return new HubError("invalid", `the archive names ${name.slice(0, 300)}, which is not in it`);
}

const blobPath = (digest: Digest) => `blobs/${digest.replace(":", "/")}`;

const sha256 = (bytes: Buffer): Digest => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

function parsed<T extends z.ZodType>(shape: T, bytes: Buffer, name: string): z.output<T> {
  let document: unknown;
  try {
    document = JSON.parse(bytes.toString());
  } catch (cause) {
    throw new HubError("invalid", `${name} in the archive is no JSON`, { cause });
  }
  const result = shape.safeParse(document);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new HubError(
    "invalid",
    `${name} in the archive is not valid: ${issue?.path.join(".")} ${issue?.message}`,
  );
}
