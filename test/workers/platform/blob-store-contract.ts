import { describe, expect, test } from "vitest";
import type { BlobStore, PendingObject } from "../../../workers/platform/blob-store.ts";
import { Faults } from "./faults.ts";
import { patternBytes, patternChunks, readAll, sameBytes } from "./pattern.ts";

const MiB = 1024 * 1024;

export interface Driver {
  /** A store whose binding can be made to fail. `deadline` is how long it waits for one step, in milliseconds. */
  open(faults: Faults, deadline?: number): BlobStore;
  /** How many stored objects or files are under this key. */
  count(key: string): Promise<number>;
}

/** What every blob store does, whatever it stands on. */
export function blobStoreContract(name: string, driver: Driver): void {
  describe(`the ${name} store`, () => {
    const key = () => `u/${crypto.randomUUID()}`;
    const sound = () => driver.open(new Faults());

    test("a small object is there as soon as it is written", async () => {
      const store = sound();
      const locator = await store.write(`m/${crypto.randomUUID()}`, patternBytes(0, 1000));
      expect(sameBytes(await readAll(await store.read(locator)), patternBytes(0, 1000))).toBe(true);
      const part = await readAll(await store.read(locator, { offset: 10, length: 20 }));
      expect(sameBytes(part, patternBytes(10, 20))).toBe(true);
    });

    test.each([
      { title: "one byte", sizes: [1] },
      { title: "one part", sizes: [8 * MiB] },
      { title: "one part and one byte", sizes: [8 * MiB, 1] },
      { title: "two parts at once", sizes: [16 * MiB] },
      { title: "chunks of any size", sizes: [3 * MiB, 9 * MiB + 5, 1, 64 * 1024, 8 * MiB] },
      { title: "many small chunks", sizes: [100, 100, 100, 7, 100, 100] },
    ])("an object appended as $title is read back as it was, whole and in parts", async ({ sizes }) => {
      const store = sound();
      const locator = await store.finish(await appendAll(store, key(), sizes));
      const size = sizes.reduce((sum, each) => sum + each, 0);
      expect(sameBytes(await readAll(await store.read(locator)), patternBytes(0, size))).toBe(true);
      const edges = new Set([0, size - 1, Math.floor(size / 2), sizes[0] ?? 0, (sizes[0] ?? 0) - 1]);
      for (const offset of edges) {
        for (const wanted of [0, 1, 2, 5000, 1_500_000]) {
          const length = Math.min(wanted, size - offset);
          const part = await readAll(await store.read(locator, { offset, length }));
          expect(sameBytes(part, patternBytes(offset, length)), `${offset}+${length}`).toBe(true);
        }
      }
    });

    test("a stream that is not read to its end does no harm", async () => {
      const store = sound();
      const locator = await store.finish(await appendAll(store, key(), [2 * MiB, 2 * MiB]));
      await (await store.read(locator)).cancel("enough");
      expect((await readAll(await store.read(locator))).byteLength).toBe(4 * MiB);
    });

    test("an empty object is empty", async () => {
      const store = sound();
      const empty = await store.append(await store.begin(key()), patternChunks(0, 0));
      expect(empty.size).toBe(0);
      const locator = await store.finish(empty);
      expect((await readAll(await store.read(locator))).byteLength).toBe(0);
      await store.delete([locator]);
    });

    test("a deleted object is gone, and deleting it again is no error", async () => {
      const store = sound();
      const written = await store.write(`m/${crypto.randomUUID()}`, patternBytes(0, 10));
      const uploaded = key();
      const appended = await store.finish(await appendAll(store, uploaded, [10]));
      await store.delete([written, appended]);
      await store.delete([written, appended]);
      await expect(store.read(written)).rejects.toMatchObject({ kind: "unavailable" });
      await expect(store.read(appended)).rejects.toMatchObject({ kind: "unavailable" });
      expect(await driver.count(uploaded)).toBe(0);
    });

    test("finishing twice, as after a crash, gives the same locator", async () => {
      const store = sound();
      for (const sizes of [[], [10], [9 * MiB, 10]]) {
        const pending = await appendAll(store, key(), sizes);
        const locator = await store.finish(pending);
        expect(await store.finish(throughStorage(pending))).toBe(locator);
        expect((await readAll(await store.read(locator))).byteLength).toBe(pending.size);
      }
    });

    test("a discarded upload leaves nothing, whatever had been stored and however often it is discarded", async () => {
      const store = sound();
      for (const sizes of [[], [10], [9 * MiB, 10], [5, 5, 5]]) {
        const uploaded = key();
        const pending = await appendAll(store, uploaded, sizes);
        await store.discard(pending);
        await store.discard(pending);
        expect(await driver.count(uploaded)).toBe(0);
      }
    });

    test("an upload discarded after it was finished leaves nothing", async () => {
      const store = sound();
      for (const sizes of [[10], [9 * MiB, 10]]) {
        const uploaded = key();
        const pending = await appendAll(store, uploaded, sizes);
        await store.finish(pending);
        await store.discard(pending);
        expect(await driver.count(uploaded)).toBe(0);
      }
    });

    test("a source that fails is heard as it is, and the upload goes on from where it was", async () => {
      const store = sound();
      const uploaded = key();
      for (const sent of [100, 3 * MiB, 14 * MiB]) {
        const pending = await appendAll(store, `${uploaded}-${sent}`, [9 * MiB]);
        const failure = new Error("client gone");
        const broken = patternChunks(pending.size, sent, { seed: 1, failure });
        await expect(store.append(pending, broken)).rejects.toBe(failure);
        await expectGoesOn(store, pending, `${uploaded}-${sent}`);
      }
    });

    test.each(["fail", "stall"] as const)(
      "a store that does not work (%s) is unavailable, and the upload goes on when it works again",
      async (fault) => {
        // At each call of an append, one after the other.
        for (let passing = 0; ; passing += 1) {
          const faults = new Faults();
          const store = driver.open(faults, 100);
          const uploaded = key();
          const pending = await appendAll(store, uploaded, [9 * MiB]);
          faults.calls = [];
          faults.begin(fault, passing);
          const attempt = store.append(pending, patternChunks(pending.size, 9 * MiB, { seed: 1 }));
          const outcome = await attempt.then(
            () => "stored",
            (error: unknown) => error,
          );
          const failed = faults.calls.length > passing;
          faults.end();
          if (!failed) {
            expect(outcome).toBe("stored");
            expect(passing).toBeGreaterThan(0);
            break;
          }
          // What only clears away may fail without a word.
          if (outcome !== "stored") expect(outcome).toMatchObject({ name: "HubError", kind: "unavailable" });
          await expectGoesOn(store, pending, uploaded);
        }
      },
    );

    test("a failure of the store carries its cause", async () => {
      const faults = new Faults();
      const store = driver.open(faults);
      faults.begin("fail");
      for (const attempt of [
        store.write("m/never", patternBytes(0, 10)),
        store.read("m/never"),
        store.append(await store.begin(key()), patternChunks(0, 10)),
      ])
        await expect(attempt).rejects.toMatchObject({ kind: "unavailable", cause: expect.any(Error) });
    });

    test("bytes whose state was lost in a crash are written again, or discarded with the rest", async () => {
      const store = sound();
      for (const sent of [10, 9 * MiB]) {
        const uploaded = key();
        const pending = await appendAll(store, uploaded, [9 * MiB, 10]);
        await store.append(throughStorage(pending), patternChunks(pending.size, sent, { seed: 1 }));
        await expectGoesOn(store, pending, uploaded);
      }
    });

    /** The upload takes more bytes, is whole, and leaves only that behind. */
    async function expectGoesOn(store: BlobStore, before: PendingObject, uploaded: string): Promise<void> {
      const pending = await store.append(throughStorage(before), patternChunks(before.size, 2 * MiB));
      const locator = await store.finish(pending);
      const whole = patternBytes(0, before.size + 2 * MiB);
      await store.discard(pending, locator);
      expect(sameBytes(await readAll(await store.read(locator)), whole)).toBe(true);
      await store.delete([locator]);
      expect(await driver.count(uploaded)).toBe(0);
    }
  });
}

async function appendAll(store: BlobStore, key: string, sizes: number[]): Promise<PendingObject> {
  let pending = await store.begin(key);
  for (const size of sizes) {
    pending = throughStorage(await store.append(pending, patternChunks(pending.size, size)));
  }
  expect(pending.size).toBe(sizes.reduce((sum, size) => sum + size, 0));
  return pending;
}

/** What is left of a value that was kept in a Durable Object's storage. */
function throughStorage(pending: PendingObject): PendingObject {
  return JSON.parse(JSON.stringify(pending)) as PendingObject;
}
