import type { Viewer } from "../auth/index.ts";
import { findPartial, findPool, findSimilar, poolSize, type Pool } from "./candidates.ts";
import type { SearchContext } from "./context.ts";
import type { RepositoryDocument } from "./documents.ts";
import { countFacets, hasFlag, meets, platformNames } from "./facets.ts";
import { isAnswer, readDocument } from "./match.ts";
import {
  readCounts,
  readPending,
  readPresent,
  readPrivate,
  withoutPending,
  type Pending,
  type PresentRow,
} from "./present.ts";
import { parseQuery, type ParsedQuery } from "./query.ts";
import { compareNames, rank } from "./rank.ts";
import type { SearchFilters, SearchHit, SearchQuery, SearchResults, SearchSort } from "./results.ts";
import { correct } from "./spelling.ts";
import { required } from "./match-expression.ts";

const usualLimit = 25;
const maximumLimit = 100;

/** With fewer answers than this, what was probably meant is looked for too. */
const few = 5;

/** How many more are looked up than are shown: some may be gone since they were indexed. */
const slack = 10;

/**
 * Finds repositories that the viewer may see, the best first. Public ones come from the index, and are looked up again in the main
 * database before they are shown, so that one that is deleted or private now is not; the viewer's private ones come from there alone.
 *
 * Of a common word the `poolSize` most popular answers are looked at; then `atLeast` says that there are more. Sorted by something else than
 * relevance, it is those that are sorted.
 */
export async function searchRepositories(
  context: SearchContext,
  viewer: Viewer,
  { text, filters = {}, sort = "relevance", ...page }: SearchQuery,
): Promise<SearchResults> {
  const query = parseQuery(text);
  const offset = clamp(page.offset ?? 0, 0, 10 * poolSize);
  const limit = clamp(page.limit ?? usualLimit, 1, maximumLimit);
  // A text without a letter or a digit asks for nothing that there is.
  const nothing = query.text !== "" && query.words.length === 0;
  const pool = nothing ? noAnswers : await findAnswers(context, viewer, query, filters);
  const sparse = required(query).length > 0 && pool.documents.length < few;
  const more = sparse ? await findMore(context, query, filters, pool) : undefined;
  const now = context.clock.now();
  const answers = await ordered(context, pool.documents, query, sort);
  const listed = [...answers, ...(more?.documents ?? [])];
  const slice = listed.slice(offset, offset + limit + slack);
  const present = await readPresent(
    context,
    viewer,
    slice.map(({ id }) => id),
  );
  const byId = new Map(listed.map((document) => [document.id, document]));
  const hits = withSuccessors(slice, present, byId, meetsAll(filters)).slice(0, limit);
  const reached = offset + limit;
  return {
    hits,
    total: listed.length - (slice.length - slice.filter(({ id }) => present.has(id)).length),
    atLeast: pool.full,
    offset,
    limit,
    next: reached < listed.length ? reached : undefined,
    facets: countFacets(listed, now),
    didYouMean: more?.didYouMean,
    cut: query.cut,
  };
}

interface Answers extends Pool {
  /** What the index does not say as it is now. */
  pending: Pick<Pending, "ids" | "full">;
}

const noAnswers: Answers = { documents: [], full: false, pending: { ids: new Set(), full: false } };

/** Everything that fits: of the index, of what it does not have yet, of what is the viewer's own. */
async function findAnswers(
  context: SearchContext,
  viewer: Viewer,
  query: ParsedQuery,
  filters: SearchFilters,
): Promise<Answers> {
  const [word] = required(query);
  const [pool, pending, own] = await Promise.all([
    findPool(context, query, filters),
    readPending(context),
    readPrivate(context, viewer, plainWord(word?.alternatives.length === 1 ? word.word : undefined)),
  ]);
  if (pending.ids.size > 0) context.drainRequests.ask();
  const now = context.clock.now();
  const fits = (document: RepositoryDocument) =>
    meets(document, filters, now) && isAnswer(readDocument(document), query);
  const found = await withoutPending(context, pending, pool.documents);
  const others = [...pending.documents, ...own].filter(fits);
  return { documents: [...found, ...others], full: pool.full, pending };
}

