import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import {
  addFile,
  formatDiskLocator,
  parseDiskLocator,
  slicesOf,
} from "../../../workers/platform/disk-locator.ts";
import { DiskStore } from "../../../workers/platform/disk-store.ts";
import { blobStoreContract } from "./blob-store-contract.ts";
import { Faults } from "./faults.ts";
import { patternChunks, readAll } from "./pattern.ts";

blobStoreContract("disk", {
  open: (faults, deadline) => new DiskStore(faults.wrap(env.DISK_SERVICE), deadline ? { deadline } : {}),
  count: async (key) => {
    const response = await env.DISK_SERVICE.fetch(`http://disk/${key}`);
    if (response.status === 404) return 0;
    return (await response.json<unknown[]>()).length;
  },
});

describe("the disk store", () => {
  test("a range asks for the files it touches and for no other", async () => {
    const faults = new Faults();
    const store = new DiskStore(faults.wrap(env.DISK_SERVICE));
    let pending = await store.begin(`u/${crypto.randomUUID()}`);
    for (let file = 0; file < 10; file += 1)
      pending = await store.append(pending, patternChunks(pending.size, 1000));
    const locator = await store.finish(pending);
    faults.calls = [];
    await readAll(await store.read(locator, { offset: 2500, length: 100 }));
    expect(faults.calls).toEqual(["fetch"]);
    await readAll(await store.read(locator, { offset: 2500, length: 1000 }));
    expect(faults.calls).toEqual(["fetch", "fetch", "fetch"]);
  });

  test("a locator of 10 GiB in chunks of 64 MiB is short", () => {
    let runs = addFile([], 67_108_864);
    for (let file = 1; file < 160; file += 1) runs = addFile(runs, 67_108_864);
    const locator = formatDiskLocator("u/1", addFile(runs, 5));
    expect(locator).toBe("u/1=67108864x160,5");
    expect(parseDiskLocator(locator)).toEqual({
      key: "u/1",
      runs: [
        { size: 67_108_864, count: 160 },
        { size: 5, count: 1 },
      ],
    });
  });

  test("slices of files are those that the range touches, whole where all of one is wanted", () => {
    const runs = [
      { size: 10, count: 3 },
      { size: 4, count: 1 },
      { size: 10, count: 1 },
    ];
    expect(slicesOf("k", runs, { offset: 15, length: 20 })).toEqual([
      { path: "k/1", offset: 5, length: 5, whole: false },
      { path: "k/2", offset: 0, length: 10, whole: true },
      { path: "k/3", offset: 0, length: 4, whole: true },
      { path: "k/4", offset: 0, length: 1, whole: false },
    ]);
    expect(slicesOf("k", runs, { offset: 30, length: 4 })).toEqual([
      { path: "k/3", offset: 0, length: 4, whole: true },
    ]);
    expect(slicesOf("k", runs, { offset: 44, length: 0 })).toEqual([]);
  });
});
