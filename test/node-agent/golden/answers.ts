import type { Outcome } from "../../support/command.ts";
import type { Comparison } from "./transcript.ts";

/** What differs from run to run, by what it is called in answers: [what, its name]. */
export type Names = readonly (readonly [string, string])[];

const changing: readonly (readonly [RegExp, string])[] = [
  [/sha256:[0-9a-f]{64}/g, "DIGEST"],
  [/\b[0-9a-f]{64}\b/g, "ID"],
  [/\b(?=[0-9a-f]*\d)[0-9a-f]{12}\b/g, "SHORT-ID"],
  [/\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z| ?[+-]\d\d:?\d\d(?: \w+)?)?/g, "TIME"],
  [
    /\b(?:Less than a second|About an? (?:minute|hour)|\d+ (?:second|minute|hour|day|week|month|year)s?)\b/g,
    "AGE",
  ],
  [/\b\d+(?:\.\d+)? ?(?:B|kB|MB|GB|KiB|MiB|GiB)\b/g, "SIZE"],
  [/\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b/g, "MAC"],
  [/\b(127\.0\.0\.1|0\.0\.0\.0):\d{4,5}\b/g, "$1:PORT"],
  [/\b(?:172|10\.20\d)\.\d+\.\d+(?:\.\d+)?\b/g, "ADDRESS"],
  [/time=[\d.]+ ms|= [\d./]+ ms/g, "MILLISECONDS"],
  [/\b[a-z]+_[a-z]+\d?(?= |$)/g, "NAME"],
];

/** Of the client, which sometimes is too late to see that a container has gone. */
const clientsOwn = /^time=.*error waiting for container: context canceled.*\n/gm;

/** An answer as the lines of a transcript, without what differs from run to run. */
export function answerOf({ code, stdout, stderr }: Outcome, comparison: Comparison, names: Names): string[] {
  const ending = code === 0 ? [] : [`= ${code}`];
  if (comparison === "code") return ending;
  const [shown, told] = [linesOf(stdout, names), linesOf(stderr, names).map((line) => `! ${line}`.trimEnd())];
  if (comparison === "json") return [...shapeOf(stdout, names), ...told, ...ending];
  const ordered = comparison === "set" ? shown.toSorted() : shown;
  return [...ordered.map((line) => `> ${line}`.trimEnd()), ...told, ...ending];
}

function linesOf(text: string, names: Names): string[] {
  const plain = plainText(text.replaceAll("\r\n", "\n").replaceAll(clientsOwn, ""), names);
  return plain === "" ? [] : plain.replace(/\n$/, "").split("\n");
}

/** The width of columns is of what is in them. */
function plainText(text: string, names: Names): string {
  let plain = text;
  for (const [what, name] of names) plain = plain.replaceAll(what, name);
  for (const [pattern, name] of changing) plain = plain.replaceAll(pattern, name);
  return plain.replaceAll(/[ \t]{2,}/g, "  ").replaceAll(/ +$/gm, "");
}

/** The places in a JSON text, or in several of them, with what kind of value is there. */
function shapeOf(text: string, names: Names): string[] {
  const found = new Set<string>();
  const note = (value: unknown, place: string): void => {
    if (Array.isArray(value)) {
      found.add(`. ${place} array`);
      for (const each of value) note(each, `${place}[]`);
    } else if (typeof value === "object" && value !== null) {
      found.add(`. ${place} object`);
      for (const [name, each] of Object.entries(value)) note(each, `${place}/${plainText(name, names)}`);
    } else found.add(`. ${place} ${value === null ? "null" : typeof value}`);
  };
  for (const value of valuesOf(text)) note(value, "");
  return [...found].toSorted();
}

function valuesOf(text: string): unknown[] {
  try {
    return [JSON.parse(text)];
  } catch {
    return text
      .split("\n")
      .filter(Boolean)
      .map((line): unknown => JSON.parse(line));
  }
}

/** Where Docker has nothing, any value is as good; it must be there. */
function isUnset(line: string, places: ReadonlySet<string | undefined>): boolean {
  const [, place, kind] = line.split(" ");
  return kind === "null" && places.has(place);
}

/** What is to be seen of a difference: of JSON, what is expected and missing (`- `); there may be more than is expected. */
export function compared(
  comparison: Comparison,
  expected: readonly string[],
  found: readonly string[],
): string[] {
  if (comparison !== "json") return [...found];
  const there = new Set(found);
  const places = new Set(found.map((line) => line.split(" ", 2)[1]));
  const missing = expected.filter(
    (line) => line.startsWith(". ") && !there.has(line) && !isUnset(line, places),
  );
  return [...missing.map((line) => `- ${line.slice(2)}`), ...found.filter((line) => !line.startsWith(". "))];
}
