import { env } from "cloudflare:workers";
import { beforeEach, expect, test } from "vitest";
import { indexFormat } from "../../../workers/search/index-format.ts";
import { beginRebuild, rebuildSlice } from "../../../workers/search/rebuild.ts";
import { searchStatus, startRebuild } from "../../../workers/search/index.ts";
import { SeededRandom } from "../../support/random.ts";
import { contentsOfIndex, SearchWorld } from "./support/world.ts";

let world: SearchWorld;

beforeEach(() => {
  world = new SearchWorld();
});

const state = () => env.SEARCH.prepare("select * from index_state").first();

test("an index that was never built is built by itself, also of what was there before it", async () => {
  await world.add({ name: "acme/teapot" });
  await world.change("delete from search_changes");
  expect(await world.names("teapot")).toEqual([]);
  await world.follow();
  expect(await world.names("teapot")).toEqual(["acme/teapot"]);
  expect(await state()).toMatchObject({ format: indexFormat, rebuild_format: null, active: "b" });
});

test("an index of another format is rebuilt", async () => {
  await world.add({ name: "acme/teapot" });
  await world.follow();
  await env.SEARCH.prepare("update index_state set format = ?")
    .bind(indexFormat - 1)
    .run();
  await world.follow();
  expect(await state()).toMatchObject({ format: indexFormat, active: "a" });
  expect(await world.names("teapot")).toEqual(["acme/teapot"]);
});

test("the old index is searched, and follows, until the new one is complete; then it is empty", async () => {
  await world.add({ name: "acme/teapot" });
  await world.follow();
  await beginRebuild(world.context);
  await world.add({ name: "acme/kettle" });
  expect(await world.names("teapot")).toEqual(["acme/teapot"]);
  expect(await rebuildSlice(world.context)).toEqual({ more: true });
  expect(await searchStatus(world.context)).toMatchObject({ rebuild: 1, documents: 1 });
  // Made anew from where it was broken off, by another isolate.
  const other = new SearchWorld();
  await other.follow();
  expect(await state()).toMatchObject({ rebuild_format: null, active: "a" });
  // The first isolate believes that the other set is searched.
  expect(await world.names("acme")).toEqual(["acme/kettle", "acme/teapot"]);
  expect(await env.SEARCH.prepare("select count(*) as n from documents_b").first("n")).toBe(0);
  expect(
    await env.SEARCH.prepare("select count(*) as n from words_b where words_b match 'teapot'").first("n"),
  ).toBe(0);
});

test("only administrators have it rebuilt, and it is in the log of the hub", async () => {
  const alice = await world.hub.person("alice");
  const user = {
    kind: "user",
    emailVerified: true,
    twoFactor: true,
    token: undefined,
    address: undefined,
  } as const;
  const asked = startRebuild(world.context, { ...user, id: alice.id, name: "alice", administrator: false });
  await expect(asked).rejects.toThrow(/for administrators/);
  await startRebuild(world.context, { ...user, id: "root", name: "root", administrator: true });
  expect(await state()).toMatchObject({ rebuild_format: indexFormat });
  expect(world.requests).toBe(1);
  const entries = await env.DB.prepare(
    "select action, actor_name from audit_log where action like 'search.%'",
  ).all();
  expect(entries.results).toEqual([{ action: "search.rebuild", actor_name: "root" }]);
});

test("whatever happens to repositories, the index that followed is the one that a rebuild makes", async () => {
  const random = new SeededRandom(14);
  const names = Array.from({ length: 12 }, (_, n) => `${["acme", "zen"][n % 2]}/thing-${n}`);
  const pick = <T>(list: readonly T[]) => list[random.below(list.length)] as T;
  const idOf = (name: string) => `(select id from repositories where name = '${name}')`;
  let serial = 0;
  const operations: readonly (() => string)[] = [
    () =>
      `insert or ignore into repositories (name, visibility, created_at) values ('${pick(names)}', '${pick(["public", "private"])}', 1)`,
    () => `delete from repositories where name = '${pick(names)}'`,
    () =>
      `update repositories set visibility = '${pick(["public", "private"])}' where name = '${pick(names)}'`,
    () => `update or ignore repositories set name = '${pick(names)}' where name = '${pick(names)}'`,
    () =>
      `insert into repository_profiles (repository_id, description, categories, updated_at) select id, 'words ${random.below(5)}', '["${pick(["databases", "media"])}"]', 1 from repositories where name = '${pick(names)}' on conflict (repository_id) do update set description = excluded.description, categories = excluded.categories`,
    () =>
      `update repository_profiles set deprecated_at = ${pick(["null", "1"])} where repository_id = ${idOf(pick(names))}`,
    () => `delete from repository_profiles where repository_id = ${idOf(pick(names))}`,
    () =>
      `update repository_counts set pulls = ${random.below(1000)}, stars = ${random.below(20)}, recent_pulls = ${random.below(50)} / 7.0 where repository_id = ${idOf(pick(names))}`,
    () =>
      `insert into namespace_badges (namespace_id, badge, set_at) values ('id of ${pick(["acme", "zen"])}', '${pick(["official", "verified"])}', 1) on conflict (namespace_id) do update set badge = excluded.badge`,
    () => `delete from namespace_badges where namespace_id = 'id of ${pick(["acme", "zen"])}'`,
    () => {
      serial += 1;
      return `insert into manifests (repository_id, digest, media_type, size, locator, pushed_at, subject) select id, 'd${serial}', '', 1, 'l${serial}', 1, ${pick(["null", "(select digest from manifests where repository_id = repositories.id limit 1)"])} from repositories where name = '${pick(names)}'`;
    },
    () =>
      `insert or ignore into images (repository_id, digest, kind, os, architecture, size, carries, described_at) select repository_id, digest, iif(subject is null, 'image', 'artifact'), 'linux', '${pick(["amd64", "arm64"])}', 1, '["${pick(["sbom", "signature"])}"]', 1 from manifests where digest = 'd${1 + random.below(serial + 1)}'`,
    () =>
      `insert into tags (repository_id, name, digest, moved_at) select repository_id, '${pick(["latest", "v1"])}', digest, ${random.below(1_000_000)} from manifests where digest = 'd${1 + random.below(serial + 1)}' on conflict (repository_id, name) do update set digest = excluded.digest, moved_at = excluded.moved_at`,
    () => `update images set os = 'windows' where digest = 'd${1 + random.below(serial + 1)}'`,
    () => `update tags set moved_at = ${random.below(1_000_000)} where name = 'v1'`,
    () =>
      `delete from tags where name = '${pick(["latest", "v1"])}' and repository_id = ${idOf(pick(names))}`,
    () => `delete from manifests where digest = 'd${1 + random.below(serial + 1)}'`,
  ];
  for (const organization of ["acme", "zen"]) await world.hub.organization(organization, []);
  for (let round = 0; round < 8; round += 1) {
    for (let n = 0; n < 40; n += 1) await world.change(pick(operations)());
    await world.follow();
    const followed = await contentsOfIndex();
    await beginRebuild(world.context);
    await world.follow();
    const { results } = await env.DB.prepare("select 1 from repositories where visibility = 'public'").all();
    expect(followed["documents"]).toHaveLength(results.length);
    expect(await contentsOfIndex()).toEqual(followed);
  }
});
