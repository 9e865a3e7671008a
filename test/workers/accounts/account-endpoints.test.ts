import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { Database } from "../../../workers/db/index.ts";
import { accessTokenOf, api, people, send, type Person } from "../support/registry.ts";

let admin: Person;
let alice: Person;
let bob: Person;

beforeEach(async () => {
  ({ admin, alice, bob } = await people());
});

const db = new Database(env.DB);

async function sessionOf(person: Person): Promise<string> {
  const { id } = await db.query
    .selectFrom("users")
    .select("id")
    .where("name", "=", person.name)
    .executeTakeFirstOrThrow();
  const now = Date.now();
  await db.query
    .insertInto("sign_in_sessions")
    .values({
      id: `of ${person.name}`,
      hmac: person.name,
      user_id: id,
      created_at: now,
      used_at: now,
      agent: "Firefox",
      address: null,
    })
    .execute();
  return encodeURIComponent(`of ${person.name}`);
}

const status = async (person: Person, method: string, path: string) =>
  (await send(path, { method, headers: { Authorization: `Bearer ${person.accessToken}` } })).status;

describe("one's sessions", () => {
  it("are listed and ended, and nobody else's", async () => {
    const [mine, other] = [await sessionOf(alice), await sessionOf(bob)];
    const { sessions } = await api<{ sessions: unknown[] }>(alice, "GET", "/api/v1/me/sessions");
    expect(sessions).toMatchObject([{ id: "of alice", agent: "Firefox", address: null }]);
    expect(await status(alice, "DELETE", `/api/v1/me/sessions/${other}`)).toBe(404);
    expect(await status(alice, "DELETE", `/api/v1/me/sessions/${mine}`)).toBe(204);
    expect(await status(alice, "DELETE", `/api/v1/me/sessions/${mine}`)).toBe(404);
    expect(await api(bob, "GET", "/api/v1/me/sessions")).toMatchObject({ sessions: [{ id: "of bob" }] });
  });
});

describe("one's account", () => {
  it("is exported", async () => {
    const exported = await api<Record<string, unknown>>(alice, "GET", "/api/v1/me/export");
    expect(exported).toMatchObject({
      account: { name: "alice" },
      password: null,
      access_tokens: [{ name: "test" }],
    });
    expect(Date.parse(String(exported["exported_at"]))).toBeGreaterThan(0);
  });

  it("is deleted, and its tokens with it", async () => {
    expect(await status(alice, "DELETE", "/api/v1/me")).toBe(204);
    expect(await status(alice, "GET", "/api/v1/me")).toBe(401);
    expect(await status(bob, "GET", "/api/v1/me")).toBe(200);
  });
});

it("all of it takes the scope account", async () => {
  const narrow = {
    name: "alice",
    accessToken: await accessTokenOf(admin, { user: "alice", scopes: ["repository:**:pull"] }),
  };
  for (const [method, path] of [
    ["GET", "/api/v1/me/sessions"],
    ["DELETE", "/api/v1/me/sessions/x"],
    ["GET", "/api/v1/me/export"],
    ["DELETE", "/api/v1/me"],
  ] as const)
    expect([path, await status(narrow, method, path)]).toEqual([path, 403]);
});
