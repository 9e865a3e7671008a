import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { dropOldAnswers, keptAnswers } from "../../../workers/api/kept-answers.ts";
import { day } from "../../../workers/platform/clock.ts";
import { once } from "../../../workers/platform/idempotency.ts";
import { HubError } from "../../../workers/shared/errors.ts";
import { AuthWorld, type Person } from "../support/auth.ts";

let hub: AuthWorld;
let alice: Person;

beforeEach(async () => {
  hub = new AuthWorld();
  alice = await hub.person("alice");
});

const body = { name: "ci", scopes: ["account"] };

function makeToken(key: string, json: object = body, bearer = alice.accessToken): Promise<Response> {
  return hub.send("/api/v1/tokens", { bearer, json, headers: { "Idempotency-Key": key } });
}

async function tokens(): Promise<number> {
  return (await hub.json<{ tokens: unknown[] }>("/api/v1/tokens", { bearer: alice.accessToken })).tokens
    .length;
}

describe("a repetition with the same key", () => {
  test("gets the first answer, token text and all, and makes nothing", async () => {
    const first = await makeToken("key-1");
    expect(first.status).toBe(201);
    expect(first.headers.get("Idempotent-Replayed")).toBeNull();
    const again = await makeToken("key-1");
    expect(again.status).toBe(201);
    expect(again.headers.get("Idempotent-Replayed")).toBe("true");
    expect(again.headers.get("Cache-Control")).toBe("no-store");
    expect(again.headers.get("Content-Type")).toBe("application/json");
    expect(await again.json()).toEqual(await first.json());
    expect(await tokens()).toBe(2);
  });

  test("makes one of many requests at the same moment act", async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => makeToken("key-1")));
    const made = answers.filter((answer) => answer.status === 201);
    const waiting = answers.filter((answer) => answer.status === 409);
    expect(made.filter((answer) => !answer.headers.has("Idempotent-Replayed"))).toHaveLength(1);
    expect(made.length + waiting.length).toBe(8);
    for (const answer of waiting) expect(answer.headers.get("Retry-After")).toBe("1");
    expect(await tokens()).toBe(2);
  });

  test("but with another body or at another address is refused", async () => {
    await makeToken("key-1");
    expect((await makeToken("key-1", { ...body, name: "other" })).status).toBe(409);
    const elsewhere = await hub.send("/api/v1/users", {
      bearer: hub.adminToken,
      json: { name: "bob" },
      headers: { "Idempotency-Key": "key-1" },
    });
    expect(elsewhere.status).toBe(201);
    expect(await tokens()).toBe(2);
  });

  test("from another credential is not a repetition, not even from the same person's", async () => {
    const { token } = await hub.token(alice.accessToken);
    const [first, second] = [await makeToken("key-1"), await makeToken("key-1", body, token)];
    expect(second.headers.get("Idempotent-Replayed")).toBeNull();
    expect(await second.json()).not.toEqual(await first.json());
  });

  test("from a credential that has been revoked gets nothing", async () => {
    const { id, token } = await hub.token(alice.accessToken);
    await makeToken("key-1", body, token);
    await hub.json(`/api/v1/tokens/${id}`, { method: "DELETE", bearer: alice.accessToken }, 204);
    expect((await makeToken("key-1", body, token)).status).toBe(401);
  });

  test("after a refusal may be another request: nothing was done", async () => {
    const expired = { ...body, expires_at: "2026-01-01T00:00:00Z" };
    expect((await makeToken("key-1", expired)).status).toBe(400);
    expect((await makeToken("key-1")).status).toBe(201);
  });

  test("after a day is a new request", async () => {
    await makeToken("key-1");
    hub.now += day - 1;
    expect((await makeToken("key-1")).headers.get("Idempotent-Replayed")).toBe("true");
    hub.now += 1;
    const fresh = await makeToken("key-1");
    expect(fresh.status).toBe(201);
    expect(fresh.headers.get("Idempotent-Replayed")).toBeNull();
  });
});

describe("a request that never came to an answer", () => {
  const request = { subject: "token:x", route: "POST /x", key: "k", body: "{}" };
  const answer = { status: 201, body: "{}" };

  test("is not done again: nobody knows what it has done", async () => {
    const answers = keptAnswers(hub.auth);
    const fails = async () => {
      throw new Error("the database hung up");
    };
    await expect(once(answers, request, fails)).rejects.toThrow("hung up");
    const again = () => once(answers, request, async () => answer);
    await expect(again()).rejects.toThrow("still under way");
    hub.now += 2 * 60_000;
    await expect(again()).rejects.toThrow("ended without an answer");
  });

  test("because it was refused leaves its key free", async () => {
    const answers = keptAnswers(hub.auth);
    const refuses = async () => {
      throw new HubError("denied", "not you");
    };
    await expect(once(answers, request, refuses)).rejects.toThrow("not you");
    expect((await once(answers, request, async () => answer)).status).toBe(201);
  });
});

describe("what is kept", () => {
  test("can be read with SECRET only, and in its own row only", async () => {
    const { token } = await (await makeToken("key-1")).json<{ token: string }>();
    await makeToken("key-2");
    const { results } = await env.DB.prepare("SELECT * FROM idempotency_keys").all();
    expect(results).toHaveLength(2);
    expect(JSON.stringify(results)).not.toContain(token);
    await env.DB.prepare(
      `UPDATE idempotency_keys SET sealed_answer =
         (SELECT sealed_answer FROM idempotency_keys WHERE key = 'key-1') WHERE key = 'key-2'`,
    ).run();
    expect((await makeToken("key-2")).status).toBe(500);
  });

  test("is dropped by the schedule when its day is over", async () => {
    await makeToken("key-1");
    hub.now += day - 1;
    await makeToken("key-2");
    const keys = async () => {
      await dropOldAnswers(hub.auth);
      const { results } = await env.DB.prepare("SELECT key FROM idempotency_keys").all<{ key: string }>();
      return results.map(({ key }) => key);
    };
    expect(await keys()).toEqual(["key-1", "key-2"]);
    hub.now += 1;
    expect(await keys()).toEqual(["key-2"]);
  });
});

describe("a key", () => {
  test.each(["with space", "x".repeat(256), "a\tb"])("%j is refused, and nothing is made", async (key) => {
    expect((await makeToken(key)).status).toBe(400);
    expect(await tokens()).toBe(1);
  });

  test("changes nothing where nothing is created", async () => {
    const response = await hub.send("/api/v1/me", {
      bearer: alice.accessToken,
      headers: { "Idempotency-Key": "with space" },
    });
    expect(response.status).toBe(200);
    expect((await env.DB.prepare("SELECT 1 FROM idempotency_keys").all()).results).toEqual([]);
  });
});
