import { z } from "zod";
import type { Page as KeysetPage } from "../platform/pagination.ts";

/** Lists on pages: so many rows, then a link to those behind the last (view/pagination.tsx). */
const rows = 100;

/** The key of the last row of the page before, in the query. */
export const after = z.string().max(300).default("");

/** What to ask a list for: one row more than is shown, to know whether there are more. */
export function asked(last: string): KeysetPage {
  return { limit: rows + 1, last };
}

/** What came, as it is shown. `last` is the key for the link to the rest; undefined: there is none. */
export function shownOf<Row>(
  found: readonly Row[],
  keyOf: (row: Row) => string,
): { rows: Row[]; last: string | undefined } {
  const shown = found.slice(0, rows);
  const last = shown.at(-1);
  return { rows: shown, last: last !== undefined && found.length > rows ? keyOf(last) : undefined };
}
