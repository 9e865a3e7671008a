import { Miniflare } from "miniflare";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { applyMigrations, readMigrations, type D1 } from "../../../node-agent/serve/migrations.ts";

let miniflare: Miniflare;
let d1: D1;
let databases = 0;
const ids = Array.from({ length: 5 }, (_, index) => `D${index}`);

beforeAll(async () => {
  const contents = "export default { fetch: () => new Response() }";
  miniflare = new Miniflare({
    cf: false,
    enableDevRegistry: false,
    workers: [
      {
        config: {
          name: "empty",
          compatibilityDate: "2026-10-01",
          manifest: {
            mainModule: "index.js",
            modulesRoot: import.meta.dirname,
            modules: { "index.js": { type: "esm", contents } },
          },
          env: Object.fromEntries(ids.map((id) => [id, { type: "d1" as const, id }])),
        },
      },
    ],
  });
  await miniflare.ready;
});
afterAll(() => miniflare.dispose());
beforeEach(async () => {
  d1 = await miniflare.getD1Database(ids[databases++] ?? "");
});

const first = {
  name: "0001_first.sql",
  sql: "CREATE TABLE a (x); -- a comment; with a semicolon\nCREATE TABLE b (y);",
};

test("those of this repository apply to an empty database", async () => {
  const migrations = await readMigrations("migrations");
  await applyMigrations(d1, migrations);
  const { results } = await d1.prepare("SELECT name FROM d1_migrations ORDER BY id").all();
  expect(results).toEqual(migrations.map(({ name }) => ({ name })));
  expect(await d1.prepare("SELECT count(*) AS n FROM repositories").first("n")).toBe(0);
});

test("those of the search index apply to an empty database", async () => {
  const migrations = await readMigrations("migrations/search");
  await applyMigrations(d1, migrations);
  expect(await d1.prepare("SELECT active FROM index_state").first("active")).toBe("a");
  expect(await d1.prepare("SELECT count(*) AS n FROM words_b WHERE words_b MATCH 'web'").first("n")).toBe(0);
});

test("each is applied once, also when more have come since", async () => {
  await applyMigrations(d1, [first]);
  await applyMigrations(d1, [first, { name: "0002_second.sql", sql: "CREATE TABLE c (z)" }]);
  await applyMigrations(d1, [first, { name: "0002_second.sql", sql: "CREATE TABLE c (z)" }]);
  expect(await d1.prepare("SELECT count(*) AS n FROM d1_migrations").first("n")).toBe(2);
});

test("one that fails half-way leaves nothing behind, and can be tried again", async () => {
  const broken = { name: "0002_broken.sql", sql: "CREATE TABLE c (z); INSERT INTO missing VALUES (1);" };
  await expect(applyMigrations(d1, [first, broken])).rejects.toThrow(/missing/);
  await applyMigrations(d1, [first, { name: "0002_broken.sql", sql: "CREATE TABLE c (z)" }]);
  expect(await d1.prepare("SELECT count(*) AS n FROM c").first("n")).toBe(0);
});

test("a database that has had one we do not know is refused and not touched", async () => {
  await applyMigrations(d1, [first, { name: "0009_later.sql", sql: "CREATE TABLE later (x)" }]);
  await expect(applyMigrations(d1, [first])).rejects.toThrow(/newer Wherry: it has had 0009_later\.sql/);
});
