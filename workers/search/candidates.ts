import { sql, type CompiledQuery, type RawBuilder } from "kysely";
import type { SearchContext } from "./context.ts";
import { documentFrom, type RepositoryDocument } from "./documents.ts";
import { filterWords, meets } from "./facets.ts";
import { readActive } from "./active-set.ts";
import { tablesOf, type DocumentRow, type IndexSet } from "./index-tables.ts";
import {
  anyWordExpression,
  exactExpression,
  namesExpression,
  required,
  wordsExpression,
} from "./match-expression.ts";
import type { ParsedQuery } from "./query.ts";
import type { SearchFilters } from "./results.ts";
import { gramSets, likelyMeant, tolerance } from "./typos.ts";

/*
 * What the index has for a query: a few hundred repositories at most, the most popular ones of those that fit. Ranking chooses among
 * them. However common a word is, no more is read than these limits say.
 */

/** How many are looked at. There may be more when there are as many. */
export const poolSize = 300;

/** How many of those whose name begins so. */
const namesSize = 100;
/** With filters: how many of them are tried. */
const filteredNamesSize = 400;
/** How many have just this name. */
const namesakes = 20;
/** How many names like a misspelt one are compared with it. */
const similarSize = 250;

export interface Pool {
  documents: RepositoryDocument[];
  /** There may be more that fit. */
  full: boolean;
}

/** What fits. One round trip. */
export async function findPool(
  context: SearchContext,
  query: ParsedQuery,
  filters: SearchFilters,
): Promise<Pool> {
  const filterBy = filterWords(filters, context.clock.now());
  return read(context, filters, (set) => {
    const { documents, words, names } = tablesOf(set);
    const expression = wordsExpression(query, filterBy);
    if (expression === "") return [sql`select * from ${documents} order by rank limit ${poolSize}`];
    const found = [byMatch(set, words, "words", expression, poolSize)];
    const named = namesExpression(query);
    if (named === "") return found;
    const size = filterBy.length > 0 ? filteredNamesSize : namesSize;
    found.push(byMatch(set, names, "names", named, size));
    found.push(
      sql`select * from ${documents} where name = ${query.text.toLowerCase()}`,
      sql`select * from ${documents} where short = ${query.squeezed} order by rank limit ${namesakes}`,
    );
    return found;
  });
}

/** What has the words of the query only in part. One round trip. */
export async function findPartial(
  context: SearchContext,
  query: ParsedQuery,
  filters: SearchFilters,
): Promise<Pool> {
  const expression = anyWordExpression(query, filterWords(filters, context.clock.now()));
  return read(context, filters, (set) => [byMatch(set, tablesOf(set).words, "words", expression, poolSize)]);
}

/** What is called a little differently than the words of the query. One round trip. */
export async function findSimilar(
  context: SearchContext,
  query: ParsedQuery,
  filters: SearchFilters,
): Promise<Pool> {
  const words = required(query)
    .map(({ word }) => word)
    .filter((word) => tolerance(word) > 0);
  if (words.length === 0) return { documents: [], full: false };
  return read(context, filters, (set) => {
    const { names, grams } = tablesOf(set);
    const sets = words.flatMap(gramSets);
    const similar = sets.map((each) => `(${each.map((gram) => exactExpression([gram])).join(" AND ")})`);
    return [
      byMatch(set, names, "names", exactExpression(words.flatMap(likelyMeant)), namesSize),
      // Each on its own: of a common ending there are so many that nothing else would be among the first.
      ...(words.length === 1 ? similar : [similar.join(" OR ")]).map((expression) =>
        byMatch(set, grams, "grams", expression, similarSize),
      ),
    ];
  });
}

/** Names that begin so, for suggestions. One round trip. */
export async function findBeginning(context: SearchContext, query: ParsedQuery): Promise<Pool> {
  const expression = namesExpression(query);
  if (expression === "") return { documents: [], full: false };
  return read(context, {}, (set) => {
    const { documents, names } = tablesOf(set);
    return [
      byMatch(set, names, "names", expression, namesSize),
      sql`select * from ${documents} where name = ${query.text.toLowerCase()}`,
      sql`select * from ${documents} where short = ${query.squeezed} order by rank limit ${namesakes}`,
    ];
  });
}

/** The first documents that match, by rank. FTS5 gives them in this order by itself, and stops where it is told to. */
function byMatch(
  set: IndexSet,
  table: RawBuilder<unknown>,
  kind: "words" | "names" | "grams",
  expression: string,
  limit: number,
): RawBuilder<unknown> {
  const match = sql.ref(`${kind}_${set}`);
  return sql`select d.* from (select rowid from ${table} where ${match} match ${expression} order by rowid limit ${limit}) found
    join ${tablesOf(set).documents} d on d.rank = found.rowid`;
}

async function read(
  context: SearchContext,
  filters: SearchFilters,
  statements: (set: IndexSet) => RawBuilder<unknown>[],
): Promise<Pool> {
  const now = context.clock.now();
  const results = await readActive(context, (set) =>
    statements(set).map((each): CompiledQuery => each.compile(context.index.query)),
  );
  const documents = new Map<number, RepositoryDocument>();
  for (const { rows } of results)
    for (const row of rows as DocumentRow[]) {
      const document = documentFrom(row);
      if (meets(document, filters, now)) documents.set(document.id, document);
    }
  return { documents: [...documents.values()], full: (results[0]?.rows.length ?? 0) >= poolSize };
}
