import { TemplateError } from "./template-error.ts";

export type Token =
  | { kind: "text"; text: string }
  | { kind: "open" }
  | { kind: "close" }
  | { kind: "space" }
  /** `.`, `.A.B`: the names. */
  | { kind: "field"; path: string[] }
  | { kind: "variable"; name: string; path: string[] }
  | { kind: "word"; text: string }
  | { kind: "constant"; value: unknown }
  | { kind: "sign"; text: "(" | ")" | "|" | ":=" | "=" | "," };

const escapes: Readonly<Record<string, string>> = {
  n: "\n",
  t: "\t",
  r: "\r",
  '"': '"',
  "\\": "\\",
  "'": "'",
};

const patterns: readonly (readonly [RegExp, (match: RegExpExecArray) => Token])[] = [
  [/\s+/y, () => ({ kind: "space" })],
  [/"(?:[^"\\\n]|\\.)*"/y, ([found]) => ({ kind: "constant", value: unquoted(found.slice(1, -1)) })],
  [/`([^`]*)`/y, ([, raw = ""]) => ({ kind: "constant", value: raw })],
  [
    /'((?:[^'\\]|\\.))'/y,
    ([, letter = ""]) => ({ kind: "constant", value: unquoted(letter).codePointAt(0) }),
  ],
  [/[+-]?\d+(?:\.\d+)?/y, ([found]) => ({ kind: "constant", value: Number(found) })],
  [/\$(\w*)((?:\.\w+)*)/y, ([, name = "", path = ""]) => ({ kind: "variable", name, path: names(path) })],
  [/(?:\.\w+)+|\./y, ([found]) => ({ kind: "field", path: names(found) })],
  [/\w+/y, ([text]) => ({ kind: "word", text })],
  [/:=|[()|=,]/y, ([text]) => ({ kind: "sign", text: text as ":=" })],
];

/** The tokens of a template. @throws TemplateError for an action without an end, and for signs that mean nothing. */
export function scan(template: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < template.length) {
    const open = template.indexOf("{{", at);
    const end = open < 0 ? template.length : open;
    const trims = open >= 0 && /^\{\{-\s/.test(template.slice(open, open + 4));
    const text = template.slice(at, end);
    tokens.push({ kind: "text", text: trims ? text.trimEnd() : text });
    if (open < 0) break;
    at = scanAction(template, open + (trims ? 3 : 2), tokens);
  }
  return tokens.filter((token) => token.kind !== "text" || token.text !== "");
}

/** @returns where the action ends. */
function scanAction(template: string, from: number, tokens: Token[]): number {
  const comment = /\s*\/\*[\s\S]*?\*\/\s*(-?)\}\}/y;
  comment.lastIndex = from;
  const found = comment.exec(template);
  if (found !== null) return behind(template, comment.lastIndex, found[1] === "-");
  tokens.push({ kind: "open" });
  let at = from;
  while (at < template.length) {
    const close = /\s-\}\}|\}\}/y;
    close.lastIndex = at;
    const ending = close.exec(template);
    if (ending !== null) {
      tokens.push({ kind: "close" });
      return behind(template, close.lastIndex, ending[0].length > 2);
    }
    const token = next(template, at);
    tokens.push(token.token);
    at = token.end;
  }
  throw new TemplateError(`The template ${template} has {{ without }}.`);
}

function behind(template: string, at: number, trims: boolean): number {
  return trims ? at + (/^\s*/.exec(template.slice(at))?.[0].length ?? 0) : at;
}

function next(template: string, at: number): { token: Token; end: number } {
  for (const [pattern, make] of patterns) {
    pattern.lastIndex = at;
    const match = pattern.exec(template);
    if (match !== null) return { token: make(match), end: pattern.lastIndex };
  }
  throw new TemplateError(`The template ${template} has a "${template[at]}" where none can stand.`);
}

function names(path: string): string[] {
  return path.split(".").filter(Boolean);
}

function unquoted(text: string): string {
  return text.replaceAll(/\\(.)/g, (_, letter: string) => escapes[letter] ?? letter);
}
