import { HubError } from "../shared/errors.ts";
import { maximumNameLength } from "../shared/reference.ts";

/**
 * Patterns over repository names, such as `acme/web-*` or `acme/**`.
 *
 * - `*` stands for any characters inside one part of the name, also for none.
 * - `**`, as a part of its own, stands for any number of parts; at the end of the pattern, for one or more.
 * - Everything else stands for itself.
 *
 * Matching never goes back further than to the last wildcard, so it takes at most pattern times name steps.
 */
export const everyRepository = "**";

const patternPart = /^[a-z0-9._*-]+$/;

/** @throws HubError `invalid` saying which part of the pattern cannot be read, and why. */
export function checkPattern(pattern: string): void {
  if (pattern.length > maximumNameLength)
    throw invalid(pattern.slice(0, 40) + "…", `it is longer than ${maximumNameLength} characters`);
  for (const part of pattern.split("/")) {
    if (part === "")
      throw invalid(
        pattern,
        "it has an empty part; write it as `namespace/name`, without a `/` at either end",
      );
    if (!patternPart.test(part))
      throw invalid(
        pattern,
        `"${part}" has a character that no repository name has; use a-z, 0-9, ".", "_", "-" and "*"`,
      );
    if (part !== "**" && part.includes("**"))
      throw invalid(
        pattern,
        `"**" stands alone between slashes; write "*" in "${part}", or "**" as a part of its own`,
      );
  }
}

export function matchesPattern(pattern: string, name: string): boolean {
  return pattern === everyRepository || matchesParts(partsOf(pattern), name.split("/"));
}

/**
 * Whether every name that `narrow` matches is matched by `wide` too. Errs towards no: a few exotic pairs that do are not
 * recognised, a pair that does not never passes.
 */
export function coversPattern(wide: string, narrow: string): boolean {
  return wide === everyRepository || matchesParts(partsOf(wide), partsOf(narrow));
}

/** A `**` at the end needs one part at least, which makes it `*` and then any number. */
function partsOf(pattern: string): string[] {
  const parts = pattern.split("/");
  if (parts.at(-1) === "**") parts.splice(-1, 0, "*");
  return parts;
}

function matchesParts(pattern: readonly string[], name: readonly string[]): boolean {
  return matchesWildcard(pattern, name, "**", matchesPart);
}

/** `part` may itself be of a pattern: a `*` in it is only met by a `*`, and a `**` by nothing but the wildcard for parts. */
function matchesPart(pattern: string, part: string): boolean {
  return part !== "**" && matchesText(pattern, part);
}

/** Whether a text is what a pattern says, in which `*` stands for any characters, also for none. */
export function matchesText(pattern: string, text: string): boolean {
  return matchesWildcard(pattern, text, "*", (a, b) => a === b);
}

/** Greedy matching with one wildcard that stands for any run of items. */
function matchesWildcard<Items extends string | readonly string[]>(
  pattern: Items,
  items: Items,
  wildcard: string,
  same: (pattern: string, item: string) => boolean,
): boolean {
  let at = 0;
  let wildcardAt = -1;
  let resumeAt = 0;
  let index = 0;
  while (index < items.length) {
    if (pattern[at] === wildcard) {
      wildcardAt = at;
      resumeAt = index;
      at += 1;
    } else if (at < pattern.length && same(pattern[at] ?? "", items[index] ?? "")) {
      at += 1;
      index += 1;
    } else if (wildcardAt >= 0) {
      resumeAt += 1;
      index = resumeAt;
      at = wildcardAt + 1;
    } else return false;
  }
  while (pattern[at] === wildcard) at += 1;
  return at === pattern.length;
}

function invalid(pattern: string, reason: string): HubError {
  return new HubError("invalid", `the repository pattern "${pattern}" is not valid: ${reason}`, {
    detail: { pattern },
  });
}
