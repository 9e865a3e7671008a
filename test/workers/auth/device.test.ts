import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import {
  approveDeviceRequest,
  lookUpDeviceRequest,
  refuseDeviceRequest,
  ScopeSet,
  type User,
} from "../../../workers/auth/index.ts";
import { createUserCode, readUserCode, showUserCode } from "../../../workers/auth/device-codes.ts";
import { day, minute, second } from "../../../workers/platform/clock.ts";
import { AuthWorld, type Person } from "../support/auth.ts";

let hub: AuthWorld;
let alice: Person;
let session: User;

beforeEach(async () => {
  hub = new AuthWorld();
  alice = await hub.person("alice");
  session = sessionOf(alice);
});

/** As the pages know somebody who has signed in. */
function sessionOf({ id, name }: Person): User {
  return {
    kind: "user",
    id,
    name,
    administrator: false,
    emailVerified: true,
    twoFactor: false,
    token: undefined,
    address: "192.0.2.1",
  };
}

interface Started {
  device_code: string;
  user_code: string;
  verification_uri: string;
  verification_uri_complete: string;
  expires_in: number;
  interval: number;
}

const dockerScopes = ["repository:**:pull,push,create,delete,metadata"];

async function start(json: object = { client: "wherry login" }): Promise<Started> {
  return hub.json("/api/v1/device/authorize", { json, headers: { "Test-Address": "192.0.2.9" } });
}

/** What the client that waits is told. */
async function poll(device_code: string): Promise<Record<string, string>> {
  const form = { grant_type: "urn:ietf:params:oauth:grant-type:device_code", device_code };
  const response = await hub.send("/token", { form });
  return { ...(await response.json<Record<string, string>>()), status: String(response.status) };
}

async function wait(): Promise<void> {
  hub.now += 5 * second;
}

const wanted = () => ({ name: "docker on a laptop", scopes: dockerScopes, expiresAt: hub.now + 90 * day });

