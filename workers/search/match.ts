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
  readonly before: string[];
  /** Of the description, in order. */
  readonly description: string[];
  /** Of the names of its categories. */
  readonly categories: string[];
}

const read = new WeakMap<RepositoryDocument, DocumentWords>();

/** The words of a document; one search asks several times for those of the same one. */
export function readDocument(document: RepositoryDocument): DocumentWords {
  let words = read.get(document);
  if (!words) {
    words = wordsOfDocument(document);
    read.set(document, words);
  }
  return words;
}

function wordsOfDocument({ name, description, categories }: RepositoryDocument): DocumentWords {
  const { short } = partsOfName(name);
  const squeezed = squeeze(short);
  let before: string[] | undefined;
  let described: string[] | undefined;
  let labels: string[] | undefined;
  return {
    // Most names are one word, and then it is known by now.
    short: squeezed === short && !/\d/.test(short) ? [short] : indexedWords(short),
    squeezed,
    // What is mostly not needed: whoever has the words in the name is not asked for them again.
    get before() {
      return (before ??= indexedWords(name.slice(0, name.length - short.length)));
    },
    get description() {
      return (described ??= indexedWords(description));
    },
    get categories() {
      return (labels ??= categories.flatMap(wordsOfCategory));
    },
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
