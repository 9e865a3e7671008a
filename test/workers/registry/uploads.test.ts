import { evictDurableObject, runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { digestOf } from "../../../workers/shared/digest.ts";
import { accessTokenOf, firstError, people, RepositoryClient, type Person } from "../support/registry.ts";

const text = "what is uploaded here";
const bytes = new TextEncoder().encode(text);
let alice: Person;
let admin: Person;
let web: RepositoryClient;

beforeEach(async () => {
  ({ alice, admin } = await people());
  web = await RepositoryClient.open(alice, "alice/web");
});

/** Starts an upload and gives its Location. */
async function started(client: RepositoryClient = web, query = ""): Promise<string> {
  const response = await client.send("POST", `blobs/uploads/${query}`);
  expect(response.status).toBe(202);
  expect(response.headers.get("OCI-Chunk-Min-Length")).toMatch(/^\d+$/);
  return response.headers.get("Location") ?? "";
}

async function pulled(digest: string): Promise<string | undefined> {
  const response = await web.send("GET", `blobs/${digest}`);
  const content = new TextDecoder().decode(await response.arrayBuffer());
  return response.status === 200 ? content : undefined;
}

/** The Durable Object behind a Location. */
function objectOf(location: string) {
  return env.UPLOADS.get(env.UPLOADS.idFromString(location.split("/").at(-1) ?? ""));
}

function withRange(from: number, to: number): RequestInit {
  return { body: bytes.slice(from, to), headers: { "Content-Range": `${from}-${to - 1}` } };
}

describe("a blob is readable after", () => {
  test.each(["sha256", "sha512"] as const)("every way of pushing it (%s)", async (algorithm) => {
    const digest = await digestOf(bytes, algorithm);
    const ways: Record<string, () => Promise<Response>> = {
      "one POST": () => web.send("POST", `blobs/uploads/?digest=${digest}`, { body: bytes }),
      "POST and PUT": async () => web.send("PUT", `${await started()}?digest=${digest}`, { body: bytes }),
      "a streamed PATCH": async () => {
        const location = await started();
        const body = new Blob([bytes]).stream();
        expect((await web.send("PATCH", location, { body })).status).toBe(202);
        return web.send("PUT", `${location}?digest=${digest}`);
      },
      "chunks and a last one in the PUT": async () => {
        const location = await started();
        const first = await web.send("PATCH", location, withRange(0, 5));
        expect(first.headers.get("Range")).toBe("0-4");
        expect((await web.send("PATCH", location, withRange(5, 9))).headers.get("Range")).toBe("0-8");
        return web.send("PUT", `${location}?digest=${digest}`, withRange(9, bytes.length));
      },
      "chunks of a stated algorithm": async () => {
        const location = await started(web, `?digest-algorithm=${algorithm}`);
        await web.send("PATCH", location, { body: bytes });
        return web.send("PUT", `${location}?digest=${digest}`);
      },
    };
    for (const [way, push] of Object.entries(ways)) {
      const response = await push();
      expect(response.status, way).toBe(201);
      expect(response.headers.get("Docker-Content-Digest"), way).toBe(digest);
      expect(await pulled(digest), way).toBe(text);
      await web.send("DELETE", `blobs/${digest}`);
      expect(await pulled(digest)).toBeUndefined();
    }
  });

  test("a push of nothing", async () => {
    const digest = await digestOf(new Uint8Array());
    expect((await web.send("POST", `blobs/uploads/?digest=${digest}`, { body: "" })).status).toBe(201);
    expect(await pulled(digest)).toBe("");
    expect((await web.send("PUT", `${await started()}?digest=${digest}`)).status).toBe(201);
  });

  test("the object that keeps the upload was evicted between chunks", async () => {
    const digest = await digestOf(bytes);
    const location = await started();
    await web.send("PATCH", location, withRange(0, 5));
    await evictDurableObject(objectOf(location));
    await web.send("PATCH", location, withRange(5, 9));
    await evictDurableObject(objectOf(location));
    const response = await web.send("PUT", `${location}?digest=${digest}`, withRange(9, bytes.length));
    expect(response.status).toBe(201);
    expect(await pulled(digest)).toBe(text);
  });
});

describe("bad input", () => {
  const wrong = `sha256:${"0".repeat(64)}`;

  test.each([
    ["a chunk that leaves a gap", "PATCH", "", withRange(6, 9), 416, "RANGE_INVALID"],
    ["a chunk that came before", "PATCH", "", withRange(0, 5), 416, "RANGE_INVALID"],
    ["a last chunk that leaves a gap", "PUT", `?digest=${wrong}`, withRange(6, 9), 416, "RANGE_INVALID"],
    [
      "a body shorter than its range",
      "PATCH",
      "",
      { body: "ab", headers: { "Content-Range": "5-8" } },
      400,
      "SIZE_INVALID",
    ],
    [
      "a body longer than its range",
      "PATCH",
      "",
      { body: "abcdef", headers: { "Content-Range": "5-8" } },
      400,
      "SIZE_INVALID",
    ],
    [
      "a range that is none",
      "PATCH",
      "",
      { body: "ab", headers: { "Content-Range": "five-six" } },
      400,
      "BLOB_UPLOAD_INVALID",
    ],
    [
      "a range beyond all numbers",
      "PATCH",
      "",
      { body: "ab", headers: { "Content-Range": `5-${"9".repeat(40)}` } },
      400,
      "BLOB_UPLOAD_INVALID",
    ],
    ["a closing request without a digest", "PUT", "", {}, 400, "DIGEST_INVALID"],
    ["a digest that is none", "PUT", "?digest=sha256:abc", {}, 400, "DIGEST_INVALID"],
    ["a digest of an unknown algorithm", "PUT", `?digest=md5:${"0".repeat(32)}`, {}, 400, "DIGEST_INVALID"],
  ] as const)("%s is refused, and the upload goes on", async (_title, method, query, init, status, code) => {
    const location = await started();
    await web.send("PATCH", location, withRange(0, 5));
    const refused = await web.send(method, location + query, init);
    expect(refused.status).toBe(status);
    if (status === 416) {
      expect(refused.headers.get("Range")).toBe("0-4");
      expect(refused.headers.get("Location")).toBe(location);
    }
    const error = await firstError(refused);
    expect(error.code).toBe(code);
    expect(error.message.length).toBeGreaterThan(20);
    const where = await web.send("GET", location);
    expect(where.status).toBe(204);
    expect(where.headers.get("Range")).toBe("0-4");
    await web.send("PATCH", location, withRange(5, bytes.length));
    const finished = await web.send("PUT", `${location}?digest=${await digestOf(bytes)}`);
    expect(finished.status).toBe(201);
  });

  test("a wrong digest ends the upload, however it was sent, and leaves no object", async () => {
    const chunked = await started();
    await web.send("PATCH", chunked, { body: bytes });
    for (const attempt of [
      await web.send("POST", `blobs/uploads/?digest=${wrong}`, { body: bytes }),
      await web.send("PUT", `${await started()}?digest=${wrong}`, { body: bytes }),
      await web.send("PUT", `${chunked}?digest=${wrong}`),
    ]) {
      expect(attempt.status).toBe(400);
      const error = await firstError(attempt);
      expect(error.code).toBe("DIGEST_INVALID");
      expect(error.detail).toMatchObject({ expected: wrong, actual: await digestOf(bytes) });
    }
    expect((await web.send("GET", chunked)).status).toBe(404);
    expect((await env.BLOBS.list({ prefix: "u/" })).objects).toEqual([]);
    expect(await pulled(wrong)).toBeUndefined();
  });
});

describe("an upload is not there", () => {
  const methods = ["GET", "PATCH", "PUT", "DELETE"] as const;

  /** The answers of all methods to this path, as far as somebody could tell them apart. */
  async function answers(client: RepositoryClient, location: string): Promise<unknown[]> {
    const digest = await digestOf(bytes);
    const all: unknown[] = [];
    for (const method of methods) {
      const query = method === "PUT" ? `?digest=${digest}` : "";
      const body = method === "PATCH" || method === "PUT" ? { body: bytes } : {};
      const response = await client.send(method, location + query, body);
      all.push([method, response.status, [...response.headers.keys()].toSorted(), await response.text()]);
    }
    return all;
  }

  test("for anybody but who started it, and in no other repository: it looks like one that never was", async () => {
    const colleague = { name: "admin", accessToken: await accessTokenOf(admin, { user: "admin" }) };
    const other = await RepositoryClient.open(alice, "alice/other");
    const foreign = await RepositoryClient.open(colleague, "alice/web");
    const location = await started();
    await web.send("PATCH", location, { body: bytes });
    const id = location.split("/").at(-1) ?? "";
    const never = env.UPLOADS.newUniqueId().toString();

    const unknown = await answers(web, `/v2/alice/web/blobs/uploads/${never}`);
    for (const [, status, , body] of unknown as [string, number, string[], string][]) {
      expect(status).toBe(404);
      expect(body).toContain("BLOB_UPLOAD_UNKNOWN");
    }
    expect(await answers(foreign, location)).toEqual(unknown);
    expect(await answers(other, `/v2/alice/other/blobs/uploads/${id}`)).toEqual(unknown);
    for (const malformed of ["x", "..%2F..", "0".repeat(64), "%00", "a".repeat(3000)])
      expect(await answers(web, `/v2/alice/web/blobs/uploads/${malformed}`)).toEqual(unknown);

    // Nothing of it has touched the upload.
    expect((await web.send("GET", location)).headers.get("Range")).toBe(`0-${bytes.length - 1}`);
    expect((await web.send("PUT", `${location}?digest=${await digestOf(bytes)}`)).status).toBe(201);
  });

  test("after it was cancelled", async () => {
    const location = await started();
    await web.send("PATCH", location, { body: bytes });
    expect((await web.send("DELETE", location)).status).toBe(204);
    for (const method of methods) {
      const response = await web.send(
        method,
        method === "PUT" ? `${location}?digest=${await digestOf(bytes)}` : location,
      );
      expect(response.status).toBe(404);
    }
    expect((await env.BLOBS.list({ prefix: "u/" })).objects).toEqual([]);
  });

  test("after it was finished, but for the closing request asked again", async () => {
    const digest = await digestOf(bytes);
    const location = await started();
    const closing = async () => web.send("PUT", `${location}?digest=${digest}`, { body: bytes });
    expect((await closing()).status).toBe(201);
    expect((await closing()).status).toBe(201);
    for (const method of ["GET", "PATCH", "DELETE"])
      expect((await web.send(method, location)).status).toBe(404);
    expect(await pulled(digest)).toBe(text);
    // The time for that ends.
    expect(await runDurableObjectAlarm(objectOf(location))).toBe(true);
    expect((await closing()).status).toBe(404);
    expect(await pulled(digest)).toBe(text);
  });

  test("after nobody asked for it for a day, and its bytes are gone", async () => {
    const location = await started();
    await web.send("PATCH", location, { body: bytes });
    expect((await env.BLOBS.list({ prefix: "u/" })).objects.length).toBe(1);
    expect(await runDurableObjectAlarm(objectOf(location))).toBe(true);
    expect((await web.send("GET", location)).status).toBe(404);
    expect((await env.BLOBS.list({ prefix: "u/" })).objects).toEqual([]);
  });
});

describe("requests at the same time", () => {
  test("the same chunk twice is taken once, and the other one hears where the upload stands", async () => {
    const location = await started();
    const both = await Promise.all([
      web.send("PATCH", location, withRange(0, 5)),
      web.send("PATCH", location, withRange(0, 5)),
    ]);
    expect(new Set(both.map((response) => response.status))).toEqual(new Set([202, 416]));
    for (const response of both) expect(response.headers.get("Range")).toBe("0-4");
  });

  test("a chunk waits for the one that is still coming in", async () => {
    const location = await started();
    const slow = new TransformStream<Uint8Array, Uint8Array>();
    const writer = slow.writable.getWriter();
    const first = web.send("PATCH", location, { body: slow.readable });
    await writer.write(bytes.slice(0, 5));
    const second = web.send("PATCH", location, withRange(5, bytes.length));
    await writer.close();
    expect((await first).status).toBe(202);
    expect((await second).status).toBe(202);
    expect((await web.send("PUT", `${location}?digest=${await digestOf(bytes)}`)).status).toBe(201);
  });

  test("a client that goes away in the middle of a chunk has not sent it", async () => {
    const location = await started();
    await web.send("PATCH", location, withRange(0, 5));
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        controller.enqueue(bytes.slice(5, 9));
        controller.error(new Error("connection reset"));
      },
    });
    await web.send("PATCH", location, { body }).catch(() => undefined);
    expect((await web.send("GET", location)).headers.get("Range")).toBe("0-4");
    await web.send("PATCH", location, withRange(5, bytes.length));
    expect((await web.send("PUT", `${location}?digest=${await digestOf(bytes)}`)).status).toBe(201);
  });

  test("two uploads of the same content both succeed", async () => {
    const digest = await digestOf(bytes);
    const [first, second] = [await started(), await started()];
    const both = await Promise.all([
      web.send("PUT", `${first}?digest=${digest}`, { body: bytes }),
      web.send("PUT", `${second}?digest=${digest}`, { body: bytes }),
    ]);
    expect(both.map((response) => response.status)).toEqual([201, 201]);
    expect(await pulled(digest)).toBe(text);
  });
});
