import type { AuthContext } from "../auth/index.ts";
import type { Database } from "../db/index.ts";
import type { ImagesContext } from "../images/index.ts";
import type { Clock } from "../platform/clock.ts";
import type { ActiveSet } from "./active-set.ts";
import type { DrainRequests } from "./drain-requests.ts";
import type { IndexTables } from "./index-tables.ts";

/** What the files of this domain work with. */
export interface SearchContext {
  /** The database of the index. */
  index: Database<IndexTables>;
  /** The main database. */
  db: Database;
  clock: Clock;
  auth: AuthContext;
  images: ImagesContext;
  activeSet: ActiveSet;
  /** Asks that the index take in what has changed. */
  drainRequests: DrainRequests;
}