describe("a device", () => {
  it("gets an access token of whoever approves it, by one approval", async () => {
    const started = await start();
    expect(started).toEqual({
      device_code: expect.stringMatching(/^[\w-]{43}$/) as string,
      user_code: expect.stringMatching(/^[B-DF-HJ-NP-TV-XZ]{4}-[B-DF-HJ-NP-TV-XZ]{4}$/) as string,
      verification_uri: "https://hub.example/device",
      verification_uri_complete: `https://hub.example/device?code=${started.user_code}`,
      expires_in: 600,
      interval: 5,
    });
    expect(await poll(started.device_code)).toMatchObject({ status: "400", error: "authorization_pending" });
    await approveDeviceRequest(hub.auth, session, started.user_code, wanted());
    await wait();
    const given = await poll(started.device_code);
    expect(given).toEqual({
      status: "200",
      access_token: expect.stringMatching(/^why_/) as string,
      refresh_token: given["access_token"],
      token_type: "Bearer",
      name: "alice",
    });
    const bearer = given["access_token"] ?? "";
    expect(await hub.json("/api/v1/me", { bearer })).toMatchObject({
      name: "alice",
      token: {
        name: "docker on a laptop",
        scopes: dockerScopes,
        expires_at: new Date(hub.now - 5000 + 90 * day).toISOString(),
      },
    });
    expect((await hub.send("/token", { basic: ["alice", bearer] })).status).toBe(200);
  });

  it("gets its token once", async () => {
    const { device_code, user_code } = await start();
    await approveDeviceRequest(hub.auth, session, user_code, wanted());
    const given = await Promise.all([poll(device_code), poll(device_code)]);
    expect(given.filter(({ status }) => status === "200")).toHaveLength(1);
    expect(await poll(device_code)).toMatchObject({ error: "invalid_grant" });
    expect(await poll("made-up")).toMatchObject({ error: "invalid_grant" });
  });

  it("is told when it asks too often", async () => {
    const { device_code } = await start();
    expect(await poll(device_code)).toMatchObject({ error: "authorization_pending" });
    hub.now += second;
    expect(await poll(device_code)).toMatchObject({ error: "slow_down" });
    hub.now += 4 * second;
    expect(await poll(device_code)).toMatchObject({ error: "authorization_pending" });
  });

  it("is told when it was refused", async () => {
    const { device_code, user_code } = await start();
    await refuseDeviceRequest(hub.auth, session, user_code);
    expect(await poll(device_code)).toMatchObject({ error: "access_denied" });
  });

  it("is told when nobody has answered for ten minutes; then nobody can", async () => {
    const { device_code, user_code } = await start();
    hub.now += 10 * minute;
    expect(await poll(device_code)).toMatchObject({ error: "expired_token" });
    await expect(approveDeviceRequest(hub.auth, session, user_code, wanted())).rejects.toMatchObject({
      kind: "not-found",
    });
    hub.now += 10 * minute;
    await start();
    expect(await env.DB.prepare("SELECT count(*) AS n FROM device_requests").first("n")).toBe(1);
  });

  it("asks for what docker needs, or for what it says, but not for the account or the hub", async () => {
    const { user_code } = await start();
    expect(await lookUpDeviceRequest(hub.auth, session, user_code)).toMatchObject({ scopes: dockerScopes });
    const narrow = await start({ client: "x", scopes: ["repository:alice/web:pull", "fleet"] });
    expect(await lookUpDeviceRequest(hub.auth, session, narrow.user_code)).toMatchObject({
      scopes: ["repository:alice/web:pull", "fleet"],
    });
    for (const scopes of [["account"], ["administration"], ["everything"], []])
      await hub.json("/api/v1/device/authorize", { json: { client: "x", scopes } }, 400);
  });

  it.each(["", " ", "two\nlines", "\u202Eright to left", "\u0007bell", "x".repeat(101)])(
    "does not call itself %j",
    async (client) => {
      await hub.json("/api/v1/device/authorize", { json: { client } }, 400);
    },
  );

  it("starts no more than twenty requests at once from one address", async () => {
    const send = async (address: string) =>
      (
        await hub.send("/api/v1/device/authorize", {
          json: { client: "x" },
          headers: { "Test-Address": address },
        })
      ).status;
    const statuses = [];
    for (let round = 0; round < 21; round += 1) statuses.push(await send("2001:db8::1"));
    expect([statuses[19], statuses[20]]).toEqual([200, 429]);
    // The whole network of one customer.
    expect(await send("2001:db8::2")).toBe(429);
    expect(await send("2001:db8:0:1::1")).toBe(200);
  });

  it("leaves neither its code nor its token in the database", async () => {
    const { device_code, user_code } = await start();
    await approveDeviceRequest(hub.auth, session, user_code, wanted());
    const kept = JSON.stringify((await env.DB.prepare("SELECT * FROM device_requests").all()).results);
    expect(kept).not.toContain(device_code);
    expect(kept).not.toContain("why_");
    const { access_token = "" } = await poll(device_code);
    expect(access_token).toMatch(/^why_/);
    expect((await env.DB.prepare("SELECT * FROM device_requests").all()).results).toEqual([]);
  });
});

