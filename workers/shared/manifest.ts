import { z } from "zod";
import { parseDigest, type Digest } from "./digest.ts";
import { HubError } from "./errors.ts";
import { manifestKind, manifestMediaTypes, type ManifestKind } from "./media-types.ts";

/** How many layers an image, or manifests an index, may name. */
const maximumReferences = 5000;

/** How deep a manifest may nest; those of all known tools stay below ten. */
const maximumDepth = 100;

/** The largest manifest the registry takes, in bytes (OCI Distribution Specification, "Pushing Manifests": at least 4 MiB). */
export const maximumManifestSize = 4 * 1024 * 1024;

const digest = z
  .string()
  .refine((text) => parseDigest(text) !== undefined, "is not a sha256 or sha512 digest")
  .transform((text) => text as Digest);

/** By hand: a manifest may have hundreds of thousands of them, and a schema takes seconds for that. */
const annotations = z.custom<Record<string, string>>(
  (value) =>
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((each) => typeof each === "string"),
  "is not an object of strings",
);

const descriptor = z.looseObject({
  mediaType: z.string().min(1),
  digest,
  size: z.int().nonnegative(),
  annotations: annotations.nullish(),
});

const common = {
  schemaVersion: z.literal(2),
  mediaType: z.string().optional(),
  artifactType: z.string().optional(),
  subject: descriptor.nullish(),
  annotations: annotations.nullish(),
};

const imageManifest = z.looseObject({ ...common, config: descriptor, layers: z.array(descriptor).nullish() });
const imageIndex = z.looseObject({ ...common, manifests: z.array(descriptor).nullish() });

export interface ManifestReference {
  digest: Digest;
  kind: "blob" | "manifest";
}

/** What the registry needs to know of a manifest. Its bytes stay as they were pushed. */
export interface Manifest {
  kind: ManifestKind;
  mediaType: string;
  /** Every blob or manifest it names, each once; the subject is not among them. */
  references: ManifestReference[];
  subject: Digest | undefined;
  /** `artifactType`, or for an image manifest without one its configuration's media type (referrers API). */
  artifactType: string | undefined;
  annotations: Record<string, string>;
}

/**
 * Reads a manifest or index of OCI or Docker schema 2 (OCI Image Specification, "Image Manifest" and "Image Index").
 *
 * @param contentType media type from the request or from storage; parameters behind `;` are ignored. Empty: taken from the document.
 * @throws HubError `invalid` naming the field: not JSON, another schema version, a media type that differs between header and
 *   document, or a document that could be read both as an image and as an index (CVE-2021-41190).
 */
export function parseManifest(bytes: Uint8Array, contentType: string): Manifest {
  const document = parseJson(bytes);
  const header = contentType.split(";", 1)[0]?.trim() ?? "";
  const mediaType = header || mediaTypeOf(document);
  const kind = manifestKind(mediaType);
  if (!kind) throw invalid(`media type "${mediaType}" is not one of ${manifestMediaTypes.join(", ")}`);
  for (const list of ["layers", "manifests"] as const) {
    const entries = document[list];
    if (Array.isArray(entries) && entries.length > maximumReferences)
      throw invalid(`${list} has ${entries.length} entries, ${maximumReferences} is the most`);
  }
  if (Object.hasOwn(document, "layers") && Object.hasOwn(document, "manifests"))
    throw invalid("it has both `layers` and `manifests`, so it is neither an image nor an index");
  const stated = mediaTypeOf(document);
  if (stated && stated !== mediaType)
    throw invalid(
      `the Content-Type is "${mediaType}" but its own mediaType is "${stated}"; send the same in both`,
    );

  return kind === "image" ? readImage(document, mediaType) : readIndex(document, mediaType);
}

function readImage(document: Record<string, unknown>, mediaType: string): Manifest {
  if (Object.hasOwn(document, "manifests")) throw invalid("an image manifest has no `manifests`");
  const image = check(imageManifest, document);
  const blobs = [image.config, ...(image.layers ?? [])].map((blob) => blob.digest);
  return {
    kind: "image",
    mediaType,
    references: [...new Set(blobs)].map((digest) => ({ digest, kind: "blob" })),
    subject: image.subject?.digest,
    artifactType: image.artifactType || image.config.mediaType,
    annotations: image.annotations ?? {},
  };
}

function readIndex(document: Record<string, unknown>, mediaType: string): Manifest {
  if (Object.hasOwn(document, "layers") || Object.hasOwn(document, "config"))
    throw invalid("an index has neither `config` nor `layers`");
  const index = check(imageIndex, document);
  const children = (index.manifests ?? []).map((child) => child.digest);
  return {
    kind: "index",
    mediaType,
    references: [...new Set(children)].map((digest) => ({ digest, kind: "manifest" })),
    subject: index.subject?.digest,
    artifactType: index.artifactType || undefined,
    annotations: index.annotations ?? {},
  };
}

function parseJson(bytes: Uint8Array): Record<string, unknown> {
  checkDepth(bytes);
  let document: unknown;
  try {
    document = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes));
  } catch (cause) {
    throw new HubError("invalid", "the manifest is not UTF-8 encoded JSON", { cause });
  }
  if (typeof document !== "object" || document === null || Array.isArray(document))
    throw invalid("it is not a JSON object");
  return document as Record<string, unknown>;
}

/** One pass over the bytes: what nests deeper costs a parser far more than its size says. */
function checkDepth(bytes: Uint8Array): void {
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === 0x22) quoted = !quoted;
    else if (quoted) at += byte === 0x5c ? 1 : 0;
    else if (byte === 0x7b || byte === 0x5b) depth += 1;
    else if (byte === 0x7d || byte === 0x5d) depth -= 1;
    if (depth > maximumDepth) throw invalid(`it nests deeper than ${maximumDepth} levels`);
  }
}

function mediaTypeOf(document: Record<string, unknown>): string {
  return typeof document["mediaType"] === "string" ? document["mediaType"] : "";
}

function check<T>(schema: z.ZodType<T>, document: unknown): T {
  const result = schema.safeParse(document);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw invalid(`${issue?.path.join(".") || "document"}: ${issue?.message ?? "unreadable"}`);
}

function invalid(reason: string): HubError {
  return new HubError("invalid", `the manifest is not valid: ${reason}`);
}
