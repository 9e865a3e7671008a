import type { Generated } from "kysely";
import type { Digest } from "../../shared/digest.ts";

export type Visibility = "public" | "private";

export interface RepositoriesTable {
  id: Generated<number>;
  name: string;
  visibility: Generated<Visibility>;
  created_at: number;
  /** The user or organization whose namespace it is in; follows the name (a trigger). */
  owner_id: Generated<string | null>;
  /** A user; null: a machine, or from before this was noted. */
  created_by: Generated<string | null>;
}

export interface BlobsTable {
  digest: Digest;
  size: number;
  locator: string;
  created_at: number;
  loose: Generated<0 | 1>;
}

export interface RepositoryBlobsTable {
  repository_id: number;
  digest: Digest;
  linked_at: number;
  loose: Generated<0 | 1>;
}

export interface ManifestsTable {
  repository_id: number;
  digest: Digest;
  media_type: string;
  size: number;
  locator: string;
  artifact_type: string | null;
  subject: Digest | null;
  annotations: string | null;
  pushed_at: number;
}

export interface ManifestReferencesTable {
  repository_id: number;
  manifest: Digest;
  target: Digest;
  kind: "blob" | "manifest";
}

export interface TagsTable {
  repository_id: number;
  name: string;
  digest: Digest;
  moved_at: number;
  /** The name, such that versions sort as versions; kept by triggers, as is the next one. */
  sort_key: Generated<string>;
  /** Bytes of the image it names; 0 until that is known. */
  size: Generated<number>;
}

export interface GarbageTable {
  locator: string;
  since: number;
}
