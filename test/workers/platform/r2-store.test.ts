import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { R2Store } from "../../../workers/platform/r2-store.ts";
import { blobStoreContract } from "./blob-store-contract.ts";
import { Faults } from "./faults.ts";
import { patternChunks } from "./pattern.ts";

blobStoreContract("R2", {
  open: (faults, deadline) => new R2Store(faults.wrap(env.BLOBS), deadline ? { deadline } : {}),
  count: async (key) => (await env.BLOBS.list({ prefix: key })).objects.length,
});

describe("the R2 store", () => {
  test("an object of one part or less is put once and never copied", async () => {
    const faults = new Faults();
    const store = new R2Store(faults.wrap(env.BLOBS));
    const pending = await store.append(await store.begin("u/small"), patternChunks(0, 8 * 1024 * 1024));
    await store.finish(pending);
    expect(faults.calls).toEqual(["put"]);
  });

  test("no name is written twice", async () => {
    const written: string[] = [];
    const bucket = new Proxy(env.BLOBS, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name);
        return (...parameters: unknown[]) => {
          if (name === "put") written.push(String(parameters[0]));
          return Reflect.apply(member as () => unknown, target, parameters) as unknown;
        };
      },
    });
    const store = new R2Store(bucket);
    let pending = await store.begin("u/tails");
    for (const size of [10, 10, 9_000_000, 10])
      pending = await store.append(pending, patternChunks(pending.size, size));
    await store.finish(pending);
    expect(new Set(written).size).toBe(written.length);
  });
});
