import type { ParsedQuery, QueryWord } from "./query.ts";

/*
 * What FTS5 is asked. Words come from words.ts and facets.ts: letters, digits and `_`; quoted all the same, so that AND, OR and NOT are
 * words too.
 */

const quoted = (word: string) => `"${word.replaceAll('"', "")}"`;
const beginning = (word: string) => `${quoted(word)}*`;
const anyOf = (expressions: readonly string[]) =>
  expressions.length === 1 ? (expressions[0] ?? "") : `(${expressions.join(" OR ")})`;
const allOf = (expressions: readonly string[]) => expressions.join(" AND ");

/** Whole words, anywhere in a repository; of each of `filters` one word besides. "" when there is nothing to ask for. */
export function wordsExpression(query: ParsedQuery, filters: readonly (readonly string[])[]): string {
  const wanted = required(query);
  const every = allOf(wanted.map((word) => anyOf(forms(word).map(quoted))));
  // `node js` is `nodejs`, too.
  const text = wanted.length > 1 ? anyOf([quoted(query.squeezed), `(${every})`]) : every;
  return allOf([...(text === "" ? [] : [text]), ...filters.map((words) => anyOf(words.map(quoted)))]);
}

/** Beginnings of words, in names. "" when there is nothing to ask for. */
export function namesExpression(query: ParsedQuery): string {
  const wanted = required(query);
  if (wanted.length === 0) return "";
  const every = allOf(wanted.map((word) => anyOf(shortest(forms(word)).map(beginning))));
  return wanted.length > 1 ? anyOf([beginning(query.squeezed), `(${every})`]) : every;
}

/** Any of the words, also where they only begin one: when nothing has them all. */
export function anyWordExpression(query: ParsedQuery, filters: readonly (readonly string[])[]): string {
  const text = anyOf(
    required(query).flatMap(({ word }) => (word.length > 3 ? [beginning(word)] : [quoted(word)])),
  );
  return allOf([text, ...filters.map((words) => anyOf(words.map(quoted)))]);
}

export function exactExpression(words: readonly string[]): string {
  return anyOf(words.map(quoted));
}

export function required({ words }: ParsedQuery): QueryWord[] {
  return words.filter(({ optional }) => !optional);
}

/** Without those that another one begins: what begins with them begins with that. */
function shortest(words: readonly string[]): string[] {
  return words.filter((word) => !words.some((other) => other !== word && word.startsWith(other)));
}

function forms({ alternatives }: QueryWord): string[] {
  return alternatives.map(({ word }) => word);
}