/** SQLite's `instr` knows letters as they are: only what is the same however it is written can be looked for by it. */
function plainWord(word: string | undefined): string | undefined {
  return word !== undefined && /^[a-z0-9]+$/.test(word) ? word : undefined;
}

/** When there are few answers: what has some of the words, and what is called nearly so. */
async function findMore(
  context: SearchContext,
  query: ParsedQuery,
  filters: SearchFilters,
  { documents: answers, pending }: Answers,
): Promise<{ documents: RepositoryDocument[]; didYouMean: string | undefined }> {
  const pools = [findPartial(context, query, filters), findSimilar(context, query, filters)];
  // Before it is said what was meant: that is spelt like the name of something that may be seen.
  const [partial = [], similar = []] = await Promise.all(
    pools.map(async (pool) => withoutPending(context, pending, (await pool).documents)),
  );
  const now = context.clock.now();
  const { meant, documents, instead } = correct(query, answers, similar, partial);
  const known = new Set(answers.map(({ id }) => id));
  const others = documents.filter(({ id }) => !known.has(id));
  return {
    documents: rank(others, meant ?? query, now).map(({ document }) => document),
    didYouMean: instead ? meant?.text : undefined,
  };
}

async function ordered(
  context: SearchContext,
  documents: readonly RepositoryDocument[],
  query: ParsedQuery,
  sort: SearchSort,
): Promise<RepositoryDocument[]> {
  const ranked = rank(documents, query, context.clock.now()).map(({ document }) => document);
  if (sort === "relevance") return ranked;
  if (sort === "name") return ranked.toSorted(compareNames);
  if (sort === "updated") return ranked.toSorted((a, b) => b.updatedAt - a.updatedAt);
  const counts = await readCounts(
    context,
    ranked.map(({ id }) => id),
  );
  const countOf = ({ id }: RepositoryDocument) => counts.get(id)?.[sort] ?? 0;
  return ranked.toSorted((a, b) => countOf(b) - countOf(a));
}

/**
 * Hits as they are now. Where a repository is deprecated and there is one to use in its place, that one comes before it, also when it has none of the
 * words.
 */
function withSuccessors(
  slice: readonly RepositoryDocument[],
  present: ReadonlyMap<number, PresentRow>,
  documents: ReadonlyMap<number, RepositoryDocument>,
  meetsFilters: boolean,
): SearchHit[] {
  const hits = new Map<number, SearchHit>();
  const add = (id: number) => {
    const row = present.get(id);
    if (row && !hits.has(id)) hits.set(id, hitOf(row, documents.get(id)));
  };
  for (const { id } of slice) {
    const successor = present.get(id)?.successorId;
    if (successor != null && (meetsFilters || documents.has(successor))) add(successor);
    add(id);
  }
  return [...hits.values()];
}

function hitOf(row: PresentRow, document: RepositoryDocument | undefined): SearchHit {
  const { successorId: _, categories, deprecated, ...shown } = row;
  return {
    ...shown,
    categories: JSON.parse(categories) as string[],
    deprecated: deprecated === 1,
    platforms: document ? platformNames(document.platforms) : [],
    signed: document !== undefined && hasFlag(document, "signed"),
    sbom: document !== undefined && hasFlag(document, "sbom"),
  };
}

/** Whether there are no filters, so that anything meets them. */
function meetsAll(filters: SearchFilters): boolean {
  return Object.values(filters).every((filter) => !filter || (Array.isArray(filter) && filter.length === 0));
}

function clamp(value: number, least: number, most: number): number {
  return Number.isFinite(value) ? Math.min(most, Math.max(least, Math.trunc(value))) : least;
}
