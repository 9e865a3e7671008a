import { waitUntil } from "cloudflare:workers";
import { describeError, log } from "../platform/log.ts";
import type { RegistryContext } from "./context.ts";
import { noEvents } from "./events.ts";
import { ManifestCache } from "./manifest-cache.ts";
import { nameEndpoints } from "./name-endpoints.ts";
import { repositoryEndpoints } from "./repository-endpoints.ts";
import { sharingEndpoints } from "./sharing-endpoints.ts";

export type { RegistryContext } from "./context.ts";
export { listAccess } from "./access-list.ts";
export type { Pull } from "./events.ts";
export { collectGarbage } from "./gc.ts";
export { countContents } from "./contents.ts";
export { listGrantedRepositories } from "./granted-repositories.ts";
export { keyOf as keyOfGrant, listGrants, removeGrant, setGrant, type Grantee } from "./grants.ts";
export { deleteTag } from "./manifests.ts";
export { renameNamespace } from "./namespace-renames.ts";
export { listOldNames, releaseOldName } from "./old-names.ts";
export { renameRepository } from "./renames.ts";
export { createRepository, deleteRepository, setVisibility, type Repository } from "./repositories.ts";
export { RepositoryObject } from "./repository-object.ts";
export { registryRoutes } from "./routes.ts";
export { UploadObject } from "./upload-object.ts";

/** The JSON API of this domain. */
export const registryEndpoints = [...repositoryEndpoints, ...nameEndpoints, ...sharingEndpoints];

/** Bytes of manifests that each of the two caches of an isolate holds: together an eighth of what it has for everything. */
const manifestCacheSize = 8 * 1024 * 1024;

type Parts = Omit<RegistryContext, "events" | "background" | "manifests" | "publicManifests">;

/** @param parts without `events`, nobody is told of anything. */
export function createRegistry(parts: Parts & Partial<Pick<RegistryContext, "events">>): RegistryContext {
  return {
    events: noEvents,
    background: (work) =>
      waitUntil(
        work.catch((error: unknown) =>
          log("error", "what a request left behind failed", describeError(error)),
        ),
      ),
    ...parts,
    manifests: new ManifestCache(manifestCacheSize),
    publicManifests: new ManifestCache(manifestCacheSize),
  };
}
