import { readdir } from "node:fs/promises";
import path from "node:path";
import { Readable } from "node:stream";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ImageStore } from "../../../node-agent/images/index.ts";
import type { Credential } from "../../../node-agent/images/registry/credential.ts";
import { describeNeeding, programs, root } from "../../support/needs.ts";
import { TemporaryFolder } from "../support/temporary-folder.ts";
import { archive } from "./support/archive.ts";
import { FakeRegistry, noise } from "./support/registry.ts";

const nobody: Credential = { kind: "anonymous" };

/** Against a registry that misbehaves; with a real one and docker's client: test/node-agent/engine/images.test.ts. */
describeNeeding([root, programs("tar")], "pushing", () => {
  let folder: TemporaryFolder;
  let from: FakeRegistry;
  let to: FakeRegistry;
  let store: ImageStore;

  beforeEach(async () => {
    folder = await TemporaryFolder.make();
    [from, to] = [await FakeRegistry.start(), await FakeRegistry.start()];
    store = await ImageStore.open(path.join(folder.path, "store"));
  });
  afterEach(async () => {
    await store?.[Symbol.asyncDispose]();
    await from?.[Symbol.asyncDispose]();
    await to?.[Symbol.asyncDispose]();
    await folder?.[Symbol.asyncDispose]();
  });

  const asked = (registry: FakeRegistry, word: string) =>
    registry.requests.filter((request) => request.startsWith(word)).length;
  const pulled = async (...layers: Buffer[]) => {
    const { digest } = from.addImage({ layers }, "1");
    await store.pull(`${from.host}/app:1`);
    store.tag(`${from.host}/app:1`, `${to.host}/app:1`);
    return digest;
  };
  const layer = (seed: string, size = 100_000) => archive({ path: seed, content: noise(seed, size) });

  test("gives the very bytes that came, and nothing that is there already", async () => {
    const digest = await pulled(layer("a"), layer("b"));
    const steps: string[] = [];
    const pushed = await store.push(`${to.host}/app:1`, nobody, {
      onProgress: (_, { step }) => steps.push(step),
    });
    expect(pushed).toMatchObject({ tag: "1", digest });
    expect(new Set(to.blobs.keys())).toEqual(new Set(from.blobs.keys()));
    expect(steps.filter((step) => step === "pushed")).toHaveLength(2);
    to.requests.length = 0;
    await store.push(`${to.host}/app:1`, nobody);
    expect([asked(to, "HEAD"), asked(to, "POST"), asked(to, "PATCH"), asked(to, "PUT")]).toEqual([
      3, 0, 0, 1,
    ]);
  });

  test("goes on where it broke off, and not from the beginning", async () => {
    const digest = await pulled(layer("a", 3_000_000));
    to.cuts = 3;
    const furthest: number[] = [];
    const { digest: found } = await store.push(`${to.host}/app:1`, nobody, {
      onProgress: (_, progress) => {
        if (progress.step === "pushing") furthest.push(progress.current);
      },
    });
    expect(found).toBe(digest);
    expect(asked(to, "GET /v2/app/blobs/uploads/")).toBe(3);
    expect(Math.max(...furthest)).toBeGreaterThan(2_900_000);
  });

  test("takes layers over from repositories of the same registry that it knows to have them", async () => {
    const digest = await pulled(layer("a"));
    await store.push(`${to.host}/app:1`, nobody);
    const [blob = ""] = [...to.blobs.keys()].filter((each) => to.blobs.get(each)?.length !== undefined);
    for (const [name, bytes] of to.blobs) to.mounts.set(name, bytes);
    to.blobs.clear();
    store.tag(`${to.host}/app:1`, `${to.host}/other:1`);
    const steps: object[] = [];
    const pushed = await store.push(`${to.host}/other:1`, nobody, {
      onProgress: (_, progress) => steps.push(progress),
    });
    expect(pushed.digest).toBe(digest);
    expect(steps).toContainEqual({ step: "mounted", from: "app" });
    expect(to.requests.some((request) => request.includes("mount=") && request.includes("from=app"))).toBe(
      true,
    );
    expect(blob).not.toBe("");
  });

  test("what is not kept any more is fetched from where it came, and checked", async () => {
    const digest = await pulled(layer("a"));
    await store.collect({ high: 0, low: 150_000 });
    expect(await readdir(path.join(folder.path, "store/blobs/sha256"))).toEqual([]);
    expect((await store.push(`${to.host}/app:1`, nobody)).digest).toBe(digest);
    await store.collect({ high: 0, low: 150_000 });
    to.blobs.clear();
    for (const [name, bytes] of from.blobs)
      if (bytes.length > 50_000) from.blobs.set(name, Buffer.from(bytes).fill(7, 50, 60));
    await expect(store.push(`${to.host}/app:1`, nobody)).rejects.toThrow("pull the image again");
  });

  test("an image of our own has the same digest each time, and is compressed once", async () => {
    const make = (name: string) =>
      store.make({
        layer: Readable.from([layer("own")]),
        config: { architecture: "amd64", os: "linux", created: "2026-11-20T08:30:00Z" },
        step: { created: "2026-11-20T08:30:00Z", created_by: "by hand" },
        name,
      });
    const id = await make(`${to.host}/app:1`);
    const { digest } = await store.push(`${to.host}/app:1`, nobody);
    expect(store.inspect(id).digests).toEqual([`${to.host}/app@${digest}`]);
    store.remove(id, { force: true });
    await store.collect();
    expect(await make(`${from.host}/app:1`)).toBe(id);
    expect((await store.push(`${from.host}/app:1`, nobody)).digest).toBe(digest);
    expect((await store.pull(`${to.host}/app:1`)).id).toBe(id);
  });

  test("ends with the registry's words when it refuses, and at once when nobody waits", async () => {
    await pulled(layer("a"));
    to.intercept = (request, response) => {
      if (request.method !== "POST") return false;
      const errors = [{ code: "DENIED", message: "not your repository" }];
      response.writeHead(403, { "content-type": "application/json" }).end(JSON.stringify({ errors }));
      return true;
    };
    await expect(store.push(`${to.host}/app:1`, nobody)).rejects.toMatchObject({
      kind: "denied",
      message: "denied: not your repository",
    });
    await expect(store.push(`${to.host}/app:2`, nobody)).rejects.toThrow(
      `tag does not exist: ${to.host}/app:2`,
    );
    const gone = AbortSignal.abort(new Error("nobody waits"));
    await expect(store.push(`${to.host}/app:1`, nobody, { signal: gone })).rejects.toThrow("nobody waits");
  });
});
