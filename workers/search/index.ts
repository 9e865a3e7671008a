import type { SearchContext } from "./context.ts";
import { DrainRequests } from "./drain-requests.ts";

export type { SearchContext } from "./context.ts";
export type { IndexTables } from "./index-tables.ts";
export { searchHealth } from "./health.ts";
export { maintainIndex, searchStatus, startRebuild, type SearchStatus } from "./maintenance.ts";
export {
  sorts,
  updatedWithin,
  type FacetCount,
  type FacetName,
  type SearchFilters,
  type SearchHit,
  type SearchQuery,
  type SearchResults,
  type SearchSort,
} from "./results.ts";
export { searchRepositories } from "./search.ts";
export { searchEndpoints } from "./search-endpoints.ts";
export { suggestRepositories } from "./suggest.ts";

/** @param requestDrain puts a message into the queue that has `maintainIndex` run. */
export function createSearch(
  parts: Omit<SearchContext, "drainRequests" | "activeSet"> & { requestDrain: () => Promise<unknown> },
): SearchContext {
  const { requestDrain, ...rest } = parts;
  const { clock, auth } = rest;
  return {
    ...rest,
    activeSet: { last: "a" },
    drainRequests: new DrainRequests(clock, requestDrain, (work) => auth.background(work)),
  };
}
