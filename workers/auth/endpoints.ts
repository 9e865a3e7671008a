import { peopleEndpoints } from "./people-endpoints.ts";
import { tokenEndpoints } from "./token-endpoints.ts";

/** What this domain adds to the JSON API. */
export const authEndpoints = [...peopleEndpoints, ...tokenEndpoints];
