import type { Viewer } from "../auth/index.ts";
import { findBeginning } from "./candidates.ts";
import type { SearchContext } from "./context.ts";
import { isAnswer, readDocument } from "./match.ts";
import { readPending, readPresent, readPrivate } from "./present.ts";
import { parseQuery } from "./query.ts";
import { rank } from "./rank.ts";
import type { Suggestion } from "./results.ts";

/** As many as are read at a glance. */
const maximumSuggestions = 8;

/** How many more are looked up: some may be gone since they were indexed. */
const slack = 4;

/** What somebody who has typed this much probably looks for: by name, the exact one first. */
export async function suggestRepositories(
  context: SearchContext,
  viewer: Viewer,
  text: string,
): Promise<Suggestion[]> {
  const query = parseQuery(text);
  if (query.words.length === 0) return [];
  const [pool, pending, own] = await Promise.all([
    findBeginning(context, query),
    readPending(context),
    readPrivate(context, viewer, undefined),
  ]);
  if (pending.ids.size > 0) context.drainRequests.ask();
  const found = pool.documents.filter(({ id }) => !pending.ids.has(id));
  for (const document of [...pending.documents, ...own]) {
    const { short, squeezed, before } = readDocument(document);
    if (isAnswer({ short, squeezed, before, description: [], categories: [] }, query)) found.push(document);
  }
  const ranked = rank(found, query, context.clock.now()).map(({ document }) => document.id);
  const wanted = ranked.slice(0, maximumSuggestions + slack);
  const present = await readPresent(context, viewer, wanted);
  return wanted
    .map((id) => present.get(id))
    .filter((row) => row !== undefined)
    .slice(0, maximumSuggestions)
    .map(({ name, visibility, description, badge, pulls, stars, deprecated }) => ({
      name,
      visibility,
      description,
      badge,
      pulls,
      stars,
      deprecated: deprecated === 1,
    }));
}
