import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { collectGarbage } from "../../../workers/registry/index.ts";
import { people, RepositoryClient, type Person } from "../support/registry.ts";
import { RegistryWorld } from "../support/registry-world.ts";

let alice: Person;
let web: RepositoryClient;
let world: RegistryWorld;

beforeEach(async () => {
  ({ alice } = await people());
  web = await RepositoryClient.open(alice, "alice/web");
  world = new RegistryWorld({ grace: 60_000 });
});

/** Everything collected, and the readers of before gone. */
async function collectAll(): Promise<void> {
  while ((await collectGarbage(world.context, 0)).more);
}

describe("garbage collection", () => {
  test("keeps an uploaded blob for the grace age, then takes it and its bytes", async () => {
    const digest = await web.pushBlob("waiting for its manifest");
    await collectAll();
    expect((await web.send("HEAD", `blobs/${digest}`)).status).toBe(200);
    world.advance(60_001);
    await collectAll();
    expect((await web.send("HEAD", `blobs/${digest}`)).status).toBe(404);
    expect((await env.BLOBS.list()).objects).toEqual([]);
  });

  test("keeps what a manifest names, for ever, and takes it after the manifest", async () => {
    const digest = await web.pushImage("v1", ["one", "two"]);
    world.advance(10 * 60_000);
    await collectAll();
    expect((await env.BLOBS.list()).objects).toHaveLength(4);
    await web.send("DELETE", `manifests/${digest}`);
    await collectAll();
    expect((await env.BLOBS.list()).objects).toEqual([]);
    expect(await env.DB.prepare("select count(*) as n from blobs").first("n")).toBe(0);
  });

  test("leaves a blob to the repository it was mounted into when the first one is deleted", async () => {
    const digest = await web.pushBlob("shared");
    const api = await RepositoryClient.open(alice, "alice/api", "repository:alice/web:pull");
    const mounted = await api.send("POST", `blobs/uploads/?mount=${digest}&from=alice/web`);
    expect(mounted.status).toBe(201);
    expect((await web.send("DELETE", `blobs/${digest}`)).status).toBe(202);
    await collectAll();
    expect((await web.send("HEAD", `blobs/${digest}`)).status).toBe(404);
    expect(await (await api.send("GET", `blobs/${digest}`)).text()).toBe("shared");
  });

  test("takes everything of a deleted repository", async () => {
    await web.pushImage("v1", ["one"]);
    await web.pushImage("v2", ["one", "two"]);
    await world.deleteRepository("alice/web");
    await collectAll();
    expect((await env.BLOBS.list()).objects).toEqual([]);
  });

  test("lets those who are reading finish: bytes outlive their row", async () => {
    const digest = await web.pushBlob("being read");
    await web.send("DELETE", `blobs/${digest}`);
    const readers = 60_000;
    await collectGarbage(world.context, readers);
    expect((await env.BLOBS.list()).objects).toHaveLength(1);
    world.advance(readers + 1);
    await collectGarbage(world.context, readers);
    expect((await env.BLOBS.list()).objects).toEqual([]);
  });

  test("cut off between bytes and rows goes on the next time", async () => {
    const digest = await web.pushBlob("half swept");
    await web.send("DELETE", `blobs/${digest}`);
    const { blobs, db } = world.context;
    const failing = {
      ...world.context,
      db,
      blobs: Object.assign(Object.create(blobs) as typeof blobs, {
        async delete(locators: readonly string[]) {
          await blobs.delete(locators);
          throw new Error("cut off");
        },
      }),
    };
    await expect(collectGarbage(failing, 0)).rejects.toThrow("cut off");
    expect(await env.DB.prepare("select count(*) as n from garbage").first("n")).toBe(1);
    await collectAll();
    expect(await env.DB.prepare("select count(*) as n from garbage").first("n")).toBe(0);
  });

  test("looks at loose rows only, whatever else there is", async () => {
    for (const query of [
      "select repository_id, digest from repository_blobs where loose = 1 and linked_at <= 5 limit 500",
      "select digest from blobs where loose = 1 limit 500",
      "select locator from garbage where since <= 5 order by since limit 500",
    ]) {
      const plan = await env.DB.prepare(`explain query plan ${query}`).all<{ detail: string }>();
      for (const { detail } of plan.results) expect(detail).toMatch(/USING (COVERING )?INDEX/);
    }
  });
});
