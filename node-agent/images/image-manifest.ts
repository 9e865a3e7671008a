import { z } from "zod";
import { parseDigest, type Digest } from "#shared/digest";
import { HubError } from "#shared/errors";
import { parseManifest } from "#shared/manifest";
import { choosePlatform, type Platform } from "./platform.ts";

/** A blob or manifest as another document names it (OCI image specification, "Content Descriptors"). */
export interface Descriptor {
  digest: Digest;
  size: number;
  mediaType: string;
}

export interface ImageManifest {
  config: Descriptor;
  layers: Descriptor[];
}

/** The configuration of an image, as far as the store reads it. Everything else in it is kept as it is. */
export interface ImageConfig {
  diffIds: Digest[];
  architecture: string;
  os: string;
  variant: string | undefined;
  /** RFC 3339; undefined when it does not say. */
  created: string | undefined;
  history: HistoryStep[];
}

export interface HistoryStep {
  created: string | undefined;
  createdBy: string;
  author: string;
  comment: string;
  /** Whether the step has made no layer. */
  empty: boolean;
}

const digest = z
  .string()
  .refine((text) => parseDigest(text) !== undefined, "is no sha256 or sha512 digest")
  .transform((text) => text as Digest);
const descriptor = z.looseObject({ mediaType: z.string(), digest, size: z.int().nonnegative() });
const image = z.looseObject({ config: descriptor, layers: z.array(descriptor).nullish() });
const platform = z.looseObject({
  architecture: z.string().default(""),
  os: z.string().default(""),
  variant: z.string().nullish(),
});
const index = z.looseObject({
  manifests: z.array(z.looseObject({ ...descriptor.shape, platform: platform.nullish() })).nullish(),
});
const configuration = z.looseObject({
  architecture: z.string().default(""),
  os: z.string().default(""),
  variant: z.string().nullish(),
  created: z.string().nullish(),
  rootfs: z.looseObject({ diff_ids: z.array(digest).nullish() }),
  history: z
    .array(
      z.looseObject({
        created: z.string().nullish(),
        created_by: z.string().nullish(),
        author: z.string().nullish(),
        comment: z.string().nullish(),
        empty_layer: z.boolean().nullish(),
      }),
    )
    .nullish(),
});

/** More than any known tool makes; the kernel's overlayfs takes 500. */
const maximumLayers = 500;

/**
 * Reads what a registry has given for an image: a manifest, or for an index the descriptor of the manifest for this platform.
 *
 * @throws HubError `invalid` when it is neither, `not-found` when an index has nothing for the platform.
 */
export function readManifest(
  bytes: Uint8Array,
  mediaType: string,
  wanted: Platform,
): { manifest: ImageManifest } | { child: Descriptor } {
  const { kind } = parseManifest(bytes, mediaType);
  const document: unknown = JSON.parse(Buffer.from(bytes).toString());
  if (kind === "index") {
    const candidates = (index.parse(document).manifests ?? []).map((each) => ({
      ...plain(each),
      platform: { ...each.platform, variant: each.platform?.variant ?? undefined },
    }));
    return { child: plain(choosePlatform(candidates, wanted)) };
  }
  const { config, layers } = image.parse(document);
  if ((layers ?? []).length > maximumLayers)
    throw new HubError("invalid", `the image has ${layers?.length} layers; ${maximumLayers} is the most`);
  return { manifest: { config: plain(config), layers: (layers ?? []).map(plain) } };
}

/** @throws HubError `invalid` when it is no configuration of an image. */
export function readConfig(bytes: Uint8Array): ImageConfig {
  let document: unknown;
  try {
    document = JSON.parse(Buffer.from(bytes).toString());
  } catch (cause) {
    throw new HubError("invalid", "the image's configuration is no JSON", { cause });
  }
  const result = configuration.safeParse(document);
  if (!result.success) {
    const issue = result.error.issues[0];
    throw new HubError(
      "invalid",
      `the image's configuration is not valid: ${issue?.path.join(".")} ${issue?.message}`,
    );
  }
  const { architecture, os, variant, created, rootfs, history } = result.data;
  return {
    diffIds: rootfs.diff_ids ?? [],
    architecture,
    os,
    variant: variant ?? undefined,
    created: created ?? undefined,
    history: (history ?? []).map((step) => ({
      created: step.created ?? undefined,
      createdBy: step.created_by ?? "",
      author: step.author ?? "",
      comment: step.comment ?? "",
      empty: step.empty_layer ?? false,
    })),
  };
}

function plain({ digest, size, mediaType }: Descriptor): Descriptor {
  return { digest, size, mediaType };
}
