import { expect, test } from "vitest";
import type { RepositoryDocument } from "../../../workers/search/documents.ts";
import { flagsOf } from "../../../workers/search/facets.ts";
import { rankOf } from "../../../workers/search/popularity.ts";
import { parseQuery } from "../../../workers/search/query.ts";
import { rank } from "../../../workers/search/rank.ts";

const now = Date.parse("2026-11-23T12:00:00Z");
const year = 365 * 86_400_000;
const plain = { signed: false, sbom: false, deprecated: false };

let ids = 0;
function repository(name: string, more: Partial<RepositoryDocument> = {}): RepositoryDocument {
  ids += 1;
  const nothing = { description: "", flags: 0, platforms: 0, categories: [], recent: 0, pulls: 0, stars: 0 };
  return { id: ids, name, updatedAt: now, ...nothing, ...more };
}
const popular = { recent: 120, pulls: 220, stars: 90 };
const official = { flags: flagsOf("official", plain) };

const facts: [fact: string, query: string, best: RepositoryDocument, other: RepositoryDocument][] = [
  [
    "the whole name before anything",
    "acme/web",
    repository("acme/web"),
    repository("library/web", { ...popular, ...official }),
  ],
  [
    "the last part of the name before what only has it in it",
    "web",
    repository("acme/web"),
    repository("library/web-server", { ...popular, ...official }),
  ],
  ["of namesakes the more popular one", "web", repository("zen/web", popular), repository("acme/web")],
  ["of namesakes the official one", "web", repository("zen/web", official), repository("acme/web")],
  [
    "what is in the name before what is in the description",
    "web",
    repository("acme/web-ui"),
    repository("acme/ui", { description: "for the web" }),
  ],
  [
    "what says it first before what says it last",
    "tea",
    repository("a/x", { description: "tea for all" }),
    repository("a/w", { description: "a b c d e f g h i j tea" }),
  ],
  [
    "more of the name before less of it",
    "kube",
    repository("a/kube-ui"),
    repository("a/kube-state-metrics-exporter"),
  ],
  [
    "all words before some",
    "web ui",
    repository("a/web-ui"),
    repository("b/web-server", { description: "ui" }),
  ],
  [
    "what is looked after before what is not",
    "tea",
    repository("z/tea-a"),
    repository("a/tea-b", { updatedAt: now - 5 * year }),
  ],
  [
    "deprecated ones last, if they are not used by everybody",
    "tea",
    repository("z/tea-pot"),
    repository("a/tea-cup", {
      recent: 60,
      pulls: 110,
      stars: 40,
      flags: flagsOf(null, { ...plain, deprecated: true }),
    }),
  ],
  [
    "verified before not",
    "tea",
    repository("z/tea-b", { flags: flagsOf("verified", plain) }),
    repository("a/tea-a"),
  ],
  [
    "much used before hardly used, as well called",
    "tea",
    repository("z/tea-pot", popular),
    repository("a/tea-cup"),
  ],
  ["without a text the popular ones", "", repository("z/b", popular), repository("a/a")],
  ["of equals by name", "tea", repository("z/tea-a"), repository("a/tea-b")],
];

test("the better one comes first, whichever was found first", () => {
  for (const [fact, query, best, other] of facts)
    for (const candidates of [
      [best, other],
      [other, best],
    ]) {
      const names = rank(candidates, parseQuery(query), now).map(({ document }) => document.name);
      expect([fact, ...names]).toEqual([fact, best.name, other.name]);
    }
});

test("only one namesake is put first for its name; others have to be worth it", () => {
  const ranked = rank(
    [
      repository("a/nginx"),
      repository("b/nginx"),
      repository("library/nginx", { ...popular, ...official }),
      repository("c/nginx-proxy", popular),
    ],
    parseQuery("nginx"),
    now,
  );
  expect(ranked.map(({ document }) => document.name).slice(0, 2)).toEqual(["library/nginx", "c/nginx-proxy"]);
});

test("the place in the index is by standing, then by age; ids of a table of any size fit", () => {
  const places = [
    rankOf(1, 9),
    rankOf(0.5, 2 ** 32 - 1),
    rankOf(0.1, 1),
    rankOf(0.1, 2),
    rankOf(0, 2 ** 32 - 1),
  ];
  expect(places).toEqual(places.toSorted((a, b) => a - b));
  expect(places.every(Number.isSafeInteger)).toBe(true);
});
