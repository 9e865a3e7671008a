import type { ImageKind } from "../db/index.ts";
import type { Digest } from "../shared/digest.ts";
import { parseDigest } from "../shared/digest.ts";
import { manifestKind } from "../shared/media-types.ts";
import { isObject, parseBoundedObject, Unreadable } from "./bounded-json.ts";
import { carriedByArtifact } from "./carried.ts";
import { chainIds } from "./chains.ts";
import type { Child, Facts, Layer } from "./facts.ts";
import { readConfig } from "./image-config.ts";
import { textOf, textsByName } from "./texts.ts";

/** The largest configuration that is read, in bytes. */
export const maximumConfigSize = 4 * 1024 * 1024;

/** A layer, or anything else that a manifest names, with what it says of it. */
interface Blob extends Layer {
  annotations: Record<string, string>;
}

/** A manifest, opened: what is in it, and which blob has to be read to know the rest. */
export interface OpenedManifest {
  kind: ImageKind;
  /** The configuration to read; undefined: none is needed. */
  config: Layer | undefined;
  blobs: Blob[];
  children: Child[];
  annotations: Record<string, string>;
  artifactType: string;
}

const configTypes = new Set([
  "application/vnd.oci.image.config.v1+json",
  "application/vnd.docker.container.image.v1+json",
]);

/** Media types of layers that make a file system begin so. */
const layerTypes = ["application/vnd.oci.image.layer.", "application/vnd.docker.image.rootfs."];

/** Annotations that are kept: one may be a whole README. */
const maximumAnnotations = { entries: 200, length: 256 * 1024, all: 300 * 1024 };

/** Opens the bytes of a manifest that the registry has taken. @throws Unreadable */
export function openManifest(bytes: Uint8Array, mediaType: string): OpenedManifest {
  const document = parseBoundedObject(bytes);
  const annotations = textsByName(objectOf(document["annotations"]), maximumAnnotations);
  const artifactType = textOf(document["artifactType"], 255);
  if (manifestKind(mediaType) === "index") {
    const children = listOf(document["manifests"]).flatMap(childOf);
    return { kind: "index", config: undefined, blobs: [], children, annotations, artifactType };
  }
  const blobs = listOf(document["layers"]).flatMap(blobOf);
  const [config] = blobOf(document["config"]);
  if (!config) throw new Unreadable("its config is not a descriptor");
  const isImage =
    configTypes.has(config.mediaType) && (blobs.length === 0 ? artifactType === "" : blobs.some(isLayer));
  return {
    kind: isImage ? "image" : "artifact",
    config,
    blobs,
    children: [],
    annotations,
    artifactType: artifactType || (configTypes.has(config.mediaType) ? "" : config.mediaType),
  };
}

/**
 * Everything there is to know of a manifest.
 *
 * @param config the bytes of its configuration, or why they cannot be read; undefined when it is no image
 */
export function factsOf(opened: OpenedManifest, config: Uint8Array | Unreadable | undefined): Facts {
  const { kind, blobs, children, annotations, artifactType } = opened;
  const layers = blobs.map(({ digest, mediaType, size }) => ({ digest, mediaType, size }));
  const size = [opened.config, ...layers].reduce((sum, blob) => sum + (blob?.size ?? 0), 0);
  const facts: Facts = {
    kind,
    platform: undefined,
    size: Math.min(size, Number.MAX_SAFE_INTEGER),
    configDigest: opened.config?.digest,
    madeAt: undefined,
    layers,
    history: [],
    config: undefined,
    annotations,
    children,
    carries: kind === "artifact" ? carriedByArtifact(artifactType, annotations, blobs) : [],
    chains: [],
    unreadable: undefined,
  };
  if (config === undefined) return facts;
  try {
    if (config instanceof Unreadable) throw config;
    const { diffIds, ...read } = readConfig(parseBoundedObject(config));
    return { ...facts, ...read, chains: diffIds.length === layers.length ? chainIds(diffIds) : [] };
  } catch (error) {
    if (error instanceof Unreadable) return { ...facts, unreadable: error.message };
    throw error;
  }
}

/** What is said of a manifest that cannot even be opened. */
export function unreadableFacts(why: string): Facts {
  const opened = { config: undefined, blobs: [], children: [], annotations: {}, artifactType: "" };
  return { ...factsOf({ kind: "artifact", ...opened }, undefined), unreadable: why };
}

function isLayer({ mediaType }: Layer): boolean {
  return layerTypes.some((beginning) => mediaType.startsWith(beginning));
}

function blobOf(value: unknown): Blob[] {
  if (!isObject(value)) return [];
  const digest: Digest | undefined = parseDigest(String(value["digest"]));
  if (!digest) return [];
  const size = typeof value["size"] === "number" ? value["size"] : 0;
  const annotations = textsByName(objectOf(value["annotations"]), { entries: 20, length: 1000 });
  return [{ digest, mediaType: textOf(value["mediaType"], 127), size, annotations }];
}

function childOf(value: unknown): Child[] {
  const [child] = blobOf(value);
  if (!child || !isObject(value)) return [];
  const { annotations, ...named } = child;
  const platform = objectOf(value["platform"]);
  const isAttestation = annotations["vnd.docker.reference.type"] === "attestation-manifest";
  return [
    {
      ...named,
      os: textOf(platform["os"], 32),
      architecture: textOf(platform["architecture"], 32),
      variant: textOf(platform["variant"], 32),
      osVersion: textOf(platform["os.version"], 32),
      attests: (isAttestation && parseDigest(annotations["vnd.docker.reference.digest"] ?? "")) || null,
    },
  ];
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function objectOf(value: unknown): Record<string, unknown> {
  return isObject(value) ? value : {};
}
