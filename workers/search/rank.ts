import { day } from "../platform/clock.ts";
import { partsOfName, type RepositoryDocument } from "./documents.ts";
import { hasFlag } from "./facets.ts";
import { readDocument, type DocumentWords } from "./match.ts";
import { popularityOf } from "./popularity.ts";
import { isNameOf, type ParsedQuery, type QueryWord } from "./query.ts";

/*
 * The order of what was found, from plain values. What the words are found in counts most: to be called so above being spoken of in a
 * description. Then how much a repository is used now, whether the hub vouches for it, and whether anybody still looks after it.
 */

/** What each part can give. */
const weights = {
  text: 3,
  popularity: 2,
  official: 0.6,
  verified: 0.3,
  stale: -0.5,
  deprecated: -1.2,
} as const;

/** Where a word stands, and what that is worth. A word of the name is worth more, the more of the name it is. */
const places = {
  wholeName: 1,
  nameWord: 0.7,
  namePart: 0.25,
  nameBeginning: 0.5,
  namespace: 0.6,
  namespaceBeginning: 0.3,
  description: 0.45,
  descriptionEnd: 0.3,
  category: 0.35,
} as const;

/** What counts as the beginning of a description, in words. */
const openingWords = 8;

/** A word that may be missing counts this much, beside one that may not. */
const optionalWeight = 0.2;

/** Untouched for this long a repository begins to be stale, and for so much longer it is wholly so. */
const freshFor = 365 * day;
const staleAfter = 3 * 365 * day;

export interface Ranked {
  document: RepositoryDocument;
  score: number;
}

/**
 * The candidates, best first. The one whose whole name was typed comes before all others, then the best of those whose last part of the
 * name was; other namesakes compete.
 *
 * @param now milliseconds since 1970
 */
export function rank(candidates: readonly RepositoryDocument[], query: ParsedQuery, now: number): Ranked[] {
  const ranked = candidates
    .map((document) => {
      const words = readDocument(document);
      return { document, words, score: scoreOf(document, words, query, now) };
    })
    .toSorted((a, b) => b.score - a.score || compareNames(a.document, b.document));
  if (query.squeezed === "") return ranked;
  const called = ranked.find(({ document }) => isNameOf(query, document.name));
  const alike = ranked.find(({ words }) => words.squeezed === query.squeezed);
  const first = new Set([called, alike].filter((each) => each !== undefined));
  return [...first, ...ranked.filter((each) => !first.has(each))];
}

function scoreOf(
  document: RepositoryDocument,
  words: DocumentWords,
  query: ParsedQuery,
  now: number,
): number {
  return (
    weights.text * textOf(words, query) +
    weights.popularity * popularityOf(document) +
    (hasFlag(document, "official") ? weights.official : 0) +
    (hasFlag(document, "verified") ? weights.verified : 0) +
    weights.stale * staleness(document, now) +
    (hasFlag(document, "deprecated") ? weights.deprecated : 0)
  );
}

/** How well the words fit, from 0 to 1. */
function textOf(words: DocumentWords, query: ParsedQuery): number {
  if (query.words.length === 0) return 0;
  if (words.squeezed === query.squeezed) return places.wholeName;
  let sum = 0;
  let weight = 0;
  for (const word of query.words) {
    const counts = word.optional ? optionalWeight : 1;
    sum += counts * worth(words, word);
    weight += counts;
  }
  const typedOn = query.squeezed !== "" && words.squeezed.startsWith(query.squeezed);
  const beginning = typedOn
    ? places.nameBeginning + share(query.squeezed, words) * (1 - places.nameBeginning)
    : 0;
  return Math.max(sum / weight, beginning);
}

/** What a word is worth in a document: the best of its alternatives, at the best place of each. */
function worth(words: DocumentWords, { alternatives }: QueryWord): number {
  return Math.max(...alternatives.map(({ word, quality }) => quality * bestPlace(words, word)));
}

function bestPlace(words: DocumentWords, word: string): number {
  if (words.squeezed === word) return places.wholeName;
  const best = Math.max(placeInName(words, word), words.categories.includes(word) ? places.category : 0);
  if (best >= places.description) return best;
  const place = words.description.indexOf(word);
  if (place < 0) return best;
  return Math.max(best, place < openingWords ? places.description : places.descriptionEnd);
}

function placeInName(words: DocumentWords, word: string): number {
  const { short, before } = words;
  if (short.includes(word)) return places.nameWord + places.namePart * share(word, words);
  if (before.includes(word)) return places.namespace;
  if (short.some((each) => each.startsWith(word)))
    return places.nameBeginning + places.namePart * share(word, words);
  return before.some((each) => each.startsWith(word)) ? places.namespaceBeginning : 0;
}

/** How much of the name a word is, from 0 to 1. */
function share(word: string, { squeezed }: DocumentWords): number {
  return Math.min(1, word.length / Math.max(1, squeezed.length));
}

/** From 0 to 1. */
function staleness({ updatedAt }: RepositoryDocument, now: number): number {
  return Math.min(1, Math.max(0, (now - updatedAt - freshFor) / staleAfter));
}

/** By the last part of the name, as people read it; then by all of it. */
export function compareNames(a: RepositoryDocument, b: RepositoryDocument): number {
  const [left, right] = [partsOfName(a.name).short, partsOfName(b.name).short];
  if (left !== right) return left < right ? -1 : 1;
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}
