import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import type { SearchFilters, SearchResults, SearchSort } from "../../../workers/search/index.ts";
import { SearchWorld } from "./support/world.ts";

let world: SearchWorld;

beforeEach(() => {
  world = new SearchWorld();
});

describe("facets, sorting and pages", () => {
  beforeEach(async () => {
    await world.add(
      {
        name: "acme/web",
        badge: "official",
        categories: ["web-servers"],
        platforms: ["linux/amd64", "linux/arm64"],
        carries: ["signature", "sbom"],
        pulls: 100,
        stars: 2,
        age: 3,
      },
      {
        name: "zen/web-two",
        badge: "verified",
        categories: ["web-servers", "caches"],
        platforms: ["linux/amd64"],
        pulls: 9000,
        stars: 1,
        age: 20,
      },
      { name: "bob/web-three", platforms: ["windows/amd64"], pulls: 500, stars: 30, age: 400 },
      { name: "bob/other", description: "no such thing", age: 3000 },
    );
    await world.follow();
  });

  const filtered: [SearchFilters, string[]][] = [
    [{ official: true }, ["acme/web"]],
    [{ verified: true }, ["zen/web-two"]],
    [{ architectures: ["arm64"] }, ["acme/web"]],
    [{ architectures: ["amd64"], systems: ["windows"] }, ["bob/web-three"]],
    [{ categories: ["web-servers"] }, ["acme/web", "zen/web-two"]],
    [{ categories: ["web-servers", "caches"] }, ["zen/web-two"]],
    [{ signed: true }, ["acme/web"]],
    [{ sbom: true }, ["acme/web"]],
    [{ updatedWithin: 7 }, ["acme/web"]],
    [{ updatedWithin: 30 }, ["acme/web", "zen/web-two"]],
    [{ categories: ['"; drop'] }, []],
  ];

  test("filters leave what meets all of them, with a text and without", async () => {
    for (const [filters, names] of filtered)
      for (const text of ["web", ""])
        expect([filters, await world.names({ text, filters })]).toEqual([filters, names]);
  });

  test("facets say what each further filter leaves", async () => {
    const { facets, total, atLeast } = await world.search("web");
    expect({ total, atLeast }).toEqual({ total: 3, atLeast: false });
    expect(facets).toEqual({
      official: [{ value: "true", count: 1 }],
      verified: [{ value: "true", count: 1 }],
      signed: [{ value: "true", count: 1 }],
      sbom: [{ value: "true", count: 1 }],
      os: [
        { value: "linux", count: 2 },
        { value: "windows", count: 1 },
      ],
      architecture: [
        { value: "amd64", count: 3 },
        { value: "arm64", count: 1 },
      ],
      category: [
        { value: "web-servers", count: 2 },
        { value: "caches", count: 1 },
      ],
      updated: [
        { value: "7", count: 1 },
        { value: "30", count: 2 },
        { value: "90", count: 2 },
        { value: "365", count: 2 },
      ],
    });
  });

  const sorted: [SearchSort, string[]][] = [
    ["pulls", ["zen/web-two", "bob/web-three", "acme/web"]],
    ["stars", ["bob/web-three", "acme/web", "zen/web-two"]],
    ["updated", ["acme/web", "zen/web-two", "bob/web-three"]],
    ["name", ["acme/web", "bob/web-three", "zen/web-two"]],
  ];

  test("they are sorted by what was asked for", async () => {
    for (const [sort, names] of sorted) expect(await world.names({ text: "web", sort })).toEqual(names);
  });

  test("the order by pulls or stars is exact over pages, also of what the index cannot tell apart", async () => {
    for (let count = 0; count < 6; count += 1)
      await world.add({
        name: `near/site-${count}`,
        pulls: 1_000_000 + ((count * 5) % 6),
        stars: 500 + ((count * 5) % 6),
      });
    await world.follow();
    for (const sort of ["pulls", "stars"] as const) {
      const found: number[] = [];
      for (let offset: number | undefined = 0; offset !== undefined;) {
        const page: SearchResults = await world.search({ text: "site", sort, limit: 2, offset });
        found.push(...page.hits.map((hit) => hit[sort]));
        offset = page.next;
      }
      expect(found).toHaveLength(6);
      expect(found).toEqual(found.toSorted((a, b) => b - a));
    }
  });

  test("pages follow one another, and beyond the last there is nothing", async () => {
    const first = await world.search({ text: "web", limit: 2 });
    expect(first).toMatchObject({ next: 2, total: 3 });
    const second = await world.search({ text: "web", limit: 2, offset: 2 });
    expect(second.next).toBeUndefined();
    expect([...first.hits, ...second.hits].map(({ name }) => name)).toEqual(await world.names("web"));
    expect(await world.search({ text: "web", offset: 1e9, limit: -3 })).toMatchObject({
      hits: [],
      next: undefined,
    });
  });
});

