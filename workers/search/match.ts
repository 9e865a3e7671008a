import { wordsOfCategory } from "./category-words.ts";
import { partsOfName, type RepositoryDocument } from "./documents.ts";
import type { ParsedQuery, QueryWord } from "./query.ts";
import { indexedWords, squeeze } from "./words.ts";

/** The words of a document by where they stand, for ranking and for what is not in the index. */
export interface DocumentWords {
  /** Of the last part of the name, in order. */
  short: string[];
  /** The last part of the name, all in one. */
  squeezed: string;
  /** Of what is before it, the namespace first. */
  before: string[];
  /** Of the description, in order. */
  readonly description: string[];
  /** Of the names of its categories. */
  categories: string[];
}

export function readDocument({ name, description, categories }: RepositoryDocument): DocumentWords {
  const { short } = partsOfName(name);
  let described: string[] | undefined;
  return {
    short: indexedWords(short),
    squeezed: squeeze(short),
    before: indexedWords(name.slice(0, name.length - short.length)),
    // The longest text, and mostly not needed: whoever has the words in the name is not asked for them again.
    get description() {
      return (described ??= indexedWords(description));
    },
    categories: categories.flatMap(wordsOfCategory),
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
      words.before.some((each) => each.startsWith(word)) ||
      words.description.includes(word) ||
      words.categories.includes(word),
  );
}
