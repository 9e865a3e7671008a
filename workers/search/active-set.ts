import { sql, type CompiledQuery, type QueryResult } from "kysely";
import type { SearchContext } from "./context.ts";
import type { IndexSet } from "./index-tables.ts";

/**
 * Runs statements on the set of tables that is searched now, all in one transaction with the question which one that is: a rebuild may
 * switch over between any two requests. It rarely does, so the set of the last request is tried first.
 */
export async function readActive(
  context: Pick<SearchContext, "index" | "activeSet">,
  statements: (set: IndexSet) => CompiledQuery[],
): Promise<QueryResult<unknown>[]> {
  const { index, activeSet } = context;
  for (;;) {
    const tried = activeSet.last;
    const [state, ...results] = await index.batch([
      sql`select active from index_state`.compile(index.query),
      ...statements(tried),
    ]);
    const [{ active } = { active: tried }] = (state?.rows ?? []) as { active: IndexSet }[];
    if (active === tried) return results;
    activeSet.last = active;
  }
}

/** What this isolate has last seen to be the set that is searched. */
export interface ActiveSet {
  last: IndexSet;
}
