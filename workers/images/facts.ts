import type { ImageKind } from "../db/index.ts";
import type { Digest } from "../shared/digest.ts";

/*
 * What is known of what is inside an image. All of it comes from whoever pushed: texts are hostile, and nothing is verified.
 */

/** As the configuration, or the index around the image, says; "" where it says nothing. */
export interface Platform {
  os: string;
  architecture: string;
  variant: string;
  /** Of Windows, such as 10.0.20348.2700. */
  osVersion: string;
}

/** A layer as it is stored: compressed. */
export interface Layer {
  digest: Digest;
  mediaType: string;
  /** Bytes. */
  size: number;
}

/** A layer for a bar: the beginning of its digest, which is enough for its colour; "" stands for the rest of very many. */
export interface HoldLayer {
  digest: string;
  /** Bytes. */
  size: number;
}

/** One step of the build, as the configuration's history has it. */
export interface HistoryEntry {
  /** As it was run. */
  command: string;
  comment: string;
  /** Milliseconds since 1970; null: it does not say. */
  at: number | null;
  /** It made no layer. */
  empty: boolean;
}

export interface Healthcheck {
  /** Such as ["CMD-SHELL", "curl -f http://localhost/"]; ["NONE"]: none. */
  test: string[];
  /** Seconds; 0: the default. */
  interval: number;
  timeout: number;
  startPeriod: number;
  retries: number;
}

/** How a container of the image runs (OCI Image Specification, "Image Configuration"). */
export interface ImageConfig {
  entrypoint: string[];
  command: string[];
  /** NAME=value */
  environment: string[];
  /** Such as "80/tcp". */
  ports: string[];
  labels: Record<string, string>;
  user: string;
  workingDirectory: string;
  volumes: string[];
  stopSignal: string;
  healthcheck: Healthcheck | null;
  shell: string[];
  author: string;
  /** Names of the fields here that were too long to keep whole. */
  cut: (keyof ImageConfig)[];
}

/** A manifest in an index. */
export interface Child extends Platform {
  digest: Digest;
  mediaType: string;
  /** Bytes of the manifest. */
  size: number;
  /** It holds attestations of this other child (BuildKit's `vnd.docker.reference.type`). */
  attests: Digest | null;
}

/** What an artifact carries, by the types that it states. */
export const carriedKinds = ["signature", "sbom", "provenance", "scan"] as const;
export type Carried = (typeof carriedKinds)[number];

/** Everything that the row of an image says. */
export interface Facts {
  kind: ImageKind;
  platform: Platform | undefined;
  /** Bytes of configuration and layers. */
  size: number;
  configDigest: Digest | undefined;
  madeAt: number | undefined;
  layers: Layer[];
  history: HistoryEntry[];
  config: ImageConfig | undefined;
  annotations: Record<string, string>;
  children: Child[];
  carries: Carried[];
  /** Chain ids of every beginning of its layers, the shortest first; none when the configuration does not fit the layers. */
  chains: Digest[];
  /** Why the configuration could not be read. */
  unreadable: string | undefined;
}
