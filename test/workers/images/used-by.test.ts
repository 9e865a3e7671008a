import { beforeEach, describe, expect, test } from "vitest";
import {
  countUsedBy,
  listUsedBy,
  originOf,
  searchFacts,
  type Origin,
} from "../../../workers/images/index.ts";
import type { Digest } from "../../../workers/shared/digest.ts";
import type { Person } from "../support/registry.ts";
import { ImagesWorld } from "./support/world.ts";

let world: ImagesWorld;

beforeEach(async () => {
  world = await ImagesWorld.make();
});

/** Makes a public or private repository with one image of these layers. */
async function repository(
  who: Person,
  name: string,
  layers: string[],
  visibility: "public" | "private" = "public",
): Promise<Digest> {
  const digest = await world.push(await world.client(who, name), "v1", { layers });
  if (visibility === "public") await world.publish(name);
  return digest;
}

async function usedBy(name: string, who?: Person): Promise<{ names: string[]; count: number }> {
  const [viewer, found] = [await world.viewer(who), await world.found(name)];
  const names: string[] = [];
  for (let last: string | undefined = ""; last !== undefined;) {
    const page = await listUsedBy(world.context, viewer, found, { limit: 2, last });
    names.push(...page.repositories.map(({ name }) => name));
    last = page.next;
  }
  return { names, count: await countUsedBy(world.context, viewer, found) };
}

const originIn = async (name: string, digest: Digest): Promise<Origin> =>
  originOf(world.context, await world.found(name), digest);

describe("repositories that build on another one", () => {
  test("are those whose images begin with all layers of one of its images, and have more", async () => {
    await repository(world.alice, "alice/base", ["a", "b"]);
    await repository(world.bob, "bob/app", ["a", "b", "c"]);
    await repository(world.bob, "bob/deep", ["a", "b", "c", "d"]);
    await repository(world.bob, "bob/copy", ["a", "b"]);
    await repository(world.bob, "bob/other", ["b", "a", "c"]);
    await repository(world.bob, "bob/short", ["a"]);
    await world.describe();
    expect(await usedBy("alice/base")).toEqual({ names: ["bob/app", "bob/deep"], count: 2 });
    expect(await usedBy("bob/short")).toEqual({
      names: ["alice/base", "bob/app", "bob/deep", "bob/copy"],
      count: 4,
    });
    expect(await usedBy("bob/deep")).toEqual({ names: [], count: 0 });
  });

  test("count by any platform of an index, and stop when the image is gone", async () => {
    const base = await world.client(world.alice, "alice/base");
    const children = [
      await world.push(base, undefined, { layers: ["a"] }),
      await world.push(base, undefined, { layers: ["x"], architecture: "arm64" }),
    ];
    await world.pushIndex(
      base,
      "v1",
      children.map((digest) => ({ digest })),
    );
    const app = await world.client(world.bob, "bob/app");
    await world.push(app, "v1", { layers: ["x", "y"], architecture: "arm64" });
    await world.publish("alice/base", "bob/app");
    await world.describe();
    expect((await usedBy("alice/base")).names).toEqual(["bob/app"]);
    await app.send("DELETE", `manifests/${await digestOfTag(app)}`);
    expect(await usedBy("alice/base")).toEqual({ names: [], count: 0 });
  });
});

async function digestOfTag(client: { send: (method: string, path: string) => Promise<Response> }) {
  return (await client.send("HEAD", "manifests/v1")).headers.get("Docker-Content-Digest") ?? "";
}

describe("private repositories", () => {
  test("are listed and counted for who may read them, and for nobody else", async () => {
    await repository(world.alice, "alice/base", ["a"]);
    await repository(world.bob, "bob/secret", ["a", "b"], "private");
    await repository(world.bob, "bob/shown", ["a", "c"]);
    await world.describe();
    const shown = { names: ["bob/shown"], count: 1 };
    const all = { names: ["bob/secret", "bob/shown"], count: 2 };
    expect([
      await usedBy("alice/base"),
      await usedBy("alice/base", world.alice),
      await usedBy("alice/base", world.bob),
    ]).toEqual([shown, shown, all]);
  });

  test("appear when they become public, and are gone at once when they become private", async () => {
    await repository(world.alice, "alice/base", ["a"]);
    const digest = await repository(world.bob, "bob/app", ["a", "b"], "private");
    await world.describe();
    expect((await originIn("bob/app", digest)).base?.repository).toBe("alice/base");
    await world.publish("bob/app");
    expect((await usedBy("alice/base")).count).toBe(1);
    const { query } = world.context.db;
    await query.updateTable("repositories").set({ visibility: "private" }).execute();
    expect(await usedBy("alice/base")).toEqual({ names: [], count: 0 });
    expect(await originIn("bob/app", digest)).toEqual({ base: undefined, alike: 0 });
  });

  test("are no base, and are not counted among those with the same layers, also for their own people", async () => {
    await repository(world.alice, "alice/public", ["a", "b"]);
    await repository(world.bob, "bob/secret", ["a", "b", "c"], "private");
    await repository(world.bob, "bob/twin", ["a", "b", "c", "d"], "private");
    const digest = await repository(world.bob, "bob/app", ["a", "b", "c", "d"]);
    await world.describe();
    expect(await originIn("bob/app", digest)).toEqual({
      base: {
        repository: "alice/public",
        tag: "v1",
        digest: expect.stringMatching(/^sha256:/),
        layers: 2,
        alike: 1,
      },
      alike: 0,
    });
  });

  test("cost whoever looks from outside no row more: their number does not show in what is read", async () => {
    await repository(world.alice, "alice/base", ["a"]);
    await repository(world.bob, "bob/app", ["a", "b"]);
    const rowsFor = async () => {
      await world.describe();
      world.sent.length = 0;
      await listUsedBy(world.context, await world.viewer(), await world.found("alice/base"), {
        limit: 10,
        last: "",
      });
      world.sent.splice(0, world.sent.length - 1);
      return world.rowsRead();
    };
    const before = await rowsFor();
    for (let index = 0; index < 5; index += 1)
      await repository(world.bob, `bob/secret-${index}`, ["a", "b", `${index}`], "private");
    expect(await rowsFor()).toBe(before);
  });
});

