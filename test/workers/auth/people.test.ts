import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { hour } from "../../../workers/platform/clock.ts";
import { AuthWorld, type NewToken, type Person } from "../support/auth.ts";

let hub: AuthWorld;
let alice: Person;
let bob: Person;

beforeEach(async () => {
  hub = new AuthWorld();
  alice = await hub.person("alice");
  bob = await hub.person("bob");
});

interface Problem {
  title: string;
  status: number;
  detail: string;
  issues?: { field: string; problem: string }[];
}

async function problem(
  path: string,
  sent: Parameters<AuthWorld["send"]>[1],
  status: number,
): Promise<Problem> {
  const response = await hub.send(path, sent);
  const text = await response.text();
  expect({ status: response.status, text }).toMatchObject({ status });
  expect(response.headers.get("Content-Type")).toBe("application/problem+json");
  expect(response.headers.get("Cache-Control")).toBe("no-store");
  return JSON.parse(text) as Problem;
}

describe("the API asks who it is", () => {
  const routes: [string, string][] = [
    ["GET", "/api/v1/me"],
    ["GET", "/api/v1/users"],
    ["POST", "/api/v1/users"],
    ["DELETE", "/api/v1/users/alice"],
    ["GET", "/api/v1/tokens"],
    ["POST", "/api/v1/tokens"],
    ["DELETE", "/api/v1/tokens/x"],
  ];

  it.each(routes)("%s %s: nobody gets in without an access token that is good", async (method, path) => {
    const registryToken = await hub.registryToken(alice);
    for (const headers of [
      {},
      { Authorization: "Bearer wrong" },
      { Authorization: "Bearer" },
      { Authorization: `Bearer ${registryToken}` },
      { Authorization: `Basic ${btoa(`bob:${alice.accessToken}`)}` },
      { Authorization: "Basic !" },
      { Authorization: "Digest x" },
    ]) {
      const { status } = await problem(path, { method, headers }, 401);
      expect(status).toBe(401);
    }
  });

  it("with one statement for that, and one for the answer", async () => {
    await hub.json("/api/v1/tokens", { bearer: alice.accessToken });
    const before = hub.statements;
    await hub.json("/api/v1/tokens", { bearer: alice.accessToken });
    expect(hub.statements - before).toBe(2);
  });

  it("by Bearer or by Basic", async () => {
    const me = { name: "alice", administrator: false, token: { name: "test", kind: "personal" } };
    expect(await hub.json("/api/v1/me", { bearer: alice.accessToken })).toMatchObject(me);
    expect(await hub.json("/api/v1/me", { basic: ["Alice", alice.accessToken] })).toMatchObject(me);
  });
});

