import { sql } from "kysely";

/** The database of the index (migrations/search). The sets of tables are named where they are used: which one it is changes. */
export interface IndexTables {
  index_state: {
    id: number;
    step: number;
    active: IndexSet;
    format: number;
    built_at: number | null;
    rebuild_format: number | null;
    rebuild_after: number;
  };
}

/** One of the two sets of tables. */
export type IndexSet = "a" | "b";

/** The tables of a set, for use in SQL. */
export function tablesOf(set: IndexSet) {
  return {
    documents: sql.table(`documents_${set}`),
    words: sql.table(`words_${set}`),
    names: sql.table(`names_${set}`),
    grams: sql.table(`grams_${set}`),
  };
}

/** A row of `documents`: what ranking looks at. */
export interface DocumentRow {
  rank: number;
  repository_id: number;
  name: string;
  short: string;
  description: string;
  flags: number;
  platforms: number;
  /** JSON array of slugs. */
  categories: string;
  recent: number;
  pulls: number;
  stars: number;
  updated_at: number;
}
