import { env } from "cloudflare:workers";
import { beforeEach, expect, test } from "vitest";
import { listMostPulled, listNewest, listTrending, refreshOldScores } from "../../../workers/hub/index.ts";
import { Database } from "../../../workers/db/index.ts";
import { day } from "../../../workers/platform/clock.ts";
import { CountsWorld } from "./support/counts-world.ts";

let world: CountsWorld;

/** Pulls on each of the last days, today's first; made so many days ago. */
const repositories: Record<
  string,
  { pulls: number[]; made: number; visibility?: "private"; deprecated?: true; empty?: true }
> = {
  "acme/steady": { pulls: Array.from({ length: 40 }, () => 100), made: 40 },
  "acme/rising": { pulls: [50, 50, 50], made: 30 },
  "acme/secret": { pulls: [999], made: 1, visibility: "private" },
  "acme/old": { pulls: [500, 500], made: 20, deprecated: true },
  "acme/fresh": { pulls: [], made: 2 },
  "acme/empty": { pulls: [], made: 0, empty: true },
};

beforeEach(async () => {
  world = new CountsWorld();
  const { query } = world.auth.auth.db;
  const today = Math.floor(world.auth.now / day);
  for (const [name, { pulls, made, visibility = "public", deprecated, empty }] of Object.entries(
    repositories,
  )) {
    const { id } = await query
      .insertInto("repositories")
      .values({ name, visibility, created_at: world.auth.now - made * day })
      .returning("id")
      .executeTakeFirstOrThrow();
    if (deprecated)
      await query
        .insertInto("repository_profiles")
        .values({ repository_id: id, deprecated_at: 1, updated_at: 1 })
        .execute();
    await env.DB.prepare(
      "insert into pull_days (repository_id, day, pulls, clients) select ?, ? - key, value, value from json_each(?)",
    )
      .bind(id, today, JSON.stringify(pulls))
      .run();
    if (empty) continue;
    const digest = `sha256:${String(id).repeat(64)}` as const;
    await query
      .insertInto("manifests")
      .values({ repository_id: id, digest, media_type: "x", size: 2, locator: name, pushed_at: 0 })
      .execute();
    await query.insertInto("tags").values({ repository_id: id, name: "v1", digest, moved_at: 0 }).execute();
  }
  await env.DB.prepare("update repository_counts set recent_pulls = 1 where pulls > 0").run();
  await refreshOldScores(world.hub);
});

const names = (found: { name: string }[]) => found.map(({ name }) => name);

test("the most pulled, the trending and the newest are public, and what is deprecated comes last", async () => {
  const before = world.auth.statements;
  expect(names(await listMostPulled(world.hub, 10))).toEqual(["acme/steady", "acme/rising", "acme/old"]);
  expect(names(await listTrending(world.hub, 10))).toEqual(["acme/rising", "acme/old"]);
  expect(names(await listNewest(world.hub, 3))).toEqual(["acme/fresh", "acme/rising", "acme/steady"]);
  expect(world.auth.statements - before).toBe(3);
});

test("what becomes private or is deleted is gone from the lists at once", async () => {
  const { query } = world.auth.auth.db;
  await query
    .updateTable("repositories")
    .set({ visibility: "private" })
    .where("name", "=", "acme/steady")
    .execute();
  await query.deleteFrom("repositories").where("name", "=", "acme/rising").execute();
  // Also where the counts have not heard of it.
  await env.DB.prepare("update repository_counts set listed = 1").run();
  for (const list of [listMostPulled, listTrending])
    expect(names(await list(world.hub, 10))).toEqual(["acme/old"]);
  expect(names(await listNewest(world.hub, 10))).toEqual(["acme/fresh", "acme/old"]);
});

test("without pulls a repository falls from day to day, until nothing is left of it", async () => {
  const recent = async () =>
    (
      await world.auth.auth.db.query
        .selectFrom("repository_counts")
        .innerJoin("repositories", "repositories.id", "repository_id")
        .select("recent_pulls")
        .where("name", "=", "acme/rising")
        .executeTakeFirstOrThrow()
    ).recent_pulls;
  const scores: number[] = [];
  for (let time = 0; time < 4; time += 1) {
    scores.push(await recent());
    world.auth.now += 62 * day;
    await refreshOldScores(world.hub);
  }
  expect(scores.at(-1)).toBe(0);
  expect(scores).toEqual(scores.toSorted((a, b) => b - a));
});

test("lists read few rows, however many repositories there are", async () => {
  await env.DB.prepare(
    `with recursive n(i) as (select 1 union all select i + 1 from n where i < 3000)
     insert into repositories (name, visibility, created_at) select 'crowd/r' || i, iif(i % 2, 'public', 'private'), i from n`,
  ).run();
  await env.DB.prepare(
    "update repository_counts set pulls = repository_id, trend = repository_id where pulls = 0",
  ).run();
  const rows: number[] = [];
  const read = new Proxy(env.DB, {
    get(target, property) {
      if (property !== "prepare") return Reflect.get(target, property) as unknown;
      return (query: string) => {
        const statement = target.prepare(query);
        return {
          bind: (...values: unknown[]) => ({
            all: async () => {
              const result = await statement.bind(...values).all();
              rows.push(result.meta.rows_read);
              return result;
            },
          }),
        };
      };
    },
  });
  const hub = { ...world.hub, db: new Database(read) };
  for (const list of [listMostPulled, listTrending, listNewest]) await list(hub, 8);
  expect(rows).toHaveLength(3);
  for (const count of rows) expect(count).toBeLessThan(200);
});