describe("users", () => {
  it("are made, listed by name in pages, and deleted by an administrator", async () => {
    await hub.person("carol", true);
    const names = async (query: string): Promise<string[]> => {
      const { users } = await hub.json<{ users: { name: string }[] }>(`/api/v1/users${query}`, {
        bearer: hub.adminToken,
      });
      return users.map((user) => user.name);
    };
    expect(await names("")).toEqual(["admin", "alice", "bob", "carol"]);
    expect(await names("?n=2")).toEqual(["admin", "alice"]);
    expect(await names("?n=2&last=alice")).toEqual(["bob", "carol"]);
    await hub.json("/api/v1/users/carol", { method: "DELETE", bearer: hub.adminToken }, 204);
    expect(await names("?last=bob")).toEqual([]);
  });

  it("are nobody's business but an administrator's, with a token for that", async () => {
    const { token } = await hub.token(hub.adminToken, { scopes: ["repository:**:pull,push", "account"] });
    for (const bearer of [alice.accessToken, token]) {
      await problem("/api/v1/users", { bearer }, 403);
      await problem("/api/v1/users", { bearer, json: { name: "dave" } }, 403);
      await problem("/api/v1/users/bob", { bearer, method: "DELETE" }, 403);
      await problem("/api/v1/users/nobody", { bearer, method: "DELETE" }, 403);
    }
  });

  it.each([
    ["Alice", 400],
    ["al ice", 400],
    ["a/b", 400],
    ["-a", 400],
    ["..", 400],
    ["", 400],
    ["a".repeat(65), 400],
    ["v2", 409],
    ["api", 409],
    ["token", 409],
    ["admin", 409],
    ["library", 409],
    ["alice", 409],
  ])("cannot be called %j", async (name, status) => {
    await problem("/api/v1/users", { bearer: hub.adminToken, json: { name } }, status);
  });

  it("take no field that is not theirs to set", async () => {
    const json = { name: "dave", id: "chosen", created_at: 0 };
    const { detail, issues } = await problem("/api/v1/users", { bearer: hub.adminToken, json }, 400);
    expect(detail).toContain("id");
    expect(issues).toHaveLength(1);
    await problem(
      "/api/v1/users",
      { bearer: hub.adminToken, json: { name: "dave", administrator: "yes" } },
      400,
    );
  });

  it("are not deleted while their namespace holds repositories, which would fall to the next of that name", async () => {
    await hub.repository("alice/web", "private");
    const { detail } = await problem(
      "/api/v1/users/alice",
      { bearer: hub.adminToken, method: "DELETE" },
      409,
    );
    expect(detail).toContain("still has repositories");
    await hub.auth.db.query.deleteFrom("repositories").execute();
    await hub.repository("alice2/web", "private");
    await hub.json("/api/v1/users/alice", { bearer: hub.adminToken, method: "DELETE" }, 204);
  });

  it("get the name of a deleted user once no registry token of theirs is left", async () => {
    const token = await hub.registryToken(alice, "repository:alice/evil:push");
    await hub.json("/api/v1/users/alice", { bearer: hub.adminToken, method: "DELETE" }, 204);
    const json = { name: "alice" };
    const { detail } = await problem("/api/v1/users", { bearer: hub.adminToken, json }, 409);
    expect(detail).toContain("try again in 490 s");
    hub.now += 299_000;
    expect((await hub.access(token)).allows("alice/evil", "push")).toBeDefined();
    const later = await problem("/api/v1/users", { bearer: hub.adminToken, json }, 409);
    expect(later.detail).toContain("try again in 191 s");
    hub.now += 191_000;
    expect((await hub.access(token)).allows("alice/evil", "push")).toBeUndefined();
    await hub.json("/api/v1/users", { bearer: hub.adminToken, json }, 201);
  });

  it("wait as long after every deletion of the name", async () => {
    const json = { name: "alice" };
    for (let round = 0; round < 2; round += 1) {
      await hub.json("/api/v1/users/alice", { bearer: hub.adminToken, method: "DELETE" }, 204);
      const { detail } = await problem("/api/v1/users", { bearer: hub.adminToken, json }, 409);
      expect(detail).toContain("try again in 490 s");
      hub.now += 490_000;
      await hub.json("/api/v1/users", { bearer: hub.adminToken, json }, 201);
    }
  });

  it("do not get a name that holds repositories, such as a deleted user planted there", async () => {
    await hub.json("/api/v1/users/alice", { bearer: hub.adminToken, method: "DELETE" }, 204);
    await hub.repository("alice/evil", "public");
    hub.now += hour;
    const json = { name: "alice" };
    const { detail } = await problem("/api/v1/users", { bearer: hub.adminToken, json }, 409);
    expect(detail).toContain('repositories of "alice/" already');
    await hub.auth.db.query.deleteFrom("repositories").execute();
    await hub.json("/api/v1/users", { bearer: hub.adminToken, json }, 201);
  });

  it("who could not be deleted keep their name, and it does not rest", async () => {
    await hub.repository("alice/web", "private");
    await problem("/api/v1/users/alice", { bearer: hub.adminToken, method: "DELETE" }, 409);
    expect(await hub.auth.db.query.selectFrom("deleted_names").selectAll().execute()).toEqual([]);
    const json = { name: "alice" };
    const { detail } = await problem("/api/v1/users", { bearer: hub.adminToken, json }, 409);
    expect(detail).toContain("choose another name");
  });

  it("made or deleted by an administrator are in the log of the hub; what failed is not", async () => {
    await problem("/api/v1/users", { bearer: hub.adminToken, json: { name: "alice" } }, 409);
    await hub.json("/api/v1/users/alice", { bearer: hub.adminToken, method: "DELETE" }, 204);
    const { results } = await env.DB.prepare(
      "SELECT actor_name, action, target, after FROM audit_log WHERE log = 'hub' AND action LIKE 'user.%' ORDER BY id",
    ).all();
    const entry = (action: string, target: string) => ({
      actor_name: "admin",
      action,
      target,
      after: action === "user.create" ? `{"administrator":false}` : null,
    });
    expect(results).toEqual([
      entry("user.create", "alice"),
      entry("user.create", "bob"),
      entry("user.delete", "alice"),
    ]);
  });

  it("cannot delete themselves, so one administrator is always left", async () => {
    await problem("/api/v1/users/admin", { bearer: hub.adminToken, method: "DELETE" }, 409);
    await problem("/api/v1/users/ADMIN", { bearer: hub.adminToken, method: "DELETE" }, 409);
    await problem("/api/v1/users/nobody", { bearer: hub.adminToken, method: "DELETE" }, 404);
  });
});