describe("private repositories", () => {
  test("are found by those who may pull them, in their place, and by nobody else", async () => {
    const alice = await world.hub.person("alice");
    const bob = await world.hub.person("bob");
    await world.add(
      { name: "alice/web", visibility: "private", description: "Mine alone" },
      { name: "acme/web-server", pulls: 10 },
      { name: "bob/web", visibility: "private" },
    );
    await world.follow();
    expect(await world.names("web")).toEqual(["acme/web-server"]);
    expect(await world.names("web", world.viewer(bob))).toEqual(["bob/web", "acme/web-server"]);
    expect(await world.names("web", world.viewer(alice))).toEqual(["alice/web", "acme/web-server"]);
    expect((await world.search("alone", world.viewer(alice))).hits).toMatchObject([
      { name: "alice/web", visibility: "private" },
    ]);
    expect((await world.search("alone", world.viewer(bob))).total).toBe(0);
    expect(await world.suggestions("web", world.viewer(alice))).toEqual(["alice/web", "acme/web-server"]);
    expect(await world.suggestions("alice/w", world.viewer(bob))).toEqual([]);
    await world.hub.grant("alice/web", { user_id: bob.id }, "read");
    expect(await world.names("alice/web", world.viewer(bob))).toEqual(["alice/web"]);
    const narrow = { ...world.viewer(bob), patterns: ["bob/**"] };
    expect(await world.names("alice/web", narrow)).not.toContain("alice/web");
  });

  test("are successors only for those who may pull them", async () => {
    const alice = await world.hub.person("alice");
    await world.add(
      { name: "alice/new", visibility: "private" },
      { name: "alice/old", deprecated: true, successor: "alice/new", pulls: 5000 },
    );
    await world.follow();
    expect((await world.search("old")).hits).toMatchObject([
      { name: "alice/old", deprecated: true, successor: null },
    ]);
    expect((await world.search("old", world.viewer(alice))).hits).toMatchObject([
      { name: "alice/new", successor: null },
      { name: "alice/old", successor: "alice/new" },
    ]);
    const narrow = { ...world.viewer(alice), patterns: ["alice/old"] };
    expect((await world.search("old", narrow)).hits).toMatchObject([{ name: "alice/old", successor: null }]);
  });

  test("do not come out of an index that does not know yet, not even in a count", async () => {
    await world.add({ name: "acme/web" }, { name: "acme/website" });
    await world.follow();
    await world.change("update repositories set visibility = 'private' where name = 'acme/web'");
    const { hits, total } = await world.search("web");
    expect(hits.map(({ name }) => name)).toEqual(["acme/website"]);
    expect(total).toBe(1);
    expect(await world.suggestions("acme/web")).toEqual(["acme/website"]);
    const counted = await world.search({ text: "web", limit: 1, offset: 1 });
    expect(counted).toMatchObject({
      hits: [],
      total: 1,
      facets: { updated: [{ value: "7", count: 1 }, {}, {}, {}] },
    });
  });

  const muchMore = `with recursive number (n) as (select 1 union all select n + 1 from number where n < 150)
    insert into repositories (name, visibility, created_at) select 'zen/kettle-' || n, 'public', 1 from number`;

  test.each([
    ["alone", "select 1"],
    ["with more than a search looks at", muchMore],
  ])("are not what was probably meant, and in no facet, when they changed %s", async (_, others) => {
    await world.add({ name: "acme/brontosaur", categories: ["databases"] });
    await world.follow();
    expect((await world.search("brontosour")).didYouMean).toBe("brontosaur");
    await world.change("update repositories set visibility = 'private' where name = 'acme/brontosaur'");
    await world.change("update search_changes set since = 1");
    await world.change(others);
    expect(await world.search("brontosour")).toMatchObject({ hits: [], total: 0, didYouMean: undefined });
    expect(await world.search("brontosaur")).toMatchObject({ hits: [], total: 0, facets: { category: [] } });
  });
});