describe("the page where a device is approved", () => {
  it("finds the request by its code, however it is typed", async () => {
    const { user_code } = await start();
    const expected = {
      userCode: user_code,
      client: "wherry login",
      address: "192.0.2.9",
      scopes: dockerScopes,
      createdAt: hub.now,
      expiresAt: hub.now + 10 * minute,
    };
    const lower = user_code.toLowerCase();
    for (const typed of [user_code, lower, lower.replace("-", ""), ` ${lower.replace("-", " ")} `])
      expect(await lookUpDeviceRequest(hub.auth, session, typed)).toEqual(expected);
  });

  it("is for people in a browser session: an access token cannot make another this way", async () => {
    const { user_code } = await start();
    const withToken: User = {
      ...session,
      token: {
        id: "t",
        kind: "personal",
        name: "t",
        scopes: ScopeSet.read(["repository:**:pull"]),
        since: hub.now,
        expiresAt: null,
      },
    };
    for (const act of [
      lookUpDeviceRequest(hub.auth, withToken, user_code),
      approveDeviceRequest(hub.auth, withToken, user_code, wanted()),
      refuseDeviceRequest(hub.auth, withToken, user_code),
    ])
      await expect(act).rejects.toMatchObject({ kind: "denied" });
  });

  it("gives a device no more than it asked for", async () => {
    const { user_code, device_code } = await start({ client: "x", scopes: ["repository:alice/*:pull"] });
    for (const scope of ["repository:alice/*:push", "repository:**:pull", "account"])
      await expect(
        approveDeviceRequest(hub.auth, session, user_code, { ...wanted(), scopes: [scope] }),
      ).rejects.toMatchObject({ kind: "denied" });
    await approveDeviceRequest(hub.auth, session, user_code, {
      ...wanted(),
      scopes: ["repository:alice/web:pull"],
    });
    expect(await poll(device_code)).toMatchObject({ status: "200" });
  });

  it("answers a request once, however many answer at the same moment", async () => {
    const { user_code, device_code } = await start();
    const bob = sessionOf(await hub.person("bob"));
    const before = await count();
    const answers = await Promise.allSettled([
      approveDeviceRequest(hub.auth, session, user_code, wanted()),
      approveDeviceRequest(hub.auth, bob, user_code, wanted()),
      approveDeviceRequest(hub.auth, session, user_code, wanted()),
    ]);
    expect(answers.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect((await count()) - before).toBe(1);
    expect(await poll(device_code)).toMatchObject({ status: "200" });
    await expect(refuseDeviceRequest(hub.auth, session, user_code)).rejects.toMatchObject({
      kind: "not-found",
    });
  });

  it("lets nobody try codes without end", async () => {
    const kinds = [];
    for (let round = 0; round < 11; round += 1)
      kinds.push(
        await lookUpDeviceRequest(hub.auth, session, showUserCode(createUserCode())).catch(
          (error: unknown) => (error as { kind: string }).kind,
        ),
      );
    expect([kinds[0], kinds[9], kinds[10]]).toEqual(["not-found", "not-found", "too-many"]);
    // A right one still works, for them and for others.
    const { user_code } = await start();
    await lookUpDeviceRequest(hub.auth, session, user_code);
    await lookUpDeviceRequest(hub.auth, sessionOf(await hub.person("bob")), user_code);
  });

  it("writes the log of whoever answers", async () => {
    const first = await start();
    const second_ = await start();
    await approveDeviceRequest(hub.auth, session, first.user_code, wanted());
    await refuseDeviceRequest(hub.auth, session, second_.user_code);
    const { results } = await env.DB.prepare(
      "SELECT action, target, address FROM audit_log WHERE log = ? AND token_id IS NULL ORDER BY id",
    )
      .bind(alice.id)
      .all();
    expect(results).toEqual([
      { action: "token.create", target: "docker on a laptop", address: "192.0.2.1" },
      { action: "device.refuse", target: "wherry login", address: "192.0.2.1" },
    ]);
  });
});

async function count(): Promise<number> {
  return (await env.DB.prepare("SELECT count(*) AS n FROM access_tokens").first<number>("n")) ?? 0;
}

describe("a code that people type", () => {
  it("is no word, and has nothing that looks like something else", () => {
    const codes = Array.from({ length: 300 }, createUserCode);
    for (const code of codes) expect(code).toMatch(/^[B-DF-HJ-NP-TV-XZ]{8}$/);
    expect(new Set(codes).size).toBe(300);
  });

  it.each(["", "BCDF", "BCDF-GHJA", "BCDF-GHJ0", "BCDF-GHJKL", "ＢCDF-GHJK"])("is not %j", (typed) => {
    expect(readUserCode(typed)).toBeUndefined();
  });
});
