import { describe, expect, test } from "vitest";
import { filterWords, facetWords, meets } from "../../../workers/search/facets.ts";
import { namesExpression, wordsExpression } from "../../../workers/search/match-expression.ts";
import type { SearchFilters } from "../../../workers/search/index.ts";
import { parseQuery } from "../../../workers/search/query.ts";
import { distance, gramSets, likelyMeant, mayMean, tolerance } from "../../../workers/search/typos.ts";
import { gramsOf, indexedWords, squeeze, wordsOf } from "../../../workers/search/words.ts";

const texts: [string, string[]][] = [
  ["docker-compose_ui", ["docker", "compose", "ui"]],
  ["Über größe ŁÓDŹ", ["uber", "grosse", "lodz"]],
  ["数据库 redis", ["数据", "据库", "redis"]],
  ["ทดสอบ", ["ทด", "ดส", "สอ", "อบ"]],
  ["한국어", ["한국", "국어"]],
  ["מסד נתונים", ["מסד", "נתונים"]],
  ["a\0b\u202ec", ["a", "b", "c"]],
  ["🐳 ❤️", []],
  ["\ud800 x", ["x"]],
  ["x".repeat(100), ["x".repeat(40)]],
];

test("words are letters and digits, small and without marks; what is written without spaces is taken in pairs", () => {
  for (const [text, words] of texts) expect([text, wordsOf(text)]).toEqual([text, words]);
});

test("the index has words that are written together in one way and apart in another", () => {
  expect(indexedWords("node.js for postgres15 and docker-compose")).toEqual(
    expect.arrayContaining(["node", "js", "nodejs", "postgres15", "postgres", "dockercompose"]),
  );
  expect(squeeze("Docker-Compose.UI")).toBe("dockercomposeui");
  expect(gramsOf("nginx")).toEqual(["_ng", "ngi", "gin", "inx", "nx_"]);
  expect(gramsOf("x")).toEqual(["_x_"]);
});

describe("a query", () => {
  const pasted = [
    ["docker pull acme/web:1.2", "acme/web"],
    ["podman run -it acme/web", "acme/web"],
    ["hub.example.com:5000/acme/web@sha256:0123", "acme/web"],
    ["  two   words ", "two words"],
    ["latest: news", "latest: news"],
  ];

  test("that was pasted with a command, a host or a tag is the name", () => {
    for (const [typed = "", text] of pasted) expect(parseQuery(typed).text).toBe(text);
  });

  const required: [string, string[]][] = [
    ["the best image for postgres 15", ["best", "postgres"]],
    ["docker", ["docker"]],
    ["docker image", ["docker", "image"]],
    ["nginx docker", ["nginx"]],
    ["12", ["12"]],
  ];

  test("has to have the words that tell something", () => {
    for (const [typed, words] of required) {
      const parsed = parseQuery(typed);
      expect(parsed.words.filter(({ optional }) => !optional).map(({ word }) => word)).toEqual(words);
    }
  });

  test("is found by other forms and names of its words", () => {
    const alternatives = (word: string) => parseQuery(word).words[0]?.alternatives.map((each) => each.word);
    expect(alternatives("databases")).toContain("database");
    expect(alternatives("proxies")).toContain("proxy");
    expect(alternatives("boxes")).toContain("box");
    expect(alternatives("k8s")).toContain("kubernetes");
    expect(alternatives("postgres15")).toEqual(["postgres15", "postgres", "postgresql", "pgsql"]);
  });

  test("of any length and any characters is no operator", () => {
    const hostile = [
      "AND OR NOT",
      '"',
      "a*b^c:d",
      "NEAR(a b, 2)",
      "{name}: x",
      "-x +y",
      "a''); drop table x",
      "x".repeat(10_000),
    ];
    for (const text of hostile) {
      const query = parseQuery(text);
      for (const expression of [wordsExpression(query, []), namesExpression(query)])
        expect(expression.replaceAll(/"[\p{L}\p{N}_]+"\*?/gu, "").replaceAll(/ AND | OR |[() ]/g, "")).toBe(
          "",
        );
    }
    expect(parseQuery("word ".repeat(2000))).toMatchObject({ cut: true });
    expect(parseQuery("a b c d e f g h i").cut).toBe(true);
  });
});

const distances: [string, string, number][] = [
  ["nginx", "ngnix", 1],
  ["nginx", "nginx", 0],
  ["postgres", "postgers", 1],
  ["redis", "reddis", 1],
  ["kafka", "kfka", 1],
  ["grafana", "graphana", 2],
  ["abc", "xyz", 3],
  ["short", "muchlonger", 3],
];

test("a letter that is missing, one too many, wrong or in its neighbour's place is one mistake", () => {
  for (const [from, to, off] of distances)
    expect([from, to, distance(from, to, 2), distance(to, from, 2)]).toEqual([from, to, off, off]);
});

test("what is misspelt shares something with what was meant", () => {
  expect(likelyMeant("ngnix")).toContain("nginx");
  expect(likelyMeant("reddis")).toContain("redis");
  expect(gramSets("graphana")[0]).toEqual(["_gr"]);
  expect(
    gramSets("kubernates").some((set) => set.every((gram) => gramsOf("kubernetes").includes(gram))),
  ).toBe(true);
  expect(["ab", "abc", "nginx", "postgres", "log4j"].map(tolerance)).toEqual([0, 1, 1, 2, 0]);
  const meant = [
    ["gti", "git", true],
    ["phh", "php", true],
    ["pph", "php", true],
    ["cat", "bat", false],
    ["cat", "cart", false],
    ["ngin", "nginx", true],
  ] as const;
  expect(meant.map(([typed, word]) => [typed, word, mayMean(typed, word)])).toEqual(meant);
});

describe("facets", () => {
  const now = Date.parse("2026-11-23T12:00:00Z");
  const day = 86_400_000;
  const facets = { flags: 1 | 4, platforms: 0b11, categories: ["web-servers"], updatedAt: now - 40 * day };

  const filters: [SearchFilters, boolean][] = [
    [{}, true],
    [{ official: true, signed: true }, true],
    [{ verified: true }, false],
    [{ sbom: true }, false],
    [{ architectures: ["arm64", "amd64"], systems: ["linux"] }, true],
    [{ architectures: ["s390x"] }, false],
    [{ systems: ["windows"] }, false],
    [{ categories: ["web-servers"] }, true],
    [{ categories: ["web-servers", "databases"] }, false],
    [{ updatedWithin: 90 }, true],
    [{ updatedWithin: 30 }, false],
    [{ architectures: ['" OR x'] }, false],
  ];

  test("decide exactly; and the index is asked for nothing that leaves out what meets them", () => {
    const words = new Set(facetWords(facets));
    for (const [filter, met] of filters) {
      expect([filter, meets(facets, filter, now)]).toEqual([filter, met]);
      const asked = filterWords(filter, now);
      if (met) expect(asked.every((any) => any.some((word) => words.has(word)))).toBe(true);
      for (const word of asked.flat()) expect(word).toMatch(/^[a-z0-9_]+$/);
    }
  });
});
