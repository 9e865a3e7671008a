import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { app } from "../../../workers/app.ts";

/** Asks the whole hub as a client that sends this Host: workerd puts it into the URL as it came, which `new Request` does not. */
async function ask(host: string, path: string, method = "GET"): Promise<Response> {
  const request = new Request(`http://hub.example${path}`, { method });
  Object.defineProperty(request, "url", { value: `http://${host}${path}` });
  return app.fetch(request, env);
}

it.each([
  ["hub.example", "http://hub.example/token"],
  ["hub_1.example:5000", "http://hub_1.example:5000/token"],
  ["127.0.0.1:5000", "http://127.0.0.1:5000/token"],
  ["[::1]:5000", "http://[::1]:5000/token"],
])("a request to %s is sent there for a token", async (host, realm) => {
  const response = await ask(host, "/v2/");
  expect(response.status).toBe(401);
  expect(response.headers.get("WWW-Authenticate")).toContain(`realm="${realm}",service="${host}"`);
});

it.each([
  'evil.example",scope="x',
  "evil.example,x",
  "evil.example;x",
  "user@evil.example",
  "user:password@evil.example",
  "evil.example'",
  "",
  "a b",
  "1.2.3.999",
  "evil.example:99999",
  "[:::]",
])("a request to %j is refused on every surface, and nothing of it gets into a header", async (host) => {
  for (const [method, path] of [
    ["GET", "/v2/"],
    ["GET", "/v2/alice/a/tags/list"],
    ["GET", "/token?scope=repository:alice/a:pull"],
    ["GET", "/api/v1/me"],
    ["POST", "/api/v1/users"],
    ["GET", "/healthz"],
  ] as const) {
    const response = await ask(host, path, method);
    expect(response.status).toBe(400);
    expect(response.headers.get("WWW-Authenticate")).toBeNull();
    const { detail } = await response.json<{ detail: string }>();
    expect(detail).toContain(`the request's Host is ${JSON.stringify(host)}`);
    expect(detail).toContain("--public-url");
  }
});
