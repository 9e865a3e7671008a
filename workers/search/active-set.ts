import { sql, type RawBuilder } from "kysely";
import type { SearchContext } from "./context.ts";
import type { IndexSet } from "./index-tables.ts";

/**
 * Reads values from the set of tables that is searched now, all in one statement with the question which one that is: a rebuild may switch
 * over between any two requests. It rarely does, so the set of the last request is tried first.
 *
 * @param values selects of one value each
 */
export async function readActive(
  { index, activeSet }: Pick<SearchContext, "index" | "activeSet">,
  values: (set: IndexSet) => readonly RawBuilder<unknown>[],
): Promise<string[]> {
  for (;;) {
    const tried = activeSet.last;
    const columns = values(tried).map((value, place) => sql`(${value}) as ${sql.ref(`v${place}`)}`);
    const { rows } = await sql<
      Record<string, string>
    >`select ${sql.join([sql`active`, ...columns])} from index_state`.execute(index.query);
    const { active, ...read } = rows[0] ?? {};
    if (active === tried) return Object.values(read);
    activeSet.last = active === "b" ? "b" : "a";
  }
}

/** What this isolate has last seen to be the set that is searched. */
export interface ActiveSet {
  last: IndexSet;
}
