import type { Generated } from "kysely";
import type { Digest } from "../../shared/digest.ts";

export interface RepositoryCountsTable {
  repository_id: number;
  /** 1: it is public; follows the visibility (a trigger). */
  listed: 0 | 1;
  /** Follow pull_days and stars (triggers). */
  pulls: Generated<number>;
  stars: Generated<number>;
  /** Clients that pull per day, what is long ago counting less. */
  recent_pulls: Generated<number>;
  /** How far the last week is above the weeks before; 0: it is not. */
  trend: Generated<number>;
  /** The day the two were worked out, counted from 1970-01-01 UTC. */
  scored_day: Generated<number>;
}

export interface PullDaysTable {
  repository_id: number;
  /** Counted from 1970-01-01 UTC. */
  day: number;
  /** Of each manifest once for each client. */
  pulls: number;
  /** That pulled, however many manifests. */
  clients: number;
}

export interface ManifestPullsTable {
  repository_id: number;
  digest: Digest;
  /** In all. */
  pulls: number;
  /** Milliseconds since 1970. */
  last_pulled_at: number;
  /** The last day with pulls. */
  day: number;
  /** Of `pulls`, those of that day. */
  day_pulls: number;
}

export interface StarsTable {
  repository_id: number;
  user_id: string;
  /** Milliseconds since 1970. */
  starred_at: number;
}
