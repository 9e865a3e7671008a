import type { Database } from "../db/index.ts";
import type { BlobStore } from "../platform/blob-store.ts";
import type { Clock } from "../platform/clock.ts";
import type { RegistryEvents } from "./events.ts";
import type { ManifestCache } from "./manifest-cache.ts";
import type { RepositoryObject } from "./repository-object.ts";
import type { UploadObject } from "./upload-object.ts";

/** What the registry's noun files work with. */
export interface RegistryContext {
  db: Database;
  blobs: BlobStore;
  clock: Clock;
  uploads: DurableObjectNamespace<UploadObject>;
  repositories: DurableObjectNamespace<RepositoryObject>;
  /** What this isolate has read for those who have a right to the repository. */
  manifests: ManifestCache;
  /** What it has read for everybody. */
  publicManifests: ManifestCache;
  events: RegistryEvents;
  /** Lets work go on behind the answer; its failure is logged. */
  background: (work: Promise<unknown>) => void;
  /** How long a blob that no manifest names is kept, in milliseconds. */
  grace: number;
}
