import type { AuthContext } from "../auth/index.ts";
import type { Database } from "../db/index.ts";
import type { Clock } from "../platform/clock.ts";
import type { RegistryContext } from "../registry/index.ts";
import { RememberedFace } from "./hub-settings.ts";

/** What the files of this domain work with. */
export interface HubContext {
  db: Database;
  clock: Clock;
  auth: AuthContext;
  registry: RegistryContext;
  /** What this isolate has read of the settings that every page shows. */
  face: RememberedFace;
}

export function createHub(parts: Omit<HubContext, "face">): HubContext {
  return { ...parts, face: new RememberedFace() };
}
