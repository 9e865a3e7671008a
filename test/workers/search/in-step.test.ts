import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { maintainIndex, searchStatus } from "../../../workers/search/index.ts";
import { contentsOfIndex, SearchWorld } from "./support/world.ts";

let world: SearchWorld;

beforeEach(async () => {
  world = new SearchWorld();
  await world.add(
    { name: "acme/teapot", description: "Brews tea" },
    { name: "acme/kettle", description: "Boils water" },
  );
  await world.follow();
});

const changes: readonly [what: string, statement: string, text: string, before: string[], after: string[]][] =
  [
    ["is deleted", "delete from repositories where name = 'acme/teapot'", "teapot", ["acme/teapot"], []],
    [
      "becomes private",
      "update repositories set visibility = 'private' where name = 'acme/teapot'",
      "tea",
      ["acme/teapot"],
      [],
    ],
    [
      "gets another name",
      "update repositories set name = 'acme/samovar' where name = 'acme/teapot'",
      "samovar",
      [],
      ["acme/samovar"],
    ],
    [
      "loses its name",
      "update repositories set name = 'acme/samovar' where name = 'acme/teapot'",
      "teapot",
      ["acme/teapot"],
      [],
    ],
    [
      "is handed over",
      "update repositories set name = 'zenith/teapot' where name = 'acme/teapot'",
      "zenith",
      [],
      ["zenith/teapot"],
    ],
    [
      "says something else",
      "update repository_profiles set description = 'Pours coffee' where repository_id = (select id from repositories where name = 'acme/teapot')",
      "coffee",
      [],
      ["acme/teapot"],
    ],
    [
      "is made",
      "insert into repositories (name, visibility, created_at) values ('acme/spoon', 'public', 1)",
      "spoon",
      [],
      ["acme/spoon"],
    ],
  ];

test.each(changes)(
  "a repository that %s is seen so by the next search",
  async (_, statement, text, before, after) => {
    expect(await world.names(text)).toEqual(before);
    await world.change(statement);
    expect(
      (await world.names(text)).filter(
        (name) => name.split("/").some((part) => part.startsWith(text)) || after.includes(name),
      ),
    ).toEqual(after);
    await world.follow();
    expect(await world.names(text)).toEqual(after);
  },
);

test("a search that finds the index behind asks that it follow, once for many searches", async () => {
  await world.names("tea");
  expect(world.requests).toBe(0);
  await world.change("update repositories set name = 'acme/cup' where name = 'acme/kettle'");
  await world.names("tea");
  await world.names("tea");
  expect(world.requests).toBe(1);
  expect(await searchStatus(world.context)).toMatchObject({ documents: 2, waiting: 1 });
  await world.follow();
  expect(await searchStatus(world.context)).toMatchObject({ documents: 2, waiting: 0, waitingSince: null });
});

describe("the index", () => {
  test("never holds a private repository, nor one that was public before", async () => {
    await world.add({ name: "acme/secretive", visibility: "private", description: "hush" });
    await world.change("update repositories set visibility = 'private' where name = 'acme/teapot'");
    expect(await world.names("teapot")).toEqual([]);
    await world.follow();
    const held = JSON.stringify(await contentsOfIndex());
    expect(held).toContain("kettle");
    expect(held).not.toMatch(/secretive|hush|teapot|brews|_te/);
  });

  test("is the same when what has changed is taken in again and again", async () => {
    const before = await contentsOfIndex();
    await world.change(
      "insert into search_changes (repository_id, version, since) select id, 1, 1 from repositories",
    );
    await world.follow();
    expect(await contentsOfIndex()).toEqual(before);
  });

  test("forgets nothing when it is stopped between having a change and taking it off the list", async () => {
    const broken = new SearchWorld();
    const { db } = broken.context;
    const execute = db.query.executeQuery.bind(db.query);
    let stops = 1;
    // The statement that takes off the list is the one delete that the main database gets.
    db.query.executeQuery = (async (query: { sql: string }, ...more: unknown[]) => {
      if (query.sql?.startsWith("delete from search_changes") && stops-- > 0) throw new Error("stopped");
      return (execute as (...all: unknown[]) => unknown)(query, ...more);
    }) as typeof db.query.executeQuery;
    await world.change("update repositories set name = 'acme/cup' where name = 'acme/kettle'");
    await maintainIndex(broken.context).catch(() => {});
    await world.follow();
    expect(await world.names("cup")).toEqual(["acme/cup"]);
    expect(await searchStatus(world.context)).toMatchObject({ documents: 2, waiting: 0 });
  });

  test("is not put back by somebody who read before another one wrote", async () => {
    let interleaved = false;
    // As soon as the slow one has read the main database, the repository goes, and the fast one takes that in.
    const slowIndex = new Proxy(env.SEARCH, {
      get: (target, property) => {
        const value: unknown = Reflect.get(target, property);
        if (property !== "batch") return typeof value === "function" ? value.bind(target) : value;
        return async (statements: D1PreparedStatement[]) => {
          if (!interleaved) {
            interleaved = true;
            await world.change("delete from repositories where name = 'acme/kettle'");
            await world.follow();
          }
          return target.batch(statements);
        };
      },
    });
    await world.change("update repositories set name = 'acme/cup' where name = 'acme/kettle'");
    await world.change(
      "insert into repositories (name, visibility, created_at) values ('acme/kettle', 'public', 1)",
    );
    await maintainIndex(new SearchWorld(slowIndex).context);
    await world.follow();
    expect(interleaved).toBe(true);
    const { documents } = await contentsOfIndex();
    expect(documents?.map((row) => (row as { name: string }).name).toSorted()).toEqual([
      "acme/cup",
      "acme/teapot",
    ]);
  });

  test("follows counts only when they have grown by about a tenth", async () => {
    const count = (pulls: number) =>
      world.change(
        "update repository_counts set pulls = ? where repository_id = (select id from repositories where name = 'acme/kettle')",
        pulls,
      );
    await count(100_000);
    await world.follow();
    await count(101_000);
    expect(await searchStatus(world.context)).toMatchObject({ waiting: 0 });
    expect((await world.search("kettle")).hits[0]).toMatchObject({ pulls: 101_000 });
    await count(115_000);
    expect(await searchStatus(world.context)).toMatchObject({ waiting: 1 });
  });
});
