import { printed, toJson } from "./print.ts";
import { TemplateError } from "./template-error.ts";

export type TemplateFunction = (...values: readonly unknown[]) => unknown;

const text = (value: unknown) => (typeof value === "string" ? value : printed(value));
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? (value as unknown[]) : [value]);

/** The functions of Go's templates and of docker's. */
export const functions: Readonly<Record<string, TemplateFunction>> = {
  json: (value) => toJson(value),
  print: (...values) => spaced(values),
  println: (...values) => `${values.map(printed).join(" ")}\n`,
  printf: (form, ...values) => formatted(text(form), values),
  lower: (value) => text(value).toLowerCase(),
  upper: (value) => text(value).toUpperCase(),
  title: (value) =>
    text(value).replaceAll(
      /(^|\s)(\S)/g,
      (_, before: string, letter: string) => before + letter.toUpperCase(),
    ),
  split: (value, by) => text(value).split(text(by)),
  join: (values, by) => list(values).map(printed).join(text(by)),
  pad: (value, before, after) => " ".repeat(Number(before)) + text(value) + " ".repeat(Number(after)),
  truncate: (value, length) => text(value).slice(0, Number(length)),
  len: lengthOf,
  index: (value, ...keys) => keys.reduce<unknown>(at, value),
  slice: (value, from = 0, to) =>
    (typeof value === "string" ? value : list(value)).slice(
      Number(from),
      to === undefined ? undefined : Number(to),
    ),
  not: (value) => !isTrue(value),
  and: (...values) => values.find((value) => !isTrue(value)) ?? values.at(-1),
  or: (...values) => values.find(isTrue) ?? values.at(-1),
  eq: (value, ...others) => others.some((other) => same(value, other)),
  ne: (value, other) => !same(value, other),
  lt: (a, b) => order(a, b) < 0,
  le: (a, b) => order(a, b) <= 0,
  gt: (a, b) => order(a, b) > 0,
  ge: (a, b) => order(a, b) >= 0,
  urlquery: (value) => encodeURIComponent(text(value)),
  html: (value) => text(value).replaceAll(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`),
};

/** As Go has it: nothing, false, 0 and what is empty are not. */
export function isTrue(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (typeof value === "object" && value !== null) return Object.keys(value).length > 0;
  return Boolean(value);
}

/** Strings that stand beside each other have no space between them. */
function spaced(values: readonly unknown[]): string {
  return values
    .map((value, at) => {
      const gap = at > 0 && typeof value !== "string" && typeof values[at - 1] !== "string" ? " " : "";
      return gap + printed(value);
    })
    .join("");
}

function lengthOf(value: unknown): number {
  if (typeof value === "string") return Buffer.byteLength(value);
  if (Array.isArray(value)) return value.length;
  if (typeof value === "object" && value !== null) return Object.keys(value).length;
  if (value === undefined || value === null) return 0;
  throw new TemplateError(`len takes text, a list or a map, not ${printed(value)}.`);
}

function at(value: unknown, key: unknown): unknown {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string") return value.charCodeAt(Number(key));
  if (Array.isArray(value)) {
    if (!(Number(key) < value.length))
      throw new TemplateError(`The list has ${value.length} entries, and no number ${printed(key)}.`);
    return (value as unknown[])[Number(key)];
  }
  return Object.hasOwn(value, printed(key)) ? (value as Record<string, unknown>)[printed(key)] : undefined;
}

function same(a: unknown, b: unknown): boolean {
  return (
    a === b || (a ?? undefined) === (b ?? undefined) || (typeof a === "bigint" && printed(a) === printed(b))
  );
}

function order(a: unknown, b: unknown): number {
  if (typeof a === "string" || typeof b === "string") {
    const [left, right] = [text(a), text(b)];
    return left === right ? 0 : left < right ? -1 : 1;
  }
  return Number(a) - Number(b);
}

/** `%s %v %d %q %x %t %f %5s %-5s %.2f %%`. */
function formatted(form: string, values: readonly unknown[]): string {
  let at = 0;
  return form.replaceAll(
    /%([-0]?)(\d*)(?:\.(\d+))?([a-zA-Z%])/g,
    (_, side: string, width: string, digits: string | undefined, what: string) => {
      if (what === "%") return "%";
      const value = values[at];
      at += 1;
      const shown = one(value, what, digits);
      if (side === "-") return shown.padEnd(Number(width));
      return shown.padStart(Number(width), side === "0" ? "0" : " ");
    },
  );
}

function one(value: unknown, what: string, digits: string | undefined): string {
  if (what === "q") return JSON.stringify(text(value));
  if (what === "x")
    return typeof value === "number" ? value.toString(16) : Buffer.from(text(value)).toString("hex");
  if (what === "f") return Number(value).toFixed(Number(digits ?? 6));
  const shown = printed(value);
  return digits === undefined ? shown : shown.slice(0, Number(digits));
}
