import { isObject } from "./bounded-json.ts";
import { textOf } from "./texts.ts";

/** What is at the end of a path through objects and lists that anybody may have written; undefined where the path breaks off. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  let reached = value;
  for (const step of path) {
    if (typeof step === "number") reached = Array.isArray(reached) ? (reached as unknown[])[step] : undefined;
    else reached = isObject(reached) && Object.hasOwn(reached, step) ? reached[step] : undefined;
  }
  return reached;
}

/** The list there; none where there is something else. */
export function listAt(value: unknown, ...path: readonly (string | number)[]): unknown[] {
  const list = at(value, ...path);
  return Array.isArray(list) ? (list as unknown[]) : [];
}

/** The text there, cleaned and cut; "" where there is something else. */
export function textAt(value: unknown, ...path: readonly (string | number)[]): string {
  return textOf(at(value, ...path));
}

/** The first of these that is not empty. */
export function firstOf(...texts: readonly string[]): string {
  return texts.find((text) => text !== "") ?? "";
}
