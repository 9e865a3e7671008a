import { synonymsOf } from "./synonyms.ts";
import { fold, squeeze, withoutNumber, wordsOf } from "./words.ts";

/** What a text asks for. */
export interface ParsedQuery {
  /** As it is looked for: trimmed, at most `maximumText` characters. */
  text: string;
  /** Each of them has to be there, but for those that are `optional`. */
  words: QueryWord[];
  /** All in one, as the last part of a name is in the index. */
  squeezed: string;
  /** Something was left out at the end. */
  cut: boolean;
}

export interface QueryWord {
  word: string;
  /** What is as good, or nearly, and how good; the word itself is the first. */
  alternatives: { word: string; quality: number }[];
  /** It makes a repository a better answer, and none that lacks it a wrong one. */
  optional: boolean;
}

/** Far more than anybody types, in characters. */
const maximumText = 200;
const maximumWords = 8;

/** Said of every image: they tell nothing, next to other words. */
const filler = new Set(
  "a an and at by for from in is it of on or the to with using docker dockerfile container containers containerized image images official latest".split(
    " ",
  ),
);

/** Reads what somebody typed, or pasted: also `docker pull acme/web:1.2`. */
export function parseQuery(typed: string): ParsedQuery {
  const characters = Array.from(
    typed
      .slice(0, maximumText * 8)
      .replaceAll(/\s+/gu, " ")
      .trim(),
  );
  const text = withoutCommand(characters.slice(0, maximumText).join("").trim());
  const all = [...new Set(wordsOf(text))];
  const words = all.slice(0, maximumWords);
  const telling = words.filter((word) => !isFiller(word));
  return {
    text,
    words: words.map((word) => ({
      word,
      alternatives: alternativesOf(word),
      optional: telling.length > 0 && !telling.includes(word),
    })),
    squeezed: squeeze(text),
    cut: characters.length > maximumText || typed.length > maximumText * 8 || all.length > maximumWords,
  };
}

function isFiller(word: string): boolean {
  return filler.has(word) || /^\d+$/.test(word);
}

/** The name in a command or a reference that was pasted whole; other texts as they are. */
function withoutCommand(text: string): string {
  const named = text.replace(/^(?:docker|podman|nerdctl|wherry) (?:pull|run(?: -\S+)*) (?=\S)/, "");
  return reference.exec(named)?.groups?.["name"] ?? named;
}

/** A host, a name, a tag and a digest, of which only the name has to be there. */
const reference =
  /^(?:(?:localhost|[a-z0-9-]+(?:\.[a-z0-9-]+)+|[a-z0-9-]+(?=:))(?::\d+)?\/)?(?<name>[a-z0-9][\w./-]*)(?::[\w.-]+)?(?:@sha\d+:[0-9a-f]+)?$/;

function alternativesOf(word: string): QueryWord["alternatives"] {
  const found = new Map([[word, 1]]);
  const add = (other: string | undefined, quality: number) => {
    if (other !== undefined && !found.has(other)) found.set(other, quality);
  };
  for (const form of otherForms(word)) add(form, 0.95);
  add(doing(word), 0.85);
  for (const synonym of synonymsOf(word)) add(synonym, 0.85);
  const plain = withoutNumber(word);
  add(plain, 0.8);
  if (plain !== undefined) for (const synonym of synonymsOf(plain)) add(synonym, 0.7);
  return [...found].map(([alternative, quality]) => ({ word: alternative, quality }));
}

/** What is done and the doing of it: `block` and `blocking`. Only where nothing but the end changes. */
function doing(word: string): string | undefined {
  if (/^[a-z]{4,}ing$/.test(word)) return word.slice(0, -3);
  return /^[a-z]{2,}[b-df-hj-np-tvz][b-df-hj-np-rtvz]$/.test(word) ? `${word}ing` : undefined;
}

/** One for many, and many for one. */
function otherForms(word: string): string[] {
  if (!/^[a-z]{3,}$/.test(word)) return [];
  if (/[^aeiou]y$/.test(word)) return [`${word.slice(0, -1)}ies`];
  if (word.endsWith("ies")) return [`${word.slice(0, -3)}y`];
  if (/(?:ss|x|ch|sh)$/.test(word)) return [`${word}es`];
  if (/(?:sses|xes|ches|shes)$/.test(word)) return [word.slice(0, -2)];
  return [word.endsWith("s") ? word.slice(0, -1) : `${word}s`];
}

/** Whether a text is the whole of a name. */
export function isNameOf({ text }: ParsedQuery, name: string): boolean {
  return fold(text).replace(/^\/+|\/+$/g, "") === name;
}
