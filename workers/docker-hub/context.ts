import type { AuthContext } from "../auth/index.ts";
import type { HubContext } from "../hub/index.ts";
import type { ImagesContext } from "../images/index.ts";
import type { SearchContext } from "../search/index.ts";

/** What the files of this domain work with: it keeps nothing of its own. */
export interface DockerHubContext {
  auth: AuthContext;
  images: ImagesContext;
  hub: HubContext;
  search: SearchContext;
}
