import type { Generated } from "kysely";

/** official: the hub's own work; verified: belongs to whom its name says. */
export type Badge = "official" | "verified";

export interface NamespaceBadgesTable {
  /** Of a user or an organization. */
  namespace_id: string;
  badge: Badge;
  set_at: number;
}

export interface FeaturedRepositoriesTable {
  repository_id: number;
  position: number;
}

export interface HubSettingsTable {
  name: string;
  /** JSON. */
  value: string;
}

export interface HubRunsTable {
  name: string;
  succeeded_at: number | null;
  failed_at: number | null;
  /** Since it last succeeded. */
  failures: Generated<number>;
  problem: string | null;
}

export interface StorageUseTable {
  /** "" for what is in nobody's. */
  namespace_id: string;
  logical: Generated<number>;
  stored: Generated<number>;
  blobs: Generated<number>;
  next_logical: Generated<number>;
  next_stored: Generated<number>;
  next_blobs: Generated<number>;
}

export interface StorageWalkTable {
  id: number;
  digest: Generated<string>;
  began_at: number | null;
  finished_at: number | null;
  stored: Generated<number>;
  blobs: Generated<number>;
  next_stored: Generated<number>;
  next_blobs: Generated<number>;
}
