import { sql } from "kysely";
import type { SearchContext } from "./context.ts";
import type { SourceRow } from "./documents.ts";
import { otherSet, readState, replaceStatements, writeFrom } from "./index-writes.ts";
import { selectSource, withFacts } from "./source.ts";

/** How many repositories one slice takes in. */
const sliceSize = 100;

/** How often a slice is begun again because somebody else was writing. */
const maximumTries = 5;

interface Change {
  repository_id: number;
  version: number;
}

/**
 * Takes a slice of what has changed into the index. Any number of times and at any moment: a change is taken off the list when the index
 * has it, and only if it is still the latest.
 *
 * @returns whether there may be more.
 */
export async function drainSlice(context: SearchContext): Promise<{ more: boolean }> {
  for (let tries = 1; ; tries += 1) {
    const state = await readState(context);
    const { changes, rows } = await readChanges(context);
    if (changes.length === 0) return { more: false };
    const ids = changes.map((change) => change.repository_id);
    const documents = await withFacts(context, rows);
    const sets = [state.active, ...(state.rebuild_format === null ? [] : [otherSet(state.active)])];
    const statements = sets.flatMap((set) => replaceStatements(context, set, ids, documents));
    if (await writeFrom(context, state, statements)) {
      await takeOff(context, changes);
      return { more: changes.length === sliceSize };
    }
    // Whoever was faster has probably done it; what is left comes with the next message, or when the clock asks.
    if (tries === maximumTries) return { more: true };
  }
}

async function readChanges({ db }: SearchContext): Promise<{ changes: Change[]; rows: SourceRow[] }> {
  const oldest = sql`select repository_id from search_changes order by since, repository_id limit ${sliceSize}`;
  const [changes, rows] = await db.batch([
    sql`select repository_id, version from search_changes order by since, repository_id limit ${sliceSize}`.compile(
      db.query,
    ),
    selectSource(db, sql`where repositories.visibility = 'public' and repositories.id in (${oldest})`),
  ]);
  return { changes: (changes?.rows ?? []) as Change[], rows: (rows?.rows ?? []) as SourceRow[] };
}

async function takeOff({ db }: SearchContext, changes: readonly Change[]): Promise<void> {
  const taken = JSON.stringify(
    Object.fromEntries(changes.map(({ repository_id, version }) => [repository_id, version])),
  );
  await sql`delete from search_changes where repository_id in (select cast(key as integer) from json_each(${taken}))
      and version = (select value from json_each(${taken}) where key = cast(repository_id as text))`.execute(
    db.query,
  );
}
