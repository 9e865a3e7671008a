import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { Database } from "../../../workers/db/index.ts";
import { hour } from "../../../workers/platform/clock.ts";
import { R2Store } from "../../../workers/platform/r2-store.ts";
import { getBlob, keepBlob, mountBlob, openBlob } from "../../../workers/registry/blobs.ts";
import { services } from "../../../workers/services.ts";
import { digestOf, type Digest } from "../../../workers/shared/digest.ts";
import { Faults } from "../platform/faults.ts";
import { patternBytes, readAll, sameBytes } from "../platform/pattern.ts";
import {
  accessTokenOf,
  api,
  firstError,
  people,
  RepositoryClient,
  type Person,
} from "../support/registry.ts";

const content = patternBytes(0, 2000);
let admin: Person;
let alice: Person;
let bob: Person;
let web: RepositoryClient;
let digest: Digest;

beforeEach(async () => {
  ({ admin, alice, bob } = await people());
  web = await RepositoryClient.open(alice, "alice/web");
  digest = await web.pushBlob(content);
});

describe("a blob", () => {
  test("is pulled byte for byte, with its digest and its length", async () => {
    const pulled = await web.send("GET", `blobs/${digest}`);
    expect(pulled.status).toBe(200);
    expect(pulled.headers.get("Docker-Content-Digest")).toBe(digest);
    expect(pulled.headers.get("Content-Length")).toBe("2000");
    expect(sameBytes(new Uint8Array(await pulled.arrayBuffer()), content)).toBe(true);
    const head = await web.send("HEAD", `blobs/${digest}`);
    expect(head.status).toBe(200);
    expect(head.headers.get("Content-Length")).toBe("2000");
    expect(head.headers.get("Docker-Content-Digest")).toBe(digest);
  });

  test.each([
    ["bytes=500-1499", 206, "bytes 500-1499/2000", [500, 1000]],
    ["bytes=500-", 206, "bytes 500-1999/2000", [500, 1500]],
    ["bytes=-500", 206, "bytes 1500-1999/2000", [1500, 500]],
    ["bytes=1000-5000", 206, "bytes 1000-1999/2000", [1000, 1000]],
    ["bytes=500-0", 416, "bytes */2000", undefined],
    ["bytes=5000-10000", 416, "bytes */2000", undefined],
    ["bytes=0-1,5-6", 200, null, [0, 2000]],
    ["nonsense", 200, null, [0, 2000]],
  ] as const)("answers the range %s with %d", async (range, status, contentRange, part) => {
    const response = await web.send("GET", `blobs/${digest}`, { headers: { Range: range } });
    expect(response.status).toBe(status);
    expect(response.headers.get("Content-Range")).toBe(contentRange);
    const bytes = new Uint8Array(await response.arrayBuffer());
    if (part) expect(sameBytes(bytes, patternBytes(part[0], part[1]))).toBe(true);
  });

  test("is found by one statement and read by one request to the store", async () => {
    const database = new Faults();
    const store = new Faults();
    const context = {
      ...services(env).registry,
      db: new Database(database.wrap(env.DB)),
      blobs: new R2Store(store.wrap(env.BLOBS)),
    };
    const blob = await getBlob(context, "alice/web", digest);
    if (!blob) throw new Error("the blob is not there");
    await readAll(await openBlob(context, blob, { offset: 5, length: 10 }));
    expect(database.calls).toEqual(["prepare"]);
    expect(store.calls).toEqual(["get"]);
  });
});

describe("a deleted blob", () => {
  test("is gone at once in its repository and stays in another", async () => {
    const other = await RepositoryClient.open(alice, "alice/other");
    await other.pushBlob(content);
    expect((await web.send("DELETE", `blobs/${digest}`)).status).toBe(202);
    expect((await web.send("HEAD", `blobs/${digest}`)).status).toBe(404);
    expect((await web.send("DELETE", `blobs/${digest}`)).status).toBe(404);
    expect((await other.send("GET", `blobs/${digest}`)).status).toBe(200);
    // A pull elsewhere does not bring it back.
    expect((await web.send("HEAD", `blobs/${digest}`)).status).toBe(404);
  });

  test("is not one that a manifest names", async () => {
    await web.pushImage("v1", ["a layer"]);
    const layer = await digestOf(new TextEncoder().encode("a layer"));
    const refused = await web.send("DELETE", `blobs/${layer}`);
    expect(refused.status).toBe(405);
    expect(await firstError(refused)).toMatchObject({ code: "UNSUPPORTED" });
    expect((await web.send("HEAD", `blobs/${layer}`)).status).toBe(200);
  });
});

