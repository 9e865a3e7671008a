import { deviceEndpoints } from "./device-endpoints.ts";
import { explainEndpoints } from "./explain-endpoints.ts";
import { federationEndpoints } from "./federation-endpoints.ts";
import { peopleEndpoints } from "./people-endpoints.ts";
import { tokenEndpoints } from "./token-endpoints.ts";

/** What this domain adds to the JSON API. */
export const authEndpoints = [
  ...peopleEndpoints,
  ...tokenEndpoints,
  ...federationEndpoints,
  ...deviceEndpoints,
  ...explainEndpoints,
];
