import { expect, test } from "vitest";
import { apiEndpoints, app } from "../../../workers/app.ts";
import { titleOf } from "./support/requests.ts";
import { send } from "../support/registry.ts";

interface Operation {
  operationId: string;
  summary: string;
  description: string;
  security: object[];
  parameters?: { name: string; in: string; required: boolean }[];
  requestBody?: { content: Record<string, { schema: { additionalProperties?: unknown } }> };
  responses: Record<string, { content?: Record<string, { schema: { properties: object } }> }>;
}

interface Document {
  paths: Record<string, Record<string, Operation>>;
}

async function document(): Promise<Document> {
  return (await send("/api/openapi.json")).json<Document>();
}

/** `METHOD /path/{name}` of every operation that the document has. */
function operationsOf({ paths }: Document): string[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
}

test("every route below /api is an endpoint, and the document has it", async () => {
  const described = operationsOf(await document());
  const mounted = app.routes
    .filter(({ path, method }) => path.startsWith("/api") && method !== "ALL")
    .map(({ path, method }) => `${method} ${path.replaceAll(/:(\w+)(\{(?:[^{}]|\{[^{}]*\})*\})?/g, "{$1}")}`);
  expect(described.length).toBeGreaterThan(10);
  expect(new Set(mounted)).toEqual(new Set([...described, "GET /api/openapi.json"]));
});

test("an operation's name is its own, and its summary is a sentence", () => {
  const names = apiEndpoints.map(({ operation }) => operation);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  expect(names.filter((name) => !/^[a-z]+[A-Z]\w+$/.test(name))).toEqual([]);
  const unfinished = apiEndpoints.filter(({ summary }) => !/^[A-Z].+\.$/.test(summary));
  expect(unfinished.map(titleOf)).toEqual([]);
});

test("the document says of an endpoint who may call it, what it takes and what it gives", async () => {
  const { paths } = await document();
  const create = paths["/api/v1/tokens"]?.["post"];
  expect(create).toMatchObject({
    operationId: "createToken",
    description: expect.stringContaining("An access token needs the scope `account`.") as string,
    security: [{ bearer: [] }, { basic: [] }],
    parameters: [{ name: "Idempotency-Key", in: "header", required: false }],
  });
  expect(create?.requestBody?.content["application/json"]?.schema.additionalProperties).toBe(false);
  const answer = create?.responses["201"]?.content?.["application/json"]?.schema.properties;
  expect(answer).toMatchObject({
    token: { type: "string" },
    created_at: { type: "string", format: "date-time" },
  });
  const repository = paths["/api/v1/repositories/{name}"]?.["get"];
  expect(repository?.parameters).toMatchObject([{ name: "name", in: "path", required: true }]);
  const list = paths["/api/v1/users"]?.["get"];
  expect(list?.parameters?.map(({ name }) => name)).toEqual(["search", "n", "last"]);
});

test("it is for everybody, and fetched again only when it has changed", async () => {
  const response = await send("/api/openapi.json");
  expect(response.status).toBe(200);
  expect(response.headers.get("Cache-Control")).toBe("public, max-age=300");
  const etag = response.headers.get("ETag") ?? "";
  const again = await send("/api/openapi.json", { headers: { "If-None-Match": `"other", W/${etag}` } });
  expect([again.status, await again.text()]).toEqual([304, ""]);
  expect((await send("/api/openapi.json", { headers: { "If-None-Match": `"other"` } })).status).toBe(200);
});

test.each(["/api", "/api/", "/api/v1", "/api/v1/nothing", "/api/v2/me", "/api/v1/me/"])(
  "%s is not there, says a problem",
  async (path) => {
    for (const method of ["GET", "POST"]) {
      const response = await send(path, { method });
      expect(response.status).toBe(404);
      expect(response.headers.get("Content-Type")).toBe("application/problem+json");
      expect(await response.json()).toMatchObject({
        status: 404,
        detail: expect.stringContaining("/api/openapi.json") as string,
      });
    }
  },
);
