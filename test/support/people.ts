import type { Login } from "./oci-client.ts";
import type { Server } from "./server.ts";

/** Everything, in the grammar of workers/auth/scopes.ts. */
const everyScope = [
  "repository:**:pull,push,create,delete,metadata,builds,admin",
  "account",
  "fleet",
  "administration",
];

/** Makes a user, with an access token of every scope. Their namespace is their name. */
export async function createPerson(server: Server, name: string): Promise<Login> {
  await post(server, "/api/v1/users", { name });
  return createAccessToken(server, name, everyScope);
}

/** Makes another access token of a user. */
export async function createAccessToken(
  server: Server,
  user: string,
  scopes: readonly string[],
): Promise<Login> {
  const { token } = await post(server, "/api/v1/tokens", { name: scopes.join(" and "), user, scopes });
  if (typeof token !== "string") throw new Error(`The answer has no access token for ${user}.`);
  return { user, token };
}

async function post(server: Server, path: string, body: object): Promise<Record<string, unknown>> {
  const basic = Buffer.from(`admin:${server.adminToken}`).toString("base64");
  const response = await fetch(`${server.url}${path}`, {
    method: "POST",
    headers: { Authorization: `Basic ${basic}`, "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`POST ${path} was answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as Record<string, unknown>;
}

/** A request to the JSON API with somebody's access token. @throws Error unless it succeeds. */
export async function callApi(
  server: Server,
  { token }: Login,
  method: string,
  path: string,
  body?: object,
): Promise<Record<string, unknown>> {
  const response = await fetch(`${server.url}${path}`, {
    method,
    headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path} was answered ${response.status}: ${text}`);
  return (text ? JSON.parse(text) : {}) as Record<string, unknown>;
}
