import type { AuthContext } from "../auth/index.ts";
import type { Database } from "../db/index.ts";
import type { Clock } from "../platform/clock.ts";
import type { RegistryContext } from "../registry/index.ts";
import type { HealthPart } from "./health.ts";
import { RememberedFace } from "./hub-settings.ts";

/** What the files of this domain work with. */
export interface HubContext {
  db: Database;
  clock: Clock;
  auth: AuthContext;
  registry: RegistryContext;
  /** What this isolate has read of the settings that every page shows. */
  face: RememberedFace;
  /** How parts of the hub are that this domain knows nothing of. None of them throws. */
  checks: readonly (() => Promise<HealthPart>)[];
  release: Release;
  /** Asks forges for READMEs. */
  fetch: typeof fetch;
  /** Has the README of a repository taken from its source again, soon: a forge may be slow, and nothing else is to wait for it. */
  requestRefresh: (repositoryId: number) => Promise<unknown>;
}

/** What runs here. */
export interface Release {
  /** Such as 0.1.0. */
  version: string;
  /** What the platform calls this deployment; null: it has no name for it. */
  build: string | null;
}

type Contributed = Pick<HubContext, "checks" | "release" | "fetch" | "requestRefresh">;

export function createHub(
  parts: Omit<HubContext, "face" | keyof Contributed> & Partial<Contributed>,
): HubContext {
  return {
    checks: [],
    release: { version: "unknown", build: null },
    fetch: (...request) => fetch(...request),
    requestRefresh: async () => {},
    ...parts,
    face: new RememberedFace(),
  };
}
