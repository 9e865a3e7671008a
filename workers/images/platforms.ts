import type { Digest } from "../shared/digest.ts";
import type { HoldLayer, Platform } from "./facts.ts";

/** An image for one platform, as lists show it. */
export interface PlatformImage extends Platform {
  digest: Digest;
  /** Bytes of configuration and layers; 0 as long as it is not described. */
  size: number;
  layers: HoldLayer[];
  /** Milliseconds since 1970; null: never. */
  lastPulledAt: number | null;
  /** Why its configuration could not be read. */
  unreadable: string | null;
  /** Whether it has been looked into yet; what is not here, in a sparse index, never is. */
  described: boolean;
}

/** What the subqueries of SQL give for each (json.ts). */
export interface PlatformRow extends Platform {
  digest: Digest;
  size: number | null;
  hold: [string, number][] | null;
  lastPulledAt: number | null;
  unreadable: string | null;
}

export function platformImage({ hold, size, unreadable, lastPulledAt, ...row }: PlatformRow): PlatformImage {
  return {
    os: row.os,
    architecture: row.architecture,
    variant: row.variant,
    osVersion: row.osVersion,
    digest: row.digest,
    size: size ?? 0,
    layers: (hold ?? []).map(([digest, size]) => ({ digest, size })),
    lastPulledAt,
    unreadable,
    described: hold !== null,
  };
}

/** "linux/arm/v7", as people write it in `--platform`. */
export function platformName({ os, architecture, variant }: Platform): string {
  return [os, architecture, variant].filter(Boolean).join("/");
}

/**
 * Which of the platforms somebody means: the one that they name, with or without its variant; else the one that most people run, else
 * the first.
 */
export function choosePlatform<Each extends Platform>(
  platforms: readonly Each[],
  wanted: string | undefined,
): Each | undefined {
  if (wanted !== undefined)
    return (
      platforms.find((each) => platformName(each) === wanted) ??
      platforms.find((each) => platformName({ ...each, variant: "" }) === wanted)
    );
  return platforms.find((each) => platformName({ ...each, variant: "" }) === "linux/amd64") ?? platforms[0];
}
