import type { Generated } from "kysely";
import type { Digest } from "../../shared/digest.ts";

/** image: something to run; index: images of several platforms; artifact: anything else, such as a signature. */
export type ImageKind = "image" | "index" | "artifact";

export interface ImagesTable {
  repository_id: number;
  digest: Digest;
  kind: ImageKind;
  os: string | null;
  architecture: string | null;
  variant: string | null;
  os_version: string | null;
  /** Bytes as stored: configuration and layers; of an index: of the images in it. */
  size: number;
  config_digest: Digest | null;
  made_at: number | null;
  /** JSON, as are those below: workers/images/facts.ts has their shapes. */
  layers: Generated<string>;
  hold: Generated<string>;
  history: Generated<string>;
  config: Generated<string>;
  annotations: Generated<string>;
  children: Generated<string>;
  carries: Generated<string>;
  /** Why the configuration could not be read, when it could not. */
  unreadable: string | null;
  described_at: number;
}

export interface UndescribedManifestsTable {
  repository_id: number;
  digest: Digest;
  due_at: number;
  tries: Generated<number>;
}

export interface ImageChainsTable {
  repository_id: number;
  digest: Digest;
  /** How many layers. */
  depth: number;
  chain: Digest;
  /** 1: these are all layers of the image. */
  whole: 0 | 1;
}

export interface RepositoryChainsTable {
  chain: Digest;
  whole: 0 | 1;
  public: 0 | 1;
  repository_id: number;
}

export interface TagCountsTable {
  repository_id: number;
  tags: number;
}