describe("access tokens over the API", () => {
  it("are made, listed without their text, and revoked by their user", async () => {
    const made = await hub.json(
      "/api/v1/tokens",
      {
        bearer: alice.accessToken,
        json: { name: "ci", scopes: ["repository:alice/web-*:push,pull"] },
      },
      201,
    );
    expect(made).toEqual({
      id: expect.any(String) as string,
      kind: "personal",
      name: "ci",
      scopes: ["repository:alice/web-*:push,pull"],
      created_at: "2026-11-23T12:00:00.000Z",
      rotated_at: null,
      previous_until: null,
      expires_at: null,
      last_used_at: null,
      last_used_from: null,
      token: expect.stringMatching(/^why_/) as string,
    });
    const list = async (): Promise<Record<string, unknown>[]> =>
      (await hub.json<{ tokens: Record<string, unknown>[] }>("/api/v1/tokens", { bearer: alice.accessToken }))
        .tokens;
    const { token: _text, ...shown } = made;
    expect(await list()).toContainEqual(shown);
    expect(JSON.stringify(await list())).not.toContain("why_");
    await hub.json(
      `/api/v1/tokens/${String(made["id"])}`,
      { method: "DELETE", bearer: alice.accessToken },
      204,
    );
    expect(await list()).not.toContainEqual(shown);
  });

  it.each<[string, NewToken, string]>([
    ["an action it lacks", { scopes: ["repository:alice/web-*:pull,delete"] }, "it does not cover the scope"],
    ["a scope it lacks", { scopes: ["fleet"] }, 'it does not cover the scope "fleet"'],
    ["a wider pattern", { scopes: ["repository:alice/**:pull"] }, '"repository:alice/**:pull"'],
    ["every repository", { scopes: ["repository:**:pull"] }, '"repository:**:pull"'],
    ["a longer life", { expires_at: "2026-11-23T14:00:01Z" }, "the new one would live longer"],
    ["no end", { expires_at: null }, "the new one would live longer"],
  ])("cannot make a token with %s, whoever's", async (_title, wider, reason) => {
    const limits = {
      scopes: ["repository:alice/web-*:pull", "account", "administration"],
      expires_at: "2026-11-23T14:00:00Z",
    };
    for (const person of [alice.accessToken, hub.adminToken]) {
      const { token } = await hub.token(person, limits);
      await hub.token(token, limits);
      const owner = person === hub.adminToken ? { user: "bob" } : {};
      const { detail } = await problem(
        "/api/v1/tokens",
        { bearer: token, json: { name: "wide", ...limits, ...wider, ...owner } },
        403,
      );
      expect(detail).toContain(reason);
    }
  });

  it("without the scope account make, list, rotate and revoke none, except that one may revoke itself", async () => {
    const { id, token } = await hub.token(alice.accessToken, { scopes: ["repository:**:pull,push,admin"] });
    const { id: other } = await hub.token(alice.accessToken);
    const json = { name: "x", scopes: ["repository:**:pull"] };
    await problem("/api/v1/tokens", { bearer: token, json }, 403);
    await problem("/api/v1/tokens", { bearer: token }, 403);
    await problem(`/api/v1/tokens/${other}/rotate`, { bearer: token, json: {} }, 403);
    await problem(`/api/v1/tokens/${other}`, { bearer: token, method: "DELETE" }, 403);
    await hub.json(`/api/v1/tokens/${id}`, { bearer: token, method: "DELETE" }, 204);
    await problem("/api/v1/me", { bearer: token }, 401);
  });

  it("rotated have a new text; the old one works until the overlap is over", async () => {
    const { id, token: old } = await hub.token(alice.accessToken);
    const { token } = await hub.json<{ token: string }>(
      `/api/v1/tokens/${id}/rotate`,
      { bearer: alice.accessToken, json: { overlap_seconds: 60 } },
      201,
    );
    await hub.json("/api/v1/me", { bearer: token });
    hub.now += 59_999;
    await hub.json("/api/v1/me", { bearer: old });
    hub.now += 1;
    await problem("/api/v1/me", { bearer: old }, 401);
    await hub.json("/api/v1/me", { bearer: token });
  });

  it("of somebody else are not there, and nobody learns which users are", async () => {
    const { id } = await hub.token(bob.accessToken);
    const theirs = await problem(
      `/api/v1/tokens/${id}`,
      { bearer: alice.accessToken, method: "DELETE" },
      404,
    );
    const none = await problem(
      "/api/v1/tokens/no-such-token",
      { bearer: alice.accessToken, method: "DELETE" },
      404,
    );
    expect(theirs.detail.replace(id, "no-such-token")).toBe(none.detail);
    for (const user of ["bob", "nobody"]) {
      const json = { name: "x", scopes: ["repository:**:pull"], user };
      const post = await problem("/api/v1/tokens", { bearer: alice.accessToken, json }, 403);
      const get = await problem(`/api/v1/tokens?user=${user}`, { bearer: alice.accessToken }, 403);
      expect(post.detail).toBe(get.detail);
      expect(post.detail).not.toContain(user);
    }
    await hub.json(`/api/v1/tokens/${id}`, { bearer: hub.adminToken, method: "DELETE" }, 204);
  });

  it("are made and listed by an administrator for anybody", async () => {
    const { token } = await hub.token(hub.adminToken, { user: "bob" });
    expect(await hub.json("/api/v1/me", { bearer: token })).toMatchObject({
      name: "bob",
      administrator: false,
    });
    const { tokens } = await hub.json<{ tokens: unknown[] }>("/api/v1/tokens?user=bob", {
      bearer: hub.adminToken,
    });
    expect(tokens).toHaveLength(2);
    await problem("/api/v1/tokens?user=nobody", { bearer: hub.adminToken }, 404);
  });

  it.each<[string, object]>([
    ["no name", { scopes: ["repository:**:pull"] }],
    ["an empty name", { name: " ", scopes: ["repository:**:pull"] }],
    ["a long name", { name: "x".repeat(101), scopes: ["repository:**:pull"] }],
    ["no scopes", { name: "x", scopes: [] }],
    ["an unknown scope", { name: "x", scopes: ["everything"] }],
    ["a pattern that cannot be read", { name: "x", scopes: ["repository:a**:pull"] }],
    ["two owners", { name: "x", scopes: ["account"], user: "alice", organization: "acme" }],
    [
      "an expiry that has passed",
      { name: "x", scopes: ["repository:**:pull"], expires_at: "2026-11-23T12:00:00Z" },
    ],
    ["an expiry that is no time", { name: "x", scopes: ["repository:**:pull"], expires_at: "tomorrow" }],
    ["a user id smuggled in", { name: "x", scopes: ["repository:**:pull"], user_id: "admin" }],
    ["an hmac smuggled in", { name: "x", scopes: ["repository:**:pull"], hmac: "x" }],
    ["a list instead of an object", []],
  ])("are not made with %s", async (_title, json) => {
    const { title } = await problem("/api/v1/tokens", { bearer: alice.accessToken, json }, 400);
    expect(title).toBe("Invalid request");
  });

  it("are not made of what is not JSON, of another type, or huge", async () => {
    const bearer = alice.accessToken;
    await problem("/api/v1/tokens", { bearer, form: { name: "x" } }, 400);
    await problem(
      "/api/v1/tokens",
      { bearer, form: { a: "{" }, headers: { "Content-Type": "application/json" } },
      400,
    );
    await problem("/api/v1/tokens", { bearer, json: { name: "x".repeat(70_000) } }, 413);
  });

  it("are 500 for each user at most", async () => {
    const { id } = await hub.token(alice.accessToken);
    await env.DB.prepare(
      `WITH RECURSIVE numbers (n) AS (SELECT 3 UNION ALL SELECT n + 1 FROM numbers WHERE n < 500)
       INSERT INTO access_tokens (id, kind, user_id, name, hmac, scopes, created_at)
       SELECT n, 'personal', ?, n, n, '["account"]', 0 FROM numbers`,
    )
      .bind(alice.id)
      .run();
    const json = { name: "x", scopes: ["account"] };
    const { detail } = await problem("/api/v1/tokens", { bearer: alice.accessToken, json }, 409);
    expect(detail).toContain("revoke some first");
    const { tokens } = await hub.json<{ tokens: unknown[] }>("/api/v1/tokens", { bearer: alice.accessToken });
    expect(tokens).toHaveLength(500);
    await hub.json(`/api/v1/tokens/${id}`, { method: "DELETE", bearer: alice.accessToken }, 204);
    await hub.token(alice.accessToken);
  });

  it("that expire stay in the list until they are revoked, so that their end is seen", async () => {
    await hub.token(alice.accessToken, { expires_at: new Date(hub.now + hour).toISOString() });
    hub.now += 2 * hour;
    const { tokens } = await hub.json<{ tokens: unknown[] }>("/api/v1/tokens", { bearer: alice.accessToken });
    expect(tokens).toHaveLength(2);
  });
});
