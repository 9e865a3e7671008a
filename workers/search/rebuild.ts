import { sql, type CompiledQuery } from "kysely";
import type { SearchContext } from "./context.ts";
import type { SourceRow } from "./documents.ts";
import { indexFormat } from "./index-format.ts";
import {
  emptyStatements,
  otherSet,
  readState,
  replaceStatements,
  writeFrom,
  type IndexState,
} from "./index-writes.ts";
import { selectSource, withFacts } from "./source.ts";

/** How many repositories one slice takes in. */
const sliceSize = 500;

/**
 * Makes the index anew from the main database, beside the one that is searched, which goes on being kept in step; then that one is
 * emptied and the new one searched. Each slice says how far it came, so whoever goes on after an interruption begins there.
 */
export async function beginRebuild(context: SearchContext): Promise<void> {
  let begun = false;
  while (!begun) {
    const state = await readState(context);
    begun = await writeFrom(context, state, [
      ...emptyStatements(context, otherSet(state.active)),
      setState(context, sql`rebuild_format = ${indexFormat}, rebuild_after = 0`),
    ]);
  }
}

/** Goes on with the rebuild, if one is under way or has to be. @returns whether there is more to do. */
export async function rebuildSlice(context: SearchContext): Promise<{ more: boolean }> {
  const state = await readState(context);
  if (state.rebuild_format !== null && state.rebuild_format !== indexFormat) {
    await beginRebuild(context);
    return { more: true };
  }
  if (state.rebuild_format === null) {
    if (state.format === indexFormat) return { more: false };
    await beginRebuild(context);
    return { more: true };
  }
  const { db } = context;
  const { rows } = await db.query.executeQuery<SourceRow>(
    selectSource(
      db,
      sql`where repositories.visibility = 'public' and repositories.id > ${state.rebuild_after}
        order by repositories.id limit ${sliceSize}`,
    ),
  );
  const last = rows.at(-1);
  const statements = last ? await takeIn(context, state, rows, last.id) : switchOver(context, state);
  // When somebody else has written meanwhile, this slice comes again.
  const written = await writeFrom(context, state, statements);
  return { more: last !== undefined || !written };
}

async function takeIn(
  context: SearchContext,
  { active }: IndexState,
  rows: readonly SourceRow[],
  last: number,
): Promise<CompiledQuery[]> {
  const ids = rows.map(({ id }) => id);
  return [
    ...replaceStatements(context, otherSet(active), ids, await withFacts(context, rows)),
    setState(context, sql`rebuild_after = ${last}`),
  ];
}

function switchOver(context: SearchContext, { active }: IndexState): CompiledQuery[] {
  const now = context.clock.now();
  return [
    setState(
      context,
      sql`active = ${otherSet(active)}, format = rebuild_format, built_at = ${now}, rebuild_format = null`,
    ),
    ...emptyStatements(context, active),
  ];
}

function setState({ index }: SearchContext, changes: ReturnType<typeof sql>): CompiledQuery {
  return sql`update index_state set ${changes}`.compile(index.query);
}
