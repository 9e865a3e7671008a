import { Hono } from "hono";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { timeField, timeInput } from "../../../workers/platform/endpoint-fields.ts";
import { mountEndpoints } from "../../../workers/platform/endpoint-routes.ts";
import { endpointFor } from "../../../workers/platform/endpoint.ts";
import { renderProblem } from "../../../workers/platform/http-errors.ts";
import type { KeptAnswers } from "../../../workers/platform/idempotency.ts";
import { HubError } from "../../../workers/shared/errors.ts";

/** What the endpoints of these tests are called with, and what they did. */
interface Context {
  seen: unknown[];
}

const endpoint = endpointFor<Context, { anybody: string }, "all">();
const common = { summary: "", tag: "", access: "anybody" } as const;
const entry = z.object({ name: z.string(), at: timeField });

const endpoints = [
  endpoint({
    ...common,
    method: "GET",
    path: "/api/things",
    operation: "list",
    query: z.strictObject({ since: timeInput.optional() }),
    paged: 2,
    answer: { status: 200, schema: z.object({ things: z.array(entry) }) },
    run: ({ context, query, page, more }) => {
      context.seen.push({ query, page });
      if (page.last !== "z") more("b");
      // As rows come: with more than anybody may see.
      return { things: [{ name: "a", at: 0, hmac: "secret" } as { name: string; at: number }] };
    },
  }),
  endpoint({
    ...common,
    method: "POST",
    path: "/api/things",
    operation: "make",
    body: z.strictObject({ name: z.string().max(5), kind: z.enum(["x", "y"]).default("x") }),
    answer: { status: 201, schema: entry },
    run: ({ context, body, actor }) => {
      context.seen.push({ body, actor });
      return { name: body.name, at: 1 };
    },
  }),
  endpoint({
    ...common,
    method: "GET",
    path: "/api/things/:name{.+}",
    operation: "get",
    params: z.strictObject({ name: z.string() }),
    answer: { status: 200, schema: entry },
    run: ({ params }) => ({ name: params.name, at: 0 }),
  }),
  endpoint({
    ...common,
    method: "DELETE",
    path: "/api/things/:name{.+}/-/parts/:part",
    operation: "removePart",
    params: z.strictObject({ name: z.string(), part: z.string() }),
    answer: { status: 204 },
    run: ({ context, params }) => void context.seen.push(params),
  }),
  endpoint({
    ...common,
    method: "GET",
    path: "/api/broken",
    operation: "broken",
    answer: { status: 200, schema: entry },
    run: () => ({ name: 1, at: "never" }) as unknown as { name: string; at: number },
  }),
  endpoint({
    ...common,
    method: "GET",
    path: "/api/export",
    operation: "export",
    answer: { status: 200, stream: "application/jsonl" },
    run: () => new Blob(["{}\n{}\n"]).stream(),
  }),
];

const noAnswers: KeptAnswers = {
  begin: () => Promise.reject(new Error("no key was sent")),
  keep: () => Promise.reject(new Error("no key was sent")),
  forget: () => Promise.reject(new Error("no key was sent")),
};

function hub() {
  const context: Context = { seen: [] };
  const app = new Hono<{ Bindings: object }>();
  mountEndpoints(app, endpoints, {
    contextOf: () => context,
    actorOf: async (_context, request) => {
      if (request.headers.get("Authorization") === null)
        throw new HubError("unauthenticated", "who are you?");
      return "alice";
    },
    answersOf: () => noAnswers,
    subjectOf: () => "alice",
  });
  app.onError((error, c) => renderProblem(error, c.req.raw));
  const send = async (method: string, path: string, body?: string, type = "application/json") =>
    app.request(path, {
      method,
      headers: { Authorization: "x", ...(body === undefined ? {} : { "Content-Type": type }) },
      ...(body === undefined ? {} : { body }),
    });
  return { app, send, seen: context.seen };
}

