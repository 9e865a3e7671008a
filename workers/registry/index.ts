import type { RegistryContext } from "./context.ts";
import { ManifestCache } from "./manifest-cache.ts";

export type { RegistryContext } from "./context.ts";
export { collectGarbage } from "./gc.ts";
export { RepositoryObject } from "./repository-object.ts";
export { repositoryRoutes } from "./repository-routes.ts";
export { registryRoutes } from "./routes.ts";
export { UploadObject } from "./upload-object.ts";

/** Bytes of manifests that an isolate holds: an eighth of what it has for everything. */
const manifestCacheSize = 16 * 1024 * 1024;

export function createRegistry(parts: Omit<RegistryContext, "manifestCache">): RegistryContext {
  return { ...parts, manifestCache: new ManifestCache(manifestCacheSize) };
}
