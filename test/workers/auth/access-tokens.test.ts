import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { everyScope } from "../../../workers/auth/index.ts";
import { hour } from "../../../workers/platform/clock.ts";
import { createAccessTokenText, isAccessTokenText } from "../../../workers/shared/access-token.ts";
import { AuthWorld, type Person } from "../support/auth.ts";

let hub: AuthWorld;
let alice: Person;

beforeEach(async () => {
  hub = new AuthWorld();
  alice = await hub.person("alice");
});

async function status(token: string): Promise<number> {
  return (await hub.send("/api/v1/me", { bearer: token })).status;
}

describe("an access token", () => {
  it("can be recognised, and a mistyped one can be told from a real one", () => {
    const token = createAccessTokenText();
    expect(token).toMatch(/^why_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}$/);
    expect(isAccessTokenText(token)).toBe(true);
    expect(createAccessTokenText()).not.toBe(token);
    const swapped = token.slice(0, 10) + (token[10] === "x" ? "y" : "x") + token.slice(11);
    expect(isAccessTokenText(swapped)).toBe(false);
    expect(isAccessTokenText("why_short_000000")).toBe(false);
  });

  it("has the checksum that other programs compute", () => {
    // CRC-32 of "why_" and 43 zeros is 0xd531ed69, by zlib.
    expect(isAccessTokenText(`why_${"0".repeat(43)}_3u3y1p`)).toBe(true);
  });

  it("is nowhere in the database", async () => {
    const { token } = await hub.token(alice.accessToken);
    const { results } = await env.DB.prepare("SELECT * FROM access_tokens").all();
    const kept = JSON.stringify(results);
    expect(results.length).toBeGreaterThan(1);
    expect(kept).not.toContain(token);
    expect(kept).not.toContain(hub.adminToken);
  });

  it("means nothing to a hub with another SECRET", async () => {
    const other = new AuthWorld({ secret: "another secret, also of thirty-two bytes or more" });
    expect((await other.send("/api/v1/me", { bearer: alice.accessToken })).status).toBe(401);
  });

  it("ends at its expiry, to the millisecond", async () => {
    const ends = hub.now + hour;
    const { token } = await hub.token(alice.accessToken, { expires_at: new Date(ends).toISOString() });
    hub.now = ends - 1;
    expect(await status(token)).toBe(200);
    hub.now = ends;
    expect(await status(token)).toBe(401);
  });

  it("ends when it is revoked: for the API, and for new registry tokens, at once", async () => {
    const { id, token } = await hub.token(alice.accessToken);
    expect(await status(token)).toBe(200);
    await hub.json(`/api/v1/tokens/${id}`, { method: "DELETE", bearer: alice.accessToken }, 204);
    expect(await status(token)).toBe(401);
    expect(
      (await hub.send("/token?scope=repository:alice/web:pull", { basic: ["alice", token] })).status,
    ).toBe(401);
  });

  it("ends with its user", async () => {
    await hub.json("/api/v1/users/alice", { method: "DELETE", bearer: hub.adminToken }, 204);
    expect(await status(alice.accessToken)).toBe(401);
  });

  it("is found by one statement", async () => {
    await status(alice.accessToken);
    const before = hub.statements;
    expect(await status(alice.accessToken)).toBe(200);
    expect(hub.statements - before).toBe(1);
  });

  it("remembers the hour of its last use, and writes it once an hour", async () => {
    const lastUse = async (): Promise<unknown> => {
      return env.DB.prepare("SELECT max(last_used_at) AS at FROM access_tokens WHERE user_id = ?")
        .bind(alice.id)
        .first("at");
    };
    const noon = hub.now;
    expect(await lastUse()).toBe(null);
    hub.now = noon + 1000;
    await status(alice.accessToken);
    expect(await lastUse()).toBe(noon);
    hub.now = noon + hour - 1;
    const before = hub.statements;
    await status(alice.accessToken);
    expect(hub.statements - before).toBe(1);
    hub.now = noon + hour;
    await status(alice.accessToken);
    expect(await lastUse()).toBe(noon + hour);
  });

  it("that is absurdly long is not even looked up", async () => {
    const before = hub.statements;
    expect(await status("x".repeat(4000))).toBe(401);
    expect(hub.statements).toBe(before);
  });
});

describe("ADMIN_TOKEN", () => {
  const count = (table: string) => env.DB.prepare(`SELECT count(*) AS n FROM ${table}`).first<number>("n");

  it("signs in the user admin on first start, with all scopes", async () => {
    const me = await hub.json("/api/v1/me", { bearer: hub.adminToken });
    expect(me).toMatchObject({
      name: "admin",
      administrator: true,
      token: { scopes: everyScope, expires_at: null },
    });
  });

  it("makes one administrator, however many requests come first", async () => {
    await env.DB.batch([env.DB.prepare("DELETE FROM users")]);
    const isolates = [new AuthWorld(), new AuthWorld(), new AuthWorld()];
    const answers = await Promise.all(
      isolates.flatMap((isolate) =>
        [1, 2].map(() => isolate.send("/api/v1/me", { bearer: isolate.adminToken })),
      ),
    );
    expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200, 200, 200, 200]);
    expect(await count("users")).toBe(1);
    expect(await count("access_tokens")).toBe(1);
  });

  it("does nothing once there is a user", async () => {
    const later = new AuthWorld({ adminToken: "another administrator's token" });
    expect((await later.send("/api/v1/me", { bearer: later.adminToken })).status).toBe(401);
    expect(await count("users")).toBe(2);
  });

  it("that is too short is refused, saying so", async () => {
    await env.DB.batch([env.DB.prepare("DELETE FROM users")]);
    const short = new AuthWorld({ adminToken: "short" });
    const answer = await short.json("/api/v1/me", { bearer: "short" }, 400);
    expect(answer["detail"]).toBe(
      "ADMIN_TOKEN has 5 characters, it needs 12 or more: it is the password of an administrator",
    );
    expect(await count("users")).toBe(0);
  });
});

describe("settings", () => {
  it("that cannot work are refused, each with its name", () => {
    expect(() => new AuthWorld({ secret: "short" })).toThrow("SECRET has 5 characters");
    expect(() => new AuthWorld({ publicUrl: "hub.example.com" })).toThrow('PUBLIC_URL is "hub.example.com"');
  });
});
