import { sql } from "kysely";
import { hubLog, recordEvent } from "../audit/index.ts";
import { actorOf, requireAdministrator, type SignedIn } from "../auth/index.ts";
import type { SearchContext } from "./context.ts";
import { drainSlice } from "./drain.ts";
import { readState } from "./index-writes.ts";
import { tablesOf } from "./index-tables.ts";
import { beginRebuild, rebuildSlice } from "./rebuild.ts";

/** Slices that are done before anybody is asked whether to go on. */
const slicesAtOnce = 8;

/** Takes in what has changed, and goes on with a rebuild. @returns whether there is more to do. */
export async function maintainIndex(context: SearchContext): Promise<{ more: boolean }> {
  let more = true;
  for (let slice = 0; more && slice < slicesAtOnce; slice += 1) {
    const changes = await drainSlice(context);
    const rebuild = await rebuildSlice(context);
    more = changes.more || rebuild.more;
  }
  return { more };
}

/**
 * Has the whole index made anew from the main database. The one that is there is searched until the new one is complete.
 *
 * @throws HubError `denied` to everybody but administrators.
 */
export async function startRebuild(context: SearchContext, actor: SignedIn): Promise<void> {
  requireAdministrator(actor);
  await beginRebuild(context);
  const entry = { log: hubLog, action: "search.rebuild", target: "search index" };
  await recordEvent(context.db, context.clock.now(), actorOf(actor), entry);
  context.drainRequests.ask();
}

export interface SearchStatus {
  /** How many repositories are searched. */
  documents: number;
  /** Repositories whose last change the index does not have yet. */
  waiting: number;
  /** Milliseconds since 1970: since when the first of them waits. */
  waitingSince: number | null;
  /** Milliseconds since 1970: of the last rebuild. */
  builtAt: number | null;
  /** Share of the repositories that a rebuild has been through, from 0 to 1; null: there is none under way. */
  rebuild: number | null;
}

/** How the index is, for administrators. */
export async function searchStatus(context: SearchContext): Promise<SearchStatus> {
  const { db, index } = context;
  const state = await readState(context);
  const { documents } = tablesOf(state.active);
  const [counted, waiting, last] = await Promise.all([
    sql<{ documents: number }>`select count(*) as documents from ${documents}`.execute(index.query),
    sql<{ waiting: number; since: number | null }>`select count(*) as waiting, min(since) as since
      from search_changes`.execute(db.query),
    sql<{ id: number | null }>`select max(id) as id from repositories`.execute(db.query),
  ]);
  const highest = last.rows[0]?.id ?? 0;
  return {
    documents: counted.rows[0]?.documents ?? 0,
    waiting: waiting.rows[0]?.waiting ?? 0,
    waitingSince: waiting.rows[0]?.since ?? null,
    builtAt: state.built_at,
    rebuild: state.rebuild_format === null ? null : highest === 0 ? 0 : state.rebuild_after / highest,
  };
}
