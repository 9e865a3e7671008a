import { describe, expect, it } from "vitest";
import { checkPattern, coversPattern, matchesPattern } from "../../../workers/auth/patterns.ts";

describe("a repository pattern", () => {
  it.each([
    ["**", "acme", true],
    ["**", "acme/web/api", true],
    ["*", "acme", true],
    ["*", "acme/web", false],
    ["acme/web", "acme/web", true],
    ["acme/web", "acme/web2", false],
    ["acme/web", "acme", false],
    ["acme/web-*", "acme/web-front", true],
    ["acme/web-*", "acme/web-", true],
    ["acme/web-*", "acme/web", false],
    ["acme/web-*", "acme/web-front/edge", false],
    ["acme/*-*-v2", "acme/a-b-c-v2", true],
    ["acme/*-*-v2", "acme/a-v2", false],
    ["acme/**", "acme/web", true],
    ["acme/**", "acme/web/api", true],
    ["acme/**", "acme", false],
    ["acme/**", "acmes/web", false],
    ["acme/**/api", "acme/api", true],
    ["acme/**/api", "acme/web/v1/api", true],
    ["acme/**/api", "acme/web/api/x", false],
    ["**/api", "api", true],
    ["**/api", "acme/web/api", true],
    ["**/api/**", "acme/api/web", true],
    ["**/api/**", "acme/api", false],
    ["a.c/web", "abc/web", false],
  ])("%s on %s: %s", (pattern, name, matches) => {
    expect(matchesPattern(pattern, name)).toBe(matches);
  });

  it.each([
    ["", /empty part/],
    ["acme/", /empty part/],
    ["/acme", /empty part/],
    ["acme//web", /empty part/],
    ["acme/web**", /"\*\*" stands alone/],
    ["acme/***", /"\*\*" stands alone/],
    ["Acme/web", /"Acme" has a character/],
    ["acme/we b", /"we b" has a character/],
    ["acme/[ab]", /"\[ab\]" has a character/],
    ["a".repeat(256), /longer than 255/],
  ])("%j is refused, with the reason", (pattern, reason) => {
    expect(() => checkPattern(pattern)).toThrow(reason);
  });

  it.each(["**", "*", "acme/**", "acme/web-*", "*/web", "a.b-c__d/*-v2/**"])("%s is taken", (pattern) => {
    expect(() => checkPattern(pattern)).not.toThrow();
  });

  it("is matched in time that does not explode with its wildcards", () => {
    const name = `${"a".repeat(250)}/b`;
    expect(matchesPattern(`${"*a".repeat(100)}*c/b`, name)).toBe(false);
    expect(matchesPattern(`${"**/*a*/".repeat(30)}c`, "a/".repeat(120) + "b")).toBe(false);
  });
});

describe("a pattern covers another", () => {
  it.each([
    ["**", "**/x", true],
    ["**", "acme/**", true],
    ["acme/**", "acme/**", true],
    ["acme/**", "acme/web-*", true],
    ["acme/**", "acme/web/**", true],
    ["acme/web-*", "acme/web-a*", true],
    ["acme/web-*", "acme/web-front", true],
    ["acme/*", "acme/*", true],
    ["*/web", "acme/web", true],
  ])("%s covers %s", (wide, narrow) => {
    expect(coversPattern(wide, narrow)).toBe(true);
  });

  it.each([
    ["acme/**", "**"],
    ["acme/*", "acme/**"],
    ["acme/web-*", "acme/*"],
    ["acme/web-*", "acme/w*"],
    ["acme/web", "acme/*"],
    ["*", "**"],
    ["*/*", "**"],
    ["acme/*/api", "acme/**/api"],
    ["acme/a*", "acme/*a"],
  ])("%s does not cover %s", (wide, narrow) => {
    expect(coversPattern(wide, narrow)).toBe(false);
  });

  it("only when every name of the narrow one is one of the wide one", () => {
    const parts = ["a", "b", "*", "a*", "**"];
    const patterns = parts.flatMap((one) => [
      one,
      ...parts.flatMap((two) => [`${one}/${two}`, `${one}/${two}/a`]),
    ]);
    const words = ["a", "b", "ab", "ba"];
    const names = words.flatMap((x) => [
      x,
      ...words.flatMap((y) => [`${x}/${y}`, ...words.map((z) => `${x}/${y}/${z}`)]),
    ]);
    for (const wide of patterns)
      for (const narrow of patterns)
        if (coversPattern(wide, narrow))
          for (const name of names)
            if (matchesPattern(narrow, name) && !matchesPattern(wide, name))
              expect.fail(`${wide} was said to cover ${narrow}, but ${name} is only matched by the latter`);
  });
});