describe("an endpoint", () => {
  test("is called with what its schemas made of the request", async () => {
    const { send, seen } = hub();
    await send("GET", "/api/things?since=2026-11-23T13:00:00%2B01:00&n=7&last=q");
    await send("POST", "/api/things", `{"name":"a"}`);
    await send("DELETE", "/api/things/a/b/-/parts/c");
    expect(seen).toEqual([
      { query: { since: Date.UTC(2026, 10, 23, 12) }, page: { limit: 7, last: "q" } },
      { body: { name: "a", kind: "x" }, actor: "alice" },
      { name: "a/b", part: "c" },
    ]);
  });

  test("gives what its schema names, and nothing else", async () => {
    const response = await hub().send("GET", "/api/things");
    expect(response.status).toBe(200);
    expect(response.headers.get("Cache-Control")).toBe("no-store");
    expect(await response.text()).toBe(`{"things":[{"name":"a","at":"1970-01-01T00:00:00.000Z"}]}`);
  });

  test("fails rather than answer what it has not declared", async () => {
    const response = await hub().send("GET", "/api/broken");
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain("never");
  });

  test("that lists links to its next page, with the query it was asked for", async () => {
    const { send } = hub();
    const since = "since=2026-11-23T12%3A00%3A00Z";
    const first = await send("GET", `/api/things?${since}`);
    expect(first.headers.get("Link")).toBe(`</api/things?${since}&n=2&last=b>; rel="next"`);
    expect((await send("GET", "/api/things?last=z")).headers.get("Link")).toBeNull();
  });

  test("that streams says of what type, and keeps it out of caches", async () => {
    const response = await hub().send("GET", "/api/export");
    expect(response.headers.get("Content-Type")).toBe("application/jsonl");
    expect(response.headers.get("Cache-Control")).toBe("no-store");
    expect(await response.text()).toBe("{}\n{}\n");
  });

  test("asks who it is before it looks at anything else", async () => {
    const { app, seen } = hub();
    const response = await app.request("/api/things?unknown=1", { method: "POST", body: "{" });
    expect(response.status).toBe(401);
    expect(seen).toEqual([]);
  });

  test.each([
    ["GET", "/api/things?unknown=1", undefined],
    ["GET", "/api/things?n=1&n=2", undefined],
    ["GET", "/api/things?n=-1", undefined],
    ["GET", "/api/things?n=4294967296", undefined],
    ["GET", `/api/things?last=${"x".repeat(1001)}`, undefined],
    ["GET", "/api/things?since=yesterday", undefined],
    ["GET", "/api/things/a?n=1", undefined],
    ["POST", "/api/things", "{"],
    ["POST", "/api/things", "[]"],
    ["POST", "/api/things", "null"],
    ["POST", "/api/things", `{"name":"toolong"}`],
    ["POST", "/api/things", `{"name":"a","kind":"z"}`],
    ["POST", "/api/things", `{"name":"a","id":"chosen"}`],
    ["POST", "/api/things", `{"name":"a","__proto__":{"kind":"y"}}`],
    ["POST", "/api/things?name=a", `{"name":"a"}`],
  ])("is not called by %s %s %s", async (method, path, body) => {
    const { send, seen } = hub();
    const response = await send(method, path, body);
    expect(response.status).toBe(400);
    expect(response.headers.get("Content-Type")).toBe("application/problem+json");
    expect(seen).toEqual([]);
  });

  test("takes a body of its own type only: a form from another site is none", async () => {
    const { send, seen } = hub();
    expect((await send("POST", "/api/things", `{"name":"a"}`, "text/plain")).status).toBe(400);
    expect(seen).toEqual([]);
  });
});

describe("a path", () => {
  test("says which methods it has, to HEAD like GET, and refuses the others", async () => {
    const { send, seen } = hub();
    const head = await send("HEAD", "/api/things");
    expect(head.status).toBe(200);
    expect(await head.text()).toBe("");
    const refused = await send("PUT", "/api/things", "{}");
    expect(refused.status).toBe(405);
    expect(refused.headers.get("Allow")).toBe("GET, HEAD, POST");
    expect(seen).toHaveLength(1);
  });

  test("is not hidden by another that takes slashes", async () => {
    const { send } = hub();
    expect((await send("GET", "/api/things/a/-/parts/b")).headers.get("Allow")).toBe("DELETE");
    expect((await send("GET", "/api/things/a/-/other")).status).toBe(404);
    expect(await (await send("GET", "/api/things/a/b-/c-d")).json()).toMatchObject({ name: "a/b-/c-d" });
  });
});

describe("a declaration that contradicts itself does not load:", () => {
  const answer = { status: 204 } as const;
  const run = () => undefined;
  test.each([
    [
      "params that are not in the path",
      () => endpoint({ ...common, method: "GET", path: "/a/:b", operation: "", answer, run }),
    ],
    [
      "a body that takes anything",
      () =>
        endpoint({ ...common, method: "PUT", path: "/a", operation: "", body: z.object({}), answer, run }),
    ],
    [
      "a GET with a body",
      () =>
        endpoint({
          ...common,
          method: "GET",
          path: "/a",
          operation: "",
          body: z.strictObject({}),
          answer,
          run,
        }),
    ],
    [
      "a PUT that creates",
      () => endpoint({ ...common, method: "PUT", path: "/a", operation: "", creates: true, answer, run }),
    ],
    [
      "a POST in pages",
      () => endpoint({ ...common, method: "POST", path: "/a", operation: "", paged: 1, answer, run }),
    ],
  ])("%s", (_title, declare) => {
    expect(declare).toThrow(/^endpoint /);
  });
});
