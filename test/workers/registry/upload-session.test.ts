import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { Database } from "../../../workers/db/index.ts";
import type { BlobStore } from "../../../workers/platform/blob-store.ts";
import { day, hour } from "../../../workers/platform/clock.ts";
import { countFiles, parseDiskLocator } from "../../../workers/platform/disk-locator.ts";
import { DiskStore } from "../../../workers/platform/disk-store.ts";
import { R2Store } from "../../../workers/platform/r2-store.ts";
import type { RegistryContext } from "../../../workers/registry/context.ts";
import { createRegistry } from "../../../workers/registry/index.ts";
import { publishBlob, settleBlob } from "../../../workers/registry/blob-links.ts";
import { getBlob, openBlob } from "../../../workers/registry/blobs.ts";
import { collectGarbage } from "../../../workers/registry/gc.ts";
import { uploadKey } from "../../../workers/registry/keys.ts";
import { UploadSession, type UploadState } from "../../../workers/registry/upload-session.ts";
import { digestOf, type Digest } from "../../../workers/shared/digest.ts";
import { Faults } from "../platform/faults.ts";
import { patternBytes, readAll, sameBytes } from "../platform/pattern.ts";

const repository = "alice/web";
const owner = { repository, subject: "user:alice", algorithm: "sha256" } as const;
const size = 9_000_000;
const half = 8_500_000;
let digest: Digest;

beforeEach(async () => {
  digest = await digestOf(patternBytes(0, size));
});

const drivers = [
  { name: "disk", open: (faults: Faults) => new DiskStore(faults.wrap(env.DISK_SERVICE), { deadline: 500 }) },
  { name: "R2", open: (faults: Faults) => new R2Store(faults.wrap(env.BLOBS), { deadline: 500 }) },
];

