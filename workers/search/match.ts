import { partsOfName, type RepositoryDocument } from "./documents.ts";
import type { ParsedQuery, QueryWord } from "./query.ts";
import { indexedWords, squeeze } from "./words.ts";
import { categoryLabel } from "../shared/categories.ts";

/** The words of a document by where they stand, for ranking and for what is not in the index. */
export interface DocumentWords {
  /** Of the last part of the name, in order. */
  short: string[];
  /** The last part of the name, all in one. */
  squeezed: string;
  /** Of what is before it, the namespace first. */
  before: Set<string>;
  /** Of the description, with the place of each. */
  description: Map<string, number>;
  /** Of the names of its categories. */
  categories: Set<string>;
}

export function readDocument({ name, description, categories }: RepositoryDocument): DocumentWords {
  const { short } = partsOfName(name);
  const places = new Map<string, number>();
  for (const [place, word] of indexedWords(description).entries())
    if (!places.has(word)) places.set(word, place);
  return {
    short: indexedWords(short),
    squeezed: squeeze(short),
    before: new Set(indexedWords(name.slice(0, name.length - short.length))),
    description: places,
    categories: new Set(categories.map(categoryLabel).flatMap(indexedWords)),
  };
}

/** Whether a document is an answer: each word that has to be there is, if only as the beginning of a word of its name. */
export function isAnswer(words: DocumentWords, query: ParsedQuery): boolean {
  if (query.squeezed !== "" && words.squeezed.startsWith(query.squeezed)) return true;
  return query.words.every((word) => word.optional || isThere(words, word));
}

function isThere(words: DocumentWords, { alternatives }: QueryWord): boolean {
  return alternatives.some(
    ({ word }) =>
      words.short.some((each) => each.startsWith(word)) ||
      [...words.before].some((each) => each.startsWith(word)) ||
      words.description.has(word) ||
      words.categories.has(word),
  );
}