describe("the base of an image", () => {
  test("has the most layers in common with it; of several, it is an official one, then the most pulled", async () => {
    await repository(world.alice, "alice/first", ["a"]);
    await repository(world.alice, "alice/second", ["a", "b"]);
    await repository(world.alice, "alice/pulled", ["a", "b"]);
    await repository(world.bob, "bob/official", ["a", "b"]);
    const digest = await repository(world.bob, "bob/app", ["a", "b", "c"]);
    await world.describe();
    const { query } = world.context.db;
    // So that none of them is of its own namespace.
    await query.updateTable("repositories").set({ owner_id: null }).where("name", "=", "bob/app").execute();
    const base = async () => (await originIn("bob/app", digest)).base;
    expect(await base()).toMatchObject({ repository: "alice/second", layers: 2, alike: 3 });
    const pulled = await world.found("alice/pulled");
    await query
      .updateTable("repository_counts")
      .set({ pulls: 9 })
      .where("repository_id", "=", pulled.id)
      .execute();
    expect((await base())?.repository).toBe("alice/pulled");
    await query
      .insertInto("namespace_badges")
      .columns(["namespace_id", "badge", "set_at"])
      .expression((of) =>
        of
          .selectFrom("users")
          .where("name", "=", "bob")
          .select((is) => ["id", is.val("official" as const).as("badge"), is.val(0).as("set_at")]),
      )
      .execute();
    expect((await base())?.repository).toBe("bob/official");
  });

  test("is of the image's own namespace, or of a vouched one, before it is a stranger's with more layers", async () => {
    await repository(world.bob, "bob/base", ["a"]);
    const digest = await repository(world.bob, "bob/app", ["a", "b", "c"]);
    const other = await repository(world.bob, "bob/other", ["x", "y", "z"]);
    // It has none of these layers: an image's configuration says what it will.
    await repository(world.alice, "alice/pretended", ["a", "b"]);
    await repository(world.alice, "alice/stranger", ["x", "y"]);
    await world.describe();
    expect((await originIn("bob/app", digest)).base).toMatchObject({ repository: "bob/base", layers: 1 });
    expect((await originIn("bob/other", other)).base).toMatchObject({ repository: "alice/stranger" });
    const { query } = world.context.db;
    await query
      .insertInto("namespace_badges")
      .columns(["namespace_id", "badge", "set_at"])
      .expression((of) =>
        of
          .selectFrom("users")
          .where("name", "=", "alice")
          .select((is) => ["id", is.val("verified" as const).as("badge"), is.val(0).as("set_at")]),
      )
      .execute();
    expect((await originIn("bob/app", digest)).base?.repository).toBe("alice/pretended");
  });
});

test("what a repository is found by is what its newest tags name", async () => {
  const web = await world.client(world.alice, "alice/web");
  const amd64 = await world.push(web, undefined, { layers: ["a"] });
  const arm64 = await world.push(web, undefined, { layers: ["b"], architecture: "arm64" });
  await world.pushArtifact(web, undefined, [{ type: "application/spdx+json", content: {} }], {
    artifactType: "application/spdx+json",
    subject: { mediaType: "application/vnd.oci.image.manifest.v1+json", digest: arm64, size: 1 },
  });
  await world.pushIndex(web, "v1", [{ digest: amd64 }, { digest: arm64 }]);
  await repository(world.bob, "bob/empty", ["x"]);
  await world.describe();
  const [own, other] = [await world.found("alice/web"), await world.found("bob/empty")];
  const facts = await searchFacts(world.context, [own.id, other.id, 999]);
  expect(new Set(facts.keys())).toEqual(new Set([own.id, other.id]));
  const { platforms, ...rest } = facts.get(own.id) ?? { platforms: [] };
  expect(platforms.map(({ architecture }) => architecture).toSorted()).toEqual(["amd64", "arm64"]);
  expect(rest).toEqual({ signed: false, sbom: true, pushedAt: expect.any(Number) });
  expect(facts.get(other.id)).toMatchObject({ signed: false, sbom: false });
});
