/** Repositories of which the search index does not know the latest yet. */
export interface SearchChangesTable {
  /** Also of one that is gone. */
  repository_id: number;
  version: number;
  /** Milliseconds since 1970. */
  since: number;
}