describe.each(drivers)("an upload session on $name", ({ open }) => {
  test("finishes a blob that came in chunks without reading it again", async () => {
    const server = new Server(open);
    const session = await server.start();
    await session.append(chunk(0, half));
    server.storeFaults.calls = [];
    expect(await session.finish(digest, chunk(half, size))).toEqual({ digest, size });
    const reads = server.storeFaults.calls.filter((call) => call === "get").length;
    expect(reads).toBeLessThanOrEqual(2); // R2 gets its tail, once to add to it and once to finish
    await server.expectBlob();
  });

  test("reads once what it has no running hash for: after a restart, and for another algorithm", async () => {
    const server = new Server(open);
    const sha512 = await digestOf(patternBytes(0, size), "sha512");
    await (await server.start()).append(chunk(0, half));
    await server.restart().append(chunk(half, size));
    await server.restart().finish(digest, nothing);
    await server.expectBlob();
    const other = await server.start();
    await other.append(chunk(0, size));
    await other.finish(sha512, nothing);
    expect((await getBlob(server.context, repository, sha512))?.size).toBe(size);
  });

  test("a restart does not make a wrong digest right, and the bytes are gone", async () => {
    const server = new Server(open);
    await (await server.start()).append(chunk(0, half));
    await expect(server.restart().finish(digest, nothing)).rejects.toMatchObject({ code: "DIGEST_INVALID" });
    await server.expectNothing();
  });

  test("a wrong digest ends the upload and removes its bytes", async () => {
    const server = new Server(open);
    const session = await server.start();
    await session.append(chunk(0, half));
    await expect(session.finish(digest, chunk(0, 10))).rejects.toMatchObject({ code: "DIGEST_INVALID" });
    await expect(session.finish(digest, nothing)).rejects.toMatchObject({ code: "BLOB_UPLOAD_UNKNOWN" });
    await server.expectNothing();
  });

  test.each([
    { title: "shorter than announced", body: [half, size - 1], announced: { length: size - half } },
    { title: "longer than announced", body: [half, size + 1], announced: { length: size - half } },
    {
      title: "not as long as its range",
      body: [half, size - 1],
      announced: { range: { first: half, last: size - 1 } },
    },
    { title: "out of order", body: [half, size], announced: { range: { first: half + 1, last: size } } },
    { title: "cut off by the client", body: [half, size], announced: { failing: true } },
  ])("a chunk that is $title changes nothing", async ({ body, announced }) => {
    const server = new Server(open);
    const session = await server.start();
    await session.append(chunk(0, half));
    const [from = 0, to = 0] = body;
    const { failing, ...rest } = { failing: false, ...announced };
    await expect(session.append({ ...chunk(from, to, failing), ...rest })).rejects.toThrow();
    expect(session.offset).toBe(half);
    await session.finish(digest, chunk(half, size));
    await server.expectBlob();
  });

  test.each(["fail", "stall"] as const)(
    "a store that does not work (%s) leaves the upload as it was",
    async (fault) => {
      const server = new Server(open);
      const session = await server.start();
      await session.append(chunk(0, half));
      server.storeFaults.begin(fault);
      await expect(session.append(chunk(half, size))).rejects.toMatchObject({ kind: "unavailable" });
      server.storeFaults.end();
      await session.append(chunk(half, size));
      await session.finish(digest, nothing);
      await server.expectBlob();
    },
  );

  test("a database that does not take the blob ends the upload without a trace; the client starts again", async () => {
    const server = new Server(open);
    const session = await server.start();
    server.databaseFaults.begin("fail");
    await expect(session.finish(digest, chunk(0, size))).rejects.toMatchObject({ kind: "unavailable" });
    expect(await getBlob(server.context, repository, digest)).toBeUndefined();
    server.databaseFaults.end();
    await expect(session.finish(digest, nothing)).rejects.toMatchObject({ code: "BLOB_UPLOAD_UNKNOWN" });
    await (await server.start()).finish(digest, chunk(0, size));
    await server.expectBlob();
  });

  test("a database whose answer was lost has the blob, and the repeated request says so", async () => {
    const server = new Server(open);
    const session = await server.start();
    server.databaseFaults.begin("lose");
    await expect(session.finish(digest, chunk(0, size))).rejects.toMatchObject({ kind: "unavailable" });
    server.databaseFaults.end();
    expect(await session.finish(digest, chunk(0, size))).toEqual({ digest, size });
    await server.expectBlob();
  });

  test("two sessions that finish the same digest both succeed, and one object stays", async () => {
    const server = new Server(open);
    const [first, second] = [await server.start(), await server.start()];
    const finished = await Promise.all([
      first.finish(digest, chunk(0, size)),
      second.finish(digest, chunk(0, size)),
    ]);
    expect(finished).toEqual([
      { digest, size },
      { digest, size },
    ]);
    await server.expectBlob();
  });

  // What is kept: start, two chunks, closing, publishing, finished.
  test.each([1, 2, 3, 4, 5, 6])(
    "a crash before step %i is kept loses nothing that a client repeats",
    async (step) => {
      const server = new Server(open);
      server.crashBefore(step);
      await expect(push(await server.start().catch(() => server.restart()))).rejects.toThrow();
      expect(server.crashed).toBe(true);
      // Nothing is readable that was not published.
      expect((await getBlob(server.context, repository, digest)) !== undefined).toBe(step === 6);
      await push(server.restart()).catch(async () => push(await server.start()));
      await server.expectBlob();
    },
  );

  test.each([1, 2, 3, 4, 5, 6])(
    "a crash before step %i that nobody comes back to leaves nothing half",
    async (step) => {
      const server = new Server(open);
      server.crashBefore(step);
      await expect(push(await server.start().catch(() => server.restart()))).rejects.toThrow();
      if (step === 6) await server.expectBlob();
      else await server.expectNothing();
    },
  );

  test("garbage collection between a lost answer and the repeated request does not bring dead bytes back", async () => {
    const server = new Server(open);
    const session = await server.start();
    server.databaseFaults.begin("lose");
    await expect(session.finish(digest, chunk(0, size))).rejects.toThrow();
    server.databaseFaults.end();
    const late = { ...server.context, grace: 0, clock: { now: () => Date.now() + hour } };
    await collectGarbage(late, 0);
    await collectGarbage(late, 0);
    await expect(server.restart().finish(digest, nothing)).rejects.toMatchObject({
      code: "BLOB_UPLOAD_UNKNOWN",
    });
    expect(await getBlob(server.context, repository, digest)).toBeUndefined();
    await server.expectNothing();
  });

  test("a finished upload answers the same digest again, and no other", async () => {
    const server = new Server(open);
    const session = await server.start();
    await session.finish(digest, chunk(0, size));
    expect(await session.finish(digest, chunk(0, size))).toEqual({ digest, size });
    expect(await server.restart().finish(digest, nothing)).toEqual({ digest, size });
    const other = await digestOf(patternBytes(0, 1));
    await expect(session.finish(other, nothing)).rejects.toMatchObject({ code: "BLOB_UPLOAD_UNKNOWN" });
    await expect(session.append(chunk(0, 1))).rejects.toMatchObject({ code: "BLOB_UPLOAD_UNKNOWN" });
    await expect(session.cancel()).rejects.toMatchObject({ code: "BLOB_UPLOAD_UNKNOWN" });
    await server.expectBlob();
  });

  test("a cancelled upload leaves nothing", async () => {
    const server = new Server(open);
    const session = await server.start();
    await session.append(chunk(0, size));
    await session.cancel();
    await expect(session.append(nothing)).rejects.toMatchObject({ code: "BLOB_UPLOAD_UNKNOWN" });
    await server.expectNothing();
  });
});

