import type { RepositoryDocument } from "./documents.ts";
import { readDocument } from "./match.ts";
import { required } from "./match-expression.ts";
import { popularityOf } from "./popularity.ts";
import { parseQuery, type ParsedQuery } from "./query.ts";
import { distance, mayMean, tolerance } from "./typos.ts";

export interface Correction {
  /** The query with what was probably meant in place of what was typed; undefined: it is as good as any. */
  meant: ParsedQuery | undefined;
  /** Repositories to show behind the answers. */
  documents: RepositoryDocument[];
  /** It is worth asking whether that was meant. */
  instead: boolean;
}

/** How much more popular something has to be than what was found, to be what was meant. */
const clearly = 0.15;

/**
 * What was probably meant by a query with few answers.
 *
 * @param similar repositories with names like the words of the query
 * @param partial repositories that have some of the words
 */
export function correct(
  query: ParsedQuery,
  answers: readonly RepositoryDocument[],
  similar: readonly RepositoryDocument[],
  partial: readonly RepositoryDocument[],
): Correction {
  const best = Math.max(0, ...answers.map(popularityOf));
  const isKnown = (word: string) =>
    partial.some((document) => {
      const words = readDocument(document);
      return words.short.includes(word) || words.before.includes(word) || words.description.includes(word);
    });
  let text = query.text.toLowerCase();
  const documents = new Map<number, RepositoryDocument>();
  let instead = false;
  for (const { word } of required(query)) {
    const meant = nearest(word, similar);
    if (!meant || (answers.length > 0 && meant.popularity < best + clearly)) continue;
    // A word that is there stands next to others that are not found with it: it is spelt as it should be.
    if (answers.length === 0 && isKnown(word)) continue;
    text = text.replace(word, meant.word);
    instead = true;
    for (const document of meant.documents) documents.set(document.id, document);
  }
  for (const document of similar.filter((each) => isPartOf(query, each)))
    documents.set(document.id, document);
  if (!instead)
    for (const document of answers.length === 0 ? mostWords(query, partial) : [])
      documents.set(document.id, document);
  return { meant: instead ? parseQuery(text) : undefined, documents: [...documents.values()], instead };
}

/** Letters that stand within so many names by chance that it says nothing. */
const shortPart = 3;

/** Whether what was typed stands within a name: `myadmin` in `phpmyadmin`. */
function isPartOf({ squeezed }: ParsedQuery, document: RepositoryDocument): boolean {
  return (
    squeezed.length > shortPart &&
    tolerance(squeezed) > 0 &&
    readDocument(document).squeezed.includes(squeezed)
  );
}

interface Meant {
  word: string;
  popularity: number;
  documents: RepositoryDocument[];
}

/** The word of a name that is nearest to what was typed; of two as near, the more popular one. */
function nearest(word: string, similar: readonly RepositoryDocument[]): Meant | undefined {
  const most = tolerance(word);
  const found = new Map<string, Meant & { off: number }>();
  for (const document of similar) {
    const { squeezed, short } = readDocument(document);
    for (const each of new Set([squeezed, ...short])) {
      const off = distance(word, each, most);
      if (off === 0 || off > most || !mayMean(word, each)) continue;
      const entry = found.get(each) ?? { word: each, off, popularity: 0, documents: [] };
      entry.popularity = Math.max(entry.popularity, popularityOf(document));
      entry.documents.push(document);
      found.set(each, entry);
    }
  }
  // A letter more or less matters less than that nobody uses what it makes.
  const worth = ({ off, popularity }: { off: number; popularity: number }) => popularity - 0.3 * off;
  return [...found.values()].toSorted((a, b) => worth(b) - worth(a))[0];
}

/** Those that have the most of the words. */
function mostWords(query: ParsedQuery, partial: readonly RepositoryDocument[]): RepositoryDocument[] {
  const wanted = required(query);
  const counted = partial.map((document) => {
    const { short, before, description, categories } = readDocument(document);
    const places = [short, before, description, categories];
    const has = wanted.filter(({ word }) =>
      places.some((words) => words.some((each) => each.startsWith(word))),
    );
    return { document, words: has.length };
  });
  const most = Math.max(0, ...counted.map(({ words }) => words));
  return counted.filter(({ words }) => words > 0 && words === most).map(({ document }) => document);
}
