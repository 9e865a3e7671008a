import { sql, type RawBuilder } from "kysely";
import type { SearchContext } from "./context.ts";
import { documentColumns, documentFrom, type ReadDocument, type RepositoryDocument } from "./documents.ts";
import { filterWords, meets } from "./facets.ts";
import { readActive } from "./active-set.ts";
import { tablesOf, type IndexSet } from "./index-tables.ts";
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
const namesSize = 60;
/** The same for suggestions, of which a few are shown. */
const suggestedSize = 40;
/** With filters: how many of them are tried. */
const filteredNamesSize = 400;
/** How many that have only some of the words: they are a second choice, and the first few are enough of it. */
const partialSize = 100;
/** How many have just this name. */
const namesakes = 10;
/** How many names like a misspelt one are compared with it. */
const similarSize = 120;

export interface Pool {
  documents: RepositoryDocument[];
  /** There may be more that fit. */
  full: boolean;
}

/** What fits. One statement. */
export async function findPool(
  context: SearchContext,
  query: ParsedQuery,
  filters: SearchFilters,
): Promise<Pool> {
  const filterBy = filterWords(filters, context.clock.now());
  return read(context, filters, (set) => {
    const { documents, words, names } = tablesOf(set);
    const expression = wordsExpression(query, filterBy);
    if (expression === "") return [collected(sql`${documents} d order by d.rank limit ${poolSize}`)];
    const found = [byMatch(set, words, "words", expression, poolSize)];
    const named = namesExpression(query);
    if (named === "") return found;
    const size = filterBy.length > 0 ? filteredNamesSize : namesSize;
    found.push(byMatch(set, names, "names", named, size));
    found.push(
      collected(sql`${documents} d where d.name = ${query.text.toLowerCase()}`),
      collected(sql`${documents} d where d.short = ${query.squeezed} order by d.rank limit ${namesakes}`),
    );
    return found;
  });
}

/** What has the words of the query only in part. One statement. */
export async function findPartial(
  context: SearchContext,
  query: ParsedQuery,
  filters: SearchFilters,
): Promise<Pool> {
  const expression = anyWordExpression(query, filterWords(filters, context.clock.now()));
  return read(context, filters, (set) => [
    byMatch(set, tablesOf(set).words, "words", expression, partialSize),
  ]);
}

/** What is called a little differently than the words of the query. One statement. */
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

/** Names that begin so, for suggestions. One statement. */
export async function findBeginning(context: SearchContext, query: ParsedQuery): Promise<Pool> {
  const expression = namesExpression(query);
  if (expression === "") return { documents: [], full: false };
  return read(context, {}, (set) => {
    const { documents, names } = tablesOf(set);
    return [
      byMatch(set, names, "names", expression, suggestedSize),
      collected(sql`${documents} d where d.name = ${query.text.toLowerCase()}`),
      collected(sql`${documents} d where d.short = ${query.squeezed} order by d.rank limit ${namesakes}`),
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
  return collected(
    sql`(select rowid from ${table} where ${match} match ${expression} order by rowid limit ${limit}) found
      join ${tablesOf(set).documents} d on d.rank = found.rowid`,
  );
}

/**
 * Documents, all in one value: to carry some hundred rows out of the database one by one takes longer than to find them.
 *
 * @param from what is behind "from"; the documents are `d`
 */
function collected(from: RawBuilder<unknown>): RawBuilder<unknown> {
  const columns = sql.join(documentColumns.map((name) => sql.ref(`d.${name}`)));
  return sql`select json_group_array(json_array(${sql.join(documentColumns.map((name) => sql.ref(name)))}))
    from (select ${columns} from ${from})`;
}

async function read(
  context: SearchContext,
  filters: SearchFilters,
  statements: (set: IndexSet) => RawBuilder<unknown>[],
): Promise<Pool> {
  const now = context.clock.now();
  const found = (await readActive(context, statements)).map((value) => JSON.parse(value) as ReadDocument[]);
  const documents = new Map<number, RepositoryDocument>();
  for (const row of found.flat()) {
    const document = documentFrom(row);
    if (meets(document, filters, now)) documents.set(document.id, document);
  }
  return { documents: [...documents.values()], full: (found[0]?.length ?? 0) >= poolSize };
}