describe("suggestions", () => {
  test("begin with what was typed, the exact name first, and are eight at most", async () => {
    await world.add(
      { name: "acme/docker" },
      ...Array.from({ length: 12 }, (_, n) => ({ name: `acme/docker-${n}`, pulls: 1000 * n })),
      { name: "zen/kettle", description: "docker" },
    );
    await world.follow();
    const found = await world.suggestions("docker");
    expect(found[0]).toBe("acme/docker");
    expect(found).toHaveLength(8);
    expect(found).not.toContain("zen/kettle");
    expect(await world.suggestions("zen/ke")).toEqual(["zen/kettle"]);
    expect(await world.suggestions("dock")).toHaveLength(8);
    expect(await world.suggestions(" ")).toEqual([]);
  });
});

describe("what was probably meant", () => {
  test("is asked about, and shown", async () => {
    await world.add(
      { name: "library/nginx", pulls: 1_000_000 },
      { name: "bob/ngnix" },
      { name: "acme/phpmyadmin" },
    );
    await world.follow();
    expect(await world.search("ngnix")).toMatchObject({
      didYouMean: "nginx",
      hits: [{ name: "bob/ngnix" }, { name: "library/nginx" }],
    });
    expect((await world.search("nginx")).didYouMean).toBeUndefined();
    expect(await world.names("myadmin")).toEqual(["acme/phpmyadmin"]);
  });

  test("with words that no repository has together, those come that have the most of them", async () => {
    await world.add(
      { name: "acme/web", description: "fast server" },
      { name: "acme/mail", description: "server" },
    );
    await world.follow();
    expect(await world.names("fast web server for hats")).toEqual(["acme/web"]);
  });
});

test("whatever is typed, there is an answer", async () => {
  await world.add({ name: "acme/web", description: "数据库 Über" });
  await world.follow();
  const texts = [
    '"',
    "*",
    "a AND",
    "NOT x",
    "NEAR(a b)",
    "web*",
    "^web",
    "name:web",
    "(((",
    "'; drop table x; --",
    "\0",
    "web\0",
    "\ud83d",
    "🐳",
    "مرحبا",
    "\u202eweb",
    "%",
    "_os_linux",
    "-",
    "/",
    "a/",
    "//",
    "web ".repeat(2500),
    "x".repeat(10_000),
    "數據庫".repeat(500),
    "{a b} : c",
    "\\",
    "ß",
    "ﬁ",
    "İ",
  ];
  for (const text of texts) {
    const { hits } = await world.search(text);
    expect(hits.length).toBeLessThanOrEqual(1);
    await world.suggestions(text);
  }
  expect(await world.names("web ".repeat(2500))).toEqual(["acme/web"]);
  expect((await world.search("x".repeat(10_000))).cut).toBe(true);
  expect(await world.names("uber")).toEqual(["acme/web"]);
  expect(await world.names("据库")).toEqual(["acme/web"]);
  expect(await env.SEARCH.prepare("select count(*) as n from documents_b").first("n")).toBe(1);
});
