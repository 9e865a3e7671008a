import type { RegistryContext } from "./context.ts";
import { ManifestCache } from "./manifest-cache.ts";

export type { RegistryContext } from "./context.ts";
export { collectGarbage } from "./gc.ts";
export { renameNamespace } from "./namespace-renames.ts";
export { listOldNames, releaseOldName, type OldName } from "./old-names.ts";
export { renameRepository } from "./renames.ts";
export {
  createRepository,
  deleteRepository,
  getRepository,
  setVisibility,
  type Repository,
} from "./repositories.ts";
export { RepositoryObject } from "./repository-object.ts";
export { repositoryEndpoints as registryEndpoints } from "./repository-endpoints.ts";
export { registryRoutes } from "./routes.ts";
export { UploadObject } from "./upload-object.ts";

/** Bytes of manifests that each of the two caches of an isolate holds: together an eighth of what it has for everything. */
const manifestCacheSize = 8 * 1024 * 1024;

export function createRegistry(
  parts: Omit<RegistryContext, "manifests" | "publicManifests">,
): RegistryContext {
  return {
    ...parts,
    manifests: new ManifestCache(manifestCacheSize),
    publicManifests: new ManifestCache(manifestCacheSize),
  };
}