test("a publication that arrives after it was given up changes nothing", async () => {
  const db = new Database(env.DB);
  const blob = { repository, subject: "user:test", digest, size, locator: "u/late" };
  expect(await settleBlob(db, blob, 1)).toBe(false);
  await expect(publishBlob(db, blob, 2)).rejects.toThrow();
  expect(await db.query.selectFrom("blobs").selectAll().execute()).toEqual([]);
  expect(await db.query.selectFrom("garbage").select("locator").execute()).toEqual([{ locator: "u/late" }]);
});

/** A client that goes on wherever the upload stands: two chunks, the second one in the closing request. */
async function push(session: UploadSession): Promise<void> {
  if (session.state?.phase === "open" && session.offset < half) {
    await session.append(chunk(session.offset, half / 2));
    await session.append(chunk(session.offset, half));
  }
  await session.finish(digest, session.offset < size ? chunk(session.offset, size) : nothing);
}

const nothing = { body: null };

function chunk(from: number, to: number, failing = false): { body: ReadableStream<Uint8Array> } {
  let at = from;
  const source: UnderlyingByteSource = {
    type: "bytes",
    pull(controller) {
      if (at >= to && failing) return controller.error(new Error("client gone"));
      // Copied: a byte stream takes the memory it is given.
      if (at < to) controller.enqueue(patternBytes(at, Math.min(300_000, to - at)).slice());
      at += 300_000;
      if (at >= to && !failing) controller.close();
    },
  };
  return { body: new ReadableStream(source) };
}

/** Sessions with storage that outlives them, and parts that can fail. */
class Server {
  readonly storeFaults = new Faults();
  readonly databaseFaults = new Faults();
  /** An hour later than the sessions: what they left is old enough to be collected, and what they linked is not. */
  readonly context: RegistryContext;
  readonly #store: BlobStore;
  readonly #sessions: Kept[] = [];
  readonly #sound: BlobStore;
  #crashBefore = 0;
  crashed = false;

  constructor(open: (faults: Faults) => BlobStore) {
    this.#store = open(this.storeFaults);
    this.#sound = open(new Faults());
    this.context = createRegistry({
      db: new Database(env.DB),
      blobs: this.#sound,
      clock: { now: () => Date.now() + hour },
      uploads: env.UPLOADS,
      repositories: env.REPOSITORIES,
      grace: day,
    });
  }

  /** From now on, the state is not kept the nth time: the process has died before. */
  crashBefore(step: number): void {
    this.#crashBefore = step;
  }

  async start(): Promise<UploadSession> {
    this.#sessions.push({ saved: undefined });
    const session = this.restart();
    await session.start(uploadKey(crypto.randomUUID()), owner);
    return session;
  }

  /** The newest session as it is after a restart. */
  restart(): UploadSession {
    const kept = this.#sessions.at(-1);
    if (!kept) throw new Error("no session was started");
    return new UploadSession({
      storage: this.#storageOf(kept),
      store: this.#store,
      db: new Database(this.databaseFaults.wrap(env.DB)),
      now: () => Date.now(),
    });
  }

  #storageOf(kept: Kept) {
    return {
      get: () => structuredClone(kept.saved),
      put: (state: UploadState) => {
        this.#crashBefore -= 1;
        if (this.#crashBefore === 0) {
          this.crashed = true;
          throw new Error("killed");
        }
        kept.key = state.pending.key;
        kept.saved = structuredClone(state);
      },
      clear: async () => {
        kept.saved = undefined;
      },
    };
  }

  /** The blob is readable and right; when all sessions have expired and garbage is collected, its object is left and nothing else. */
  async expectBlob(): Promise<void> {
    const stored = await this.#leftOver();
    const blob = await getBlob(this.context, repository, digest);
    if (!blob) throw new Error("the blob is not there");
    const { runs } = parseDiskLocator(blob.locator);
    expect(stored).toBe(runs ? countFiles(runs) : 1);
    expect(sameBytes(await readAll(await openBlob(this.context, blob)), patternBytes(0, size))).toBe(true);
  }

  async expectNothing(): Promise<void> {
    expect(await this.#leftOver()).toBe(0);
    expect(await getBlob(this.context, repository, digest)).toBeUndefined();
  }

  async #leftOver(): Promise<number> {
    for (const kept of this.#sessions) {
      const session = new UploadSession({
        storage: this.#storageOf(kept),
        store: this.#sound,
        db: new Database(env.DB),
        now: () => Date.now(),
      });
      await session.expire();
      expect(kept.saved).toBeUndefined();
    }
    await collectGarbage(this.context, 0);
    let count = 0;
    for (const { key } of this.#sessions) if (key !== undefined) count += await storedUnder(key);
    return count;
  }
}

interface Kept {
  saved: UploadState | undefined;
  key?: string;
}

/** Objects or files under this key, in both stores. */
async function storedUnder(key: string): Promise<number> {
  const { objects } = await env.BLOBS.list({ prefix: key });
  const files = await env.DISK_SERVICE.fetch(`http://disk/${key}`);
  return objects.length + (files.ok ? (await files.json<unknown[]>()).length : 0);
}
