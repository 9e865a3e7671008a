import { digestOf, type Manifest, type OciClient } from "./oci-client.ts";

/**
 * Images as people make them, for tests of what is shown of images: configurations with a history, many platforms, and what is attached
 * to them. Layers are named and not pushed: the registry takes images whose layers are elsewhere, and nothing here unpacks one.
 */

export interface Step {
  /** As the history has it. */
  command: string;
  /** Bytes of the layer; undefined: it made none. */
  size?: number;
  /** What the layer's digest is made from, so that images share it; the command without it. */
  content?: string;
}

interface Platform {
  os?: string;
  architecture: string;
  variant?: string;
}

export interface ImageSpec {
  steps: readonly Step[];
  platform?: Platform;
  /** `config` of the configuration: Env, Cmd, Labels, … */
  config?: Record<string, unknown>;
  annotations?: Record<string, string>;
  /** ISO 8601. */
  created?: string;
}

const mediaTypes = {
  manifest: "application/vnd.oci.image.manifest.v1+json",
  index: "application/vnd.oci.image.index.v1+json",
  config: "application/vnd.oci.image.config.v1+json",
  layer: "application/vnd.oci.image.layer.v1.tar+gzip",
} as const;

/** A manifest with the blobs that have to be there for it. */
export interface Built {
  manifest: Manifest;
  digest: string;
  blobs: Uint8Array[];
  platform?: Platform;
}

interface Descriptor {
  mediaType: string;
  digest: string;
  size: number;
}

const encode = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

function digestOfText(text: string): string {
  return digestOf(new TextEncoder().encode(text));
}

function descriptorOf(mediaType: string, bytes: Uint8Array): Descriptor {
  return { mediaType, digest: digestOf(bytes), size: bytes.byteLength };
}

/** An image for one platform. */
export function buildImage(spec: ImageSpec): Built {
  const { steps, platform = { architecture: "amd64" }, config = {}, created = "2026-11-20T08:30:00Z" } = spec;
  const layered = steps.filter(({ size }) => size !== undefined);
  // A layer is its content, built for one platform.
  const contentOf = ({ command, content = command }: Step) =>
    `${platform.architecture}${platform.variant ?? ""} ${content}`;
  const configuration = encode({
    created,
    os: platform.os ?? "linux",
    architecture: platform.architecture,
    ...(platform.variant ? { variant: platform.variant } : {}),
    config,
    rootfs: {
      type: "layers",
      diff_ids: layered.map((step) => digestOfText(`plain ${contentOf(step)}`)),
    },
    history: steps.map(({ command, size }) => ({
      created,
      created_by: command,
      ...(size === undefined ? { empty_layer: true } : {}),
    })),
  });
  const bytes = encode({
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: descriptorOf(mediaTypes.config, configuration),
    layers: layered.map((step) => ({
      mediaType: mediaTypes.layer,
      digest: digestOfText(`packed ${contentOf(step)}`),
      size: step.size,
    })),
    ...(spec.annotations ? { annotations: spec.annotations } : {}),
  });
  return {
    manifest: { bytes, mediaType: mediaTypes.manifest },
    digest: digestOf(bytes),
    blobs: [configuration],
    platform,
  };
}

/** The same image for several platforms, with an index of them. Attestations, as BuildKit makes them, stand in the index beside what they are about. */
export function buildIndex(
  images: readonly Built[],
  attestations: readonly Attestation[] = [],
  annotations?: Record<string, string>,
): { index: Built; parts: Built[] } {
  const attested =
    attestations.length === 0
      ? []
      : images.map((image) => ({ about: image, attestation: buildAttestation(image, attestations) }));
  const parts = [...images, ...attested.map(({ attestation }) => attestation)];
  const bytes = encode({
    schemaVersion: 2,
    mediaType: mediaTypes.index,
    manifests: [
      ...images.map(({ manifest, platform }) => ({
        ...descriptorOf(mediaTypes.manifest, manifest.bytes),
        platform: { os: "linux", ...platform },
      })),
      ...attested.map(({ about, attestation }) => ({
        ...descriptorOf(mediaTypes.manifest, attestation.manifest.bytes),
        platform: { os: "unknown", architecture: "unknown" },
        annotations: {
          "vnd.docker.reference.digest": about.digest,
          "vnd.docker.reference.type": "attestation-manifest",
        },
      })),
    ],
    ...(annotations ? { annotations } : {}),
  });
  return {
    index: { manifest: { bytes, mediaType: mediaTypes.index }, digest: digestOf(bytes), blobs: [] },
    parts,
  };
}

/** A statement about an image (in-toto). */
export interface Attestation {
  predicateType: string;
  predicate: unknown;
}

function buildAttestation(about: Built, attestations: readonly Attestation[]): Built {
  const statements = attestations.map(({ predicateType, predicate }) => ({
    predicateType,
    bytes: encode({
      _type: "https://in-toto.io/Statement/v0.1",
      predicateType,
      subject: [{ name: "image", digest: { sha256: about.digest.slice("sha256:".length) } }],
      predicate,
    }),
  }));
  const configuration = encode({
    architecture: "unknown",
    os: "unknown",
    config: {},
    rootfs: { type: "layers", diff_ids: statements.map(({ bytes }) => digestOf(bytes)) },
  });
  const bytes = encode({
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: descriptorOf(mediaTypes.config, configuration),
    layers: statements.map((statement) => ({
      ...descriptorOf("application/vnd.in-toto+json", statement.bytes),
      annotations: { "in-toto.io/predicate-type": statement.predicateType },
    })),
  });
  return {
    manifest: { bytes, mediaType: mediaTypes.manifest },
    digest: digestOf(bytes),
    blobs: [configuration, ...statements.map((statement) => statement.bytes)],
  };
}

/** Something attached to an image by `subject`: a signature, a list of packages, a scan report. */
export function buildReferrer(
  subject: Built,
  artifactType: string,
  content: { mediaType: string; bytes: Uint8Array; annotations?: Record<string, string> },
  annotations: Record<string, string> = {},
): Built {
  const empty = encode({});
  const bytes = encode({
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    artifactType,
    config: descriptorOf("application/vnd.oci.empty.v1+json", empty),
    layers: [
      {
        ...descriptorOf(content.mediaType, content.bytes),
        ...(content.annotations ? { annotations: content.annotations } : {}),
      },
    ],
    subject: descriptorOf(subject.manifest.mediaType, subject.manifest.bytes),
    annotations,
  });
  return {
    manifest: { bytes, mediaType: mediaTypes.manifest },
    digest: digestOf(bytes),
    blobs: [empty, content.bytes],
  };
}

/** Pushes what was built: its blobs, then its manifest, by digest or under tags. */
export async function pushBuilt(
  client: OciClient,
  repository: string,
  built: Built,
  tags: readonly string[] = [],
): Promise<void> {
  for (const blob of built.blobs) {
    const session = await client.startUpload(repository);
    await client.finishUpload(repository, session, digestOf(blob), blob);
  }
  for (const reference of tags.length > 0 ? tags : [built.digest])
    await client.putManifest(repository, reference, built.manifest);
}

/** Pushes an index with all that is in it. */
export async function pushIndex(
  client: OciClient,
  repository: string,
  { index, parts }: { index: Built; parts: readonly Built[] },
  tags: readonly string[],
): Promise<void> {
  for (const part of parts) await pushBuilt(client, repository, part);
  await pushBuilt(client, repository, index, tags);
}
