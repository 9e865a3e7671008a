import { countEndpoints } from "./count-endpoints.ts";
import { curationEndpoints } from "./curation-endpoints.ts";
import { profileEndpoints } from "./profile-endpoints.ts";

export { listAllOrganizations, mostCounted } from "./all-organizations.ts";
export { badgeOf, badges, listBadges, removeBadge, setBadge } from "./badges.ts";
export { changeProfile } from "./change-profile.ts";
export { createHub, type HubContext } from "./context.ts";
export { addFeatured, advanceFeatured, listAllFeatured, removeFeatured } from "./featured.ts";
export { refreshGitReadme, takeGitReadme } from "./git-readme.ts";
export { readmeAddresses } from "./git-source.ts";
export { readFront, type Front } from "./front.ts";
export { changeHubSettings, readHubFace, readHubSettings, type HubFace } from "./hub-settings.ts";
export { backlogOf, readHealth, type HealthPart, type HealthState } from "./health.ts";
export { takeAnnotations } from "./image-annotations.ts";
export { listMostPulled, listNewest, listTrending, type ListedRepository } from "./listed-repositories.ts";
export { listStars } from "./my-stars.ts";
export type { Profile } from "./profiles.ts";
export { previewReadme, readReadme, removeReadme, writeReadme, type Readme } from "./readmes.ts";
export { hubRoutes } from "./routes.ts";
export { PullReports } from "./pull-reports.ts";
export { lastPulls, readPulls } from "./pulls.ts";
export { PullsObject } from "./pulls-object.ts";
export { noteRun } from "./runs.ts";
export { refreshOldScores } from "./score-refresh.ts";
export { listStargazers, readStars, star, unstar } from "./stars.ts";
export { listFeaturedRepositories, listOfficial } from "./chosen-repositories.ts";
export { listRecentlyPushed, namespaceSorts, readNamespace } from "./namespaces.ts";
export { countNameParts, listPublicNames } from "./public-names.ts";
export { listVersion, repositoryVersion } from "./page-versions.ts";
export { countStorage, countStorageNow, listStorageUse, readStorageTotal } from "./storage-use.ts";
export { readUser } from "./user-overview.ts";

/** The JSON API of this domain. */
export const hubEndpoints = [...countEndpoints, ...curationEndpoints, ...profileEndpoints];
