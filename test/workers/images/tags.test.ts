import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { countTags, listTags, tagSorts, type TagSort } from "../../../workers/images/index.ts";
import type { PresentRepository } from "../../../workers/auth/index.ts";
import { digestOfText, ImagesWorld } from "./support/world.ts";

let world: ImagesWorld;
let found: PresentRepository;

beforeEach(async () => {
  world = await ImagesWorld.make();
});

const ask = (sort: TagSort, last = "", limit = 100, filter = "") =>
  listTags(world.context, found, { sort, filter, page: { limit, last } });

/** All tags, read page by page. */
async function walk(sort: TagSort, limit: number, filter = ""): Promise<string[]> {
  const names: string[] = [];
  for (let last: string | undefined = ""; last !== undefined;) {
    const page = await ask(sort, last, limit, filter);
    names.push(...page.tags.map(({ name }) => name));
    last = page.next;
  }
  return names;
}

/** A repository of many tags, each of an index of eight platforms that has been described. */
async function makeTags(names: readonly string[]): Promise<void> {
  const { query } = world.context.db;
  const { id } = await query
    .insertInto("repositories")
    .values({ name: "alice/many", created_at: 0 })
    .returning("id")
    .executeTakeFirstOrThrow();
  found = await world.found("alice/many");
  const digests = await Promise.all(Array.from({ length: 20 }, (_, index) => digestOfText(`${index}`)));
  const children = await Promise.all(Array.from({ length: 8 }, (_, index) => digestOfText(`child ${index}`)));
  const manifests = [...digests, ...children].map((digest) => ({
    digest,
    kind: digests.includes(digest) ? "index" : "image",
  }));
  const said = children.map((digest, index) => ({
    digest,
    os: "linux",
    architecture: `a${index}`,
    attests: null,
  }));
  await env.DB.batch([
    env.DB.prepare(
      `insert into manifests (repository_id, digest, media_type, size, locator, pushed_at)
       select ?, value ->> 'digest', 'application/vnd.oci.image.index.v1+json', 1, value ->> 'digest', 0 from json_each(?)`,
    ).bind(id, JSON.stringify(manifests)),
    env.DB.prepare(
      `insert into images (repository_id, digest, kind, size, hold, children, described_at)
       select ?, value ->> 'digest', value ->> 'kind', 1000 + key, '[["sha256:0011223344556677",5]]', ?, 0 from json_each(?)`,
    ).bind(id, JSON.stringify(said), JSON.stringify(manifests)),
    env.DB.prepare(
      `insert into tags (repository_id, name, digest, moved_at)
       select ?, value, json_extract(?, '$[' || (key % 20) || ']'), 1000 + key / 3 from json_each(?)`,
    ).bind(id, JSON.stringify(digests), JSON.stringify(names)),
  ]);
}

describe("tags", () => {
  test("are in the order of versions by name, the newest and the largest first; pages leave none out and give none twice", async () => {
    const versions = [
      "1.2",
      "1.9",
      "1.9-alpine3.9",
      "1.9-alpine3.18",
      "1.10",
      "2",
      "10.0.1",
      "latest",
      "v1",
      "v2",
      "v11",
    ];
    await makeTags([
      "v11",
      "latest",
      "10.0.1",
      "2",
      "1.10",
      "1.9-alpine3.18",
      "1.9-alpine3.9",
      "1.9",
      "1.2",
      "v2",
      "v1",
    ]);
    expect(await walk("name", 2)).toEqual(versions);
    for (const sort of tagSorts) {
      const whole = (await ask(sort)).tags;
      expect(await walk(sort, 3)).toEqual(whole.map(({ name }) => name));
      expect(whole).toHaveLength(versions.length);
    }
    const times = (await ask("pushed")).tags.map(({ pushedAt }) => pushedAt);
    expect(times).toEqual(times.toSorted((a, b) => b - a));
    const sizes = (await ask("size")).tags.map(({ size }) => size);
    expect(sizes).toEqual(sizes.toSorted((a, b) => b - a));
    expect(await countTags(world.context, found)).toBe(versions.length);
  });

  test("of ten thousand cost what the page costs, in one statement; a filter looks through some of them at a time", async () => {
    await makeTags(Array.from({ length: 10_500 }, (_, index) => `1.${index}.${index % 7}`));
    for (const sort of tagSorts) {
      const first = await ask(sort, "", 25);
      expect(first.tags.map(({ platforms }) => platforms.length)).toEqual(
        Array.from({ length: 25 }, () => 8),
      );
      world.sent.length = 0;
      await ask(sort, first.next, 25);
      expect(world.sent).toHaveLength(1);
      // Of each tag itself, its manifest and index, and of its platforms their images, manifests and last pulls.
      expect(await world.rowsRead()).toBeLessThan(25 * 8 * 6);
    }
    expect(await countTags(world.context, found)).toBe(10_500);

    const rare = await ask("name", "", 25, ".10499.");
    expect(rare.tags).toEqual([]);
    expect((await ask("name", rare.next, 25, ".10499.")).tags.map(({ name }) => name)).toEqual(["1.10499.6"]);
    expect(await walk("pushed", 4, ".99")).toHaveLength(111);
  });

  test("are found by part of their name, whichever case, and by nothing that SQL has a meaning for", async () => {
    await makeTags(["A_b", "a-B", "ab", "100"]);
    expect(await walk("name", 10, "_B")).toEqual(["A_b"]);
    for (const filter of ["%", "*", "'", '"', "\\", "\u0000", "é"])
      expect(await walk("name", 10, filter)).toEqual([]);
  });

  test("begin behind no place that is none of their order", async () => {
    await makeTags([]);
    for (const last of ["v1", "x/v1", "-1/v1", "1/../v1", `${"9".repeat(17)}/v1`])
      for (const sort of ["pushed", "size"] as const)
        await expect(ask(sort, last)).rejects.toThrow(/is no place in a list by/);
  });
});
