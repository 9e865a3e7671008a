export { badgeOf, listBadges, removeBadge, setBadge, type BadgedNamespace } from "./badges.ts";
export { createHub, type HubContext } from "./context.ts";
export {
  addFeatured,
  advanceFeatured,
  listAllFeatured,
  listFeatured,
  removeFeatured,
  setFeatured,
  type FeaturedRepository,
} from "./featured.ts";
export {
  changeHubSettings,
  readHubFace,
  readHubSettings,
  signUpModes,
  type HubFace,
  type HubSettings,
  type SignUpMode,
} from "./hub-settings.ts";
export { listRuns, noteRun, type Run } from "./runs.ts";
export {
  countStorage,
  countStorageNow,
  listStorageUse,
  readStorageTotal,
  type NamespaceStorage,
  type StorageTotal,
} from "./storage-use.ts";
