import { env } from "cloudflare:workers";
import { exportJWK, generateKeyPair } from "jose";
import { beforeEach, describe, expect, it } from "vitest";
import { rotateSigningKeys } from "../../../workers/auth/index.ts";
import { Secret } from "../../../workers/auth/secret.ts";
import { day, hour, minute, second } from "../../../workers/platform/clock.ts";
import { AuthWorld } from "../support/auth.ts";

let hub: AuthWorld;

beforeEach(() => {
  hub = new AuthWorld();
});

async function listed(world: AuthWorld): Promise<string[]> {
  const { keys } = await world.json<{ keys: { kid: string }[] }>("/.well-known/jwks.json", {});
  return keys.map((key) => key.kid);
}

function kidOf(token: string): string {
  const header = JSON.parse(atob(token.split(".")[0] ?? "")) as { kid: string };
  return header.kid;
}

async function valid(world: AuthWorld, token: string): Promise<boolean> {
  try {
    (await world.access(token)).requireSignIn();
    return true;
  } catch {
    return false;
  }
}

describe("signing keys", () => {
  it("are made when first needed, and one is enough for isolates that start together", async () => {
    const isolates = [hub, new AuthWorld(), new AuthWorld()];
    const tokens = await Promise.all(isolates.map((isolate) => isolate.registryToken(undefined)));
    expect(new Set(tokens.map(kidOf)).size).toBe(1);
    for (const isolate of isolates)
      for (const token of tokens) expect(await valid(isolate, token)).toBe(true);
    expect(await env.DB.prepare("SELECT count(*) AS n FROM signing_keys").first("n")).toBe(1);
  });

  it("are listed with their public half only", async () => {
    const { keys } = await hub.json<{ keys: Record<string, unknown>[] }>("/.well-known/jwks.json", {});
    expect(keys).toHaveLength(1);
    expect(Object.keys(keys[0] ?? {}).toSorted()).toEqual(["alg", "crv", "kid", "kty", "use", "x", "y"]);
    expect(keys[0]).toMatchObject({ kty: "EC", crv: "P-256", alg: "ES256", use: "sig" });
  });

  it("are in the database sealed", async () => {
    await hub.registryToken(undefined);
    const row = await env.DB.prepare("SELECT * FROM signing_keys").first<Record<string, string>>();
    expect(row?.["public_jwk"]).not.toContain('"d"');
    const secret = new Secret("a secret of the tests, of thirty-two bytes or more");
    const opened = JSON.parse(
      await secret.open(row?.["kid"] ?? "", row?.["sealed_private_jwk"] ?? ""),
    ) as object;
    expect(opened).toHaveProperty("d");
    const other = new Secret("another secret, also of thirty-two bytes or more");
    await expect(other.open(row?.["kid"] ?? "", row?.["sealed_private_jwk"] ?? "")).rejects.toThrow();
    await expect(secret.open("another label", row?.["sealed_private_jwk"] ?? "")).rejects.toThrow();
  });

  it("of another SECRET are left alone, and sign and verify nothing", async () => {
    const token = await hub.registryToken(undefined);
    const moved = new AuthWorld({ secret: "another secret, also of thirty-two bytes or more" });
    expect(await valid(moved, token)).toBe(false);
    const own = await moved.registryToken(undefined);
    expect(kidOf(own)).not.toBe(kidOf(token));
    expect(await valid(moved, own)).toBe(true);
    expect(await listed(moved)).toEqual([kidOf(own)]);
    expect(await valid(new AuthWorld(), token)).toBe(true);
  });

  it("that somebody wrote into the database without SECRET are not trusted", async () => {
    const kid = kidOf(await hub.registryToken(undefined));
    const forged = await exportJWK((await generateKeyPair("ES256", { extractable: true })).publicKey);
    await env.DB.prepare("UPDATE signing_keys SET public_jwk = ? WHERE kid = ?")
      .bind(JSON.stringify(forged), kid)
      .run();
    const { keys } = await new AuthWorld().json<{ keys: { x: string }[] }>("/.well-known/jwks.json", {});
    expect(keys[0]?.x).not.toBe(forged.x);
  });

  it("are followed by the next after 30 days; tokens of the old one stay valid and both are listed", async () => {
    const start = hub.now;
    const first = kidOf(await hub.registryToken(undefined));
    hub.now = start + 30 * day - second;
    await rotateSigningKeys(hub.auth);
    expect(await listed(hub)).toEqual([first]);

    hub.now = start + 30 * day;
    await rotateSigningKeys(hub.auth);
    const both = await listed(hub);
    expect(both).toHaveLength(2);
    expect(both[1]).toBe(first);

    // Until every isolate has had time to read the new key, the old one signs.
    const old = await hub.registryToken(undefined);
    expect(kidOf(old)).toBe(first);
    hub.now += 10 * minute;
    const behind = new AuthWorld();
    behind.now = hub.now - 4 * minute;
    const late = await behind.registryToken(undefined);
    expect(kidOf(late)).toBe(first);
    const next = await hub.registryToken(undefined);
    expect(kidOf(next)).toBe(both[0]);
    expect(await valid(hub, next)).toBe(true);
    expect(await valid(hub, late)).toBe(true);
  });

  it("are deleted when no token of theirs can be alive", async () => {
    const first = kidOf(await hub.registryToken(undefined));
    hub.now += 31 * day;
    await rotateSigningKeys(hub.auth);
    hub.now += hour - second;
    await rotateSigningKeys(hub.auth);
    expect(await listed(hub)).toContain(first);
    hub.now += second;
    await rotateSigningKeys(hub.auth);
    expect(await listed(new AuthWorld())).toHaveLength(1);
    expect(await listed(new AuthWorld())).not.toContain(first);
  });

  it("are made by the first request too, when no schedule runs", async () => {
    await hub.registryToken(undefined);
    hub.now += 40 * day;
    const token = await hub.registryToken(undefined);
    expect(await valid(hub, token)).toBe(true);
    expect(await listed(hub)).toHaveLength(2);
  });

  it("made by another isolate are found at once, and unknown ones do not cause a read each", async () => {
    await hub.registryToken(undefined);
    hub.now += 31 * day;
    expect(await valid(hub, "x.y.z")).toBe(false);
    const isolate = new AuthWorld();
    isolate.now = hub.now;
    const token = await isolate.registryToken(undefined);
    expect(await valid(hub, token)).toBe(true);

    const forged = await forge();
    await valid(hub, forged);
    const before = hub.statements;
    for (let attempt = 0; attempt < 20; attempt += 1) expect(await valid(hub, forged)).toBe(false);
    expect(hub.statements - before).toBe(0);
    hub.now += 10 * second;
    expect(await valid(hub, forged)).toBe(false);
    expect(hub.statements - before).toBe(1);
  });
});

/** A well-formed header with a `kid` nobody knows. */
async function forge(): Promise<string> {
  const part = (value: object) => btoa(JSON.stringify(value)).replaceAll("=", "");
  return `${part({ alg: "ES256", typ: "JWT", kid: "unknown" })}.${part({ sub: "anonymous" })}.${"A".repeat(86)}`;
}

describe("a hub without a SECRET", () => {
  it.each([undefined, ""])("says what to do (%o)", (text) => {
    expect(() => new Secret(text)).toThrow("wrangler secret put SECRET");
  });

  it("refuses one that could be guessed", () => {
    expect(() => new Secret("short")).toThrow("SECRET has 5 characters, it needs 32 or more");
  });
});
