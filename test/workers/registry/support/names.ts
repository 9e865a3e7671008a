import { env } from "cloudflare:workers";
import { Database } from "../../../../workers/db/index.ts";
import { api, RepositoryClient, send, type Person } from "../../support/registry.ts";

export async function rename(who: Person, from: string, to: string): Promise<void> {
  await api(who, "POST", `/api/v1/repositories/${from}/-/rename`, { name: to });
}

/** The status of a request to the JSON API. */
export async function status(who: Person, method: string, path: string, body?: unknown): Promise<number> {
  const response = await ask(who, method, path, body);
  return response.status;
}

export async function ask(who: Person, method: string, path: string, body?: unknown): Promise<Response> {
  return send(path, {
    method,
    headers: { Authorization: `Bearer ${who.accessToken}`, "Content-Type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

/** What a tag of a repository names now for somebody, with a registry token made now; or the status of the refusal. */
export async function tagOf(who: Person | undefined, name: string, tag: string): Promise<string | number> {
  const client = await RepositoryClient.open(who, name);
  const response = await client.send("GET", `manifests/${tag}`);
  return response.status === 200 ? (response.headers.get("Docker-Content-Digest") ?? "") : response.status;
}

export async function release(who: Person, name: string): Promise<void> {
  await api(who, "DELETE", `/api/v1/old-names/${name}`);
}

/** Lets the rest of released names be over. */
export async function restIsOver(): Promise<void> {
  await new Database(env.DB).query.updateTable("deleted_names").set({ deleted_at: 0 }).execute();
}
