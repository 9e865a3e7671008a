import type { Generated } from "kysely";

export interface PageVersionsTable {
  repository_id: number;
  version: number;
}

/** One row. */
export interface ListVersionTable {
  id: Generated<number>;
  version: number;
}