describe("a mount", () => {
  const mount = (client: RepositoryClient, query: string) =>
    client.send("POST", `blobs/uploads/?mount=${query}`);

  test.each(["&from=alice/web", ""])("links a blob that the caller may read (%s)", async (from) => {
    const target = await RepositoryClient.open(alice, "alice/target", "repository:alice/web:pull");
    const mounted = await mount(target, `${digest}${from}`);
    expect(mounted.status).toBe(201);
    expect(mounted.headers.get("Docker-Content-Digest")).toBe(digest);
    const pulled = await target.send("GET", `blobs/${digest}`);
    expect(sameBytes(new Uint8Array(await pulled.arrayBuffer()), content)).toBe(true);
    await web.send("DELETE", `blobs/${digest}`);
    expect((await target.send("HEAD", `blobs/${digest}`)).status).toBe(200);
  });

  test.each(["&from=alice/web", "&from=alice/nothing", ""])(
    "of what the caller may not read looks like one of what is not there (%s)",
    async (from) => {
      const client = await RepositoryClient.open(bob, "bob/target", "repository:alice/web:pull");
      const absent = await digestOf(patternBytes(1, 7));
      const shapes = [];
      for (const wanted of [digest, absent]) {
        const response = await mount(client, `${wanted}${from}`);
        expect(response.status).toBe(202);
        const location = response.headers.get("Location") ?? "";
        shapes.push([[...response.headers.keys()].toSorted(), location.replace(/[0-9a-f]{64}$/, "<id>")]);
        // The session is a good one.
        const body = patternBytes(3, 5);
        const put = await client.send("PUT", `${location}?digest=${await digestOf(body)}`, { body });
        expect(put.status).toBe(201);
      }
      expect(shapes[0]).toEqual(shapes[1]);
      expect((await client.send("HEAD", `blobs/${digest}`)).status).toBe(404);
    },
  );

  test("from a public repository is for everybody who may push, until it is private again", async () => {
    await api(alice, "PATCH", "/api/v1/repositories/alice/web", { visibility: "public" });
    const client = await RepositoryClient.open(bob, "bob/target", "repository:alice/web:pull");
    expect((await mount(client, `${digest}&from=alice/web`)).status).toBe(201);
    await client.send("DELETE", `blobs/${digest}`);
    await api(alice, "PATCH", "/api/v1/repositories/alice/web", { visibility: "private" });
    expect((await mount(client, `${digest}&from=alice/web`)).status).toBe(202);
  });

  test.each(["&from=alice/web", ""])("needs no token for its source (%s)", async (from) => {
    const target = await RepositoryClient.open(alice, "alice/target");
    expect((await mount(target, `${digest}${from}`)).status).toBe(201);
    expect((await target.send("GET", `/v2/alice/web/blobs/${digest}`)).status).toBe(401);
  });

  test.each([{ scopes: ["repository:alice/tar*:pull,push"] }, { scopes: ["repository:**:push"] }])(
    "reaches no further than the access token behind it (%o)",
    async (limits) => {
      const accessToken = await accessTokenOf(admin, { user: "alice", ...limits });
      const target = await RepositoryClient.open({ name: "alice", accessToken }, "alice/target");
      expect((await mount(target, `${digest}&from=alice/web`)).status).toBe(202);
      expect((await mount(target, digest)).status).toBe(202);
    },
  );

  test("that finds nothing makes no repository", async () => {
    const { registry } = services(env);
    const absent = await digestOf(patternBytes(1, 7));
    const request = {
      repository: "alice/empty",
      subject: "user:test",
      digest: absent,
      mayRead: () => ({ publicOnly: false }),
    };
    expect(await mountBlob(registry, request)).toBe(false);
    expect(await mountBlob(registry, { ...request, from: "alice/web" })).toBe(false);
    const row = await registry.db.query
      .selectFrom("repositories")
      .selectAll()
      .where("name", "=", "alice/empty")
      .executeTakeFirst();
    expect(row).toBeUndefined();
  });
});

describe("a promise that a blob is there", () => {
  test("makes an old link young, and asks nothing of the database for a young one", async () => {
    const faults = new Faults();
    const registry = { ...services(env).registry, db: new Database(faults.wrap(env.DB)), grace: 2 * hour };
    const found = await getBlob(registry, "alice/web", digest);
    if (!found) throw new Error("the blob is not there");
    faults.calls = [];
    expect(await keepBlob(registry, found)).toBe(true);
    expect(faults.calls).toEqual([]);
    const later = { ...registry, clock: { now: () => Date.now() + 1.5 * hour } };
    expect(await keepBlob(later, found)).toBe(true);
    const kept = await getBlob(registry, "alice/web", digest);
    expect(kept?.linkedAt).toBeGreaterThan(found.linkedAt + hour);
  });

  test("is not given for a blob that has just been taken away", async () => {
    const registry = { ...services(env).registry, grace: 0 };
    const found = await getBlob(registry, "alice/web", digest);
    if (!found) throw new Error("the blob is not there");
    await web.send("DELETE", `blobs/${digest}`);
    const later = { ...registry, clock: { now: () => Date.now() + hour } };
    expect(await keepBlob(later, found)).toBe(false);
  });
});
