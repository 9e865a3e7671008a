import { sql, type CompiledQuery } from "kysely";
import type { SearchContext } from "./context.ts";
import { entryOf, type RepositoryDocument } from "./documents.ts";
import { tablesOf, type IndexSet, type IndexTables } from "./index-tables.ts";

/*
 * Writing to the index. Several may be about it at once: messages come twice, and while the clock asks. What is written was read in the
 * main database some time before; so that nothing older ever replaces something newer,
 *
 * 1. whoever writes reads `step` first, and then the main database,
 * 2. and writes in one batch that begins by counting `step` up from what it was. When somebody else has written since, that fails, and
 *    with it the batch; then there is nothing to do but to begin again.
 */

export type IndexState = IndexTables["index_state"];

export async function readState({ index }: Pick<SearchContext, "index">): Promise<IndexState> {
  return index.query.selectFrom("index_state").selectAll().executeTakeFirstOrThrow();
}

/**
 * Writes, if nobody has since the state was read.
 *
 * @returns false when somebody has; then nothing was written.
 */
export async function writeFrom(
  { index }: Pick<SearchContext, "index">,
  { step }: IndexState,
  statements: readonly CompiledQuery[],
): Promise<boolean> {
  const next = sql`update index_state set step = case step when ${step} then ${step + 1} end`;
  try {
    await index.batch([next.compile(index.query), ...statements]);
    return true;
  } catch (error) {
    if (error instanceof Error && /NOT NULL constraint failed: index_state\.step/.test(error.message))
      return false;
    throw error;
  }
}

/** The statements that leave of these repositories what `documents` says, and nothing of those without one. */
export function replaceStatements(
  { index }: Pick<SearchContext, "index">,
  set: IndexSet,
  ids: readonly number[],
  documents: readonly RepositoryDocument[],
): CompiledQuery[] {
  const tables = tablesOf(set);
  const wanted = JSON.stringify(ids);
  const ranks = sql`select rank from ${tables.documents} where repository_id in (select value from json_each(${wanted}))`;
  const entries = JSON.stringify(documents.map(entryOf));
  const field = (name: string) => sql`value->>${sql.lit(`$.${name}`)}`;
  const insertWords = (table: typeof tables.words, name: string) =>
    sql`insert into ${table} (rowid, words) select ${field("rank")}, ${field(name)} from json_each(${entries})`;
  return [
    sql`delete from ${tables.words} where rowid in (${ranks})`,
    sql`delete from ${tables.names} where rowid in (${ranks})`,
    sql`delete from ${tables.grams} where rowid in (${ranks})`,
    sql`delete from ${tables.documents} where repository_id in (select value from json_each(${wanted}))`,
    ...(documents.length === 0
      ? []
      : [
          insertWords(tables.words, "words"),
          insertWords(tables.names, "nameWords"),
          insertWords(tables.grams, "grams"),
          sql`insert into ${tables.documents} (${sql.join(columns.map((name) => sql.ref(name)))})
            select ${sql.join(columns.map(field))} from json_each(${entries})`,
        ]),
  ].map((statement) => statement.compile(index.query));
}

const columns = [
  "rank",
  "repository_id",
  "name",
  "short",
  "description",
  "flags",
  "platforms",
  "categories",
  "recent",
  "pulls",
  "stars",
  "updated_at",
];

/** The statements that leave nothing in a set. */
export function emptyStatements({ index }: Pick<SearchContext, "index">, set: IndexSet): CompiledQuery[] {
  const { documents, words, names, grams } = tablesOf(set);
  const clear = (table: typeof words, name: string) =>
    sql`insert into ${table} (${sql.ref(`${name}_${set}`)}) values ('delete-all')`;
  return [
    clear(words, "words"),
    clear(names, "names"),
    clear(grams, "grams"),
    sql`delete from ${documents}`,
  ].map((statement) => statement.compile(index.query));
}

export function otherSet(set: IndexSet): IndexSet {
  return set === "a" ? "b" : "a";
}
