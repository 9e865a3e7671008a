import { decodeJwt, decodeProtectedHeader, type JWTPayload } from "jose";
import { beforeEach, describe, expect, it } from "vitest";
import { second } from "../../../workers/platform/clock.ts";
import { createAccessTokenText } from "../../../workers/shared/access-token.ts";
import { AuthWorld, type Person } from "../support/auth.ts";

let hub: AuthWorld;
let alice: Person;
let bob: Person;

beforeEach(async () => {
  hub = new AuthWorld();
  alice = await hub.person("alice");
  bob = await hub.person("bob");
  await hub.repository("bob/open", "public");
  await hub.repository("bob/secret", "private");
});

interface Claims extends JWTPayload {
  access: Record<string, unknown>[];
}

async function claims(who: Person | undefined, ...scopes: string[]): Promise<Claims> {
  return decodeJwt<Claims>(await hub.registryToken(who, ...scopes));
}

describe("credentials at /token", () => {
  it.each([
    ["alice", 200],
    ["ALICE", 200],
    ["<token>", 200],
    ["bob", 401],
    ["nobody", 401],
    ["", 401],
  ])("of the user name %j with alice's token: %i", async (name, status) => {
    expect((await hub.send("/token", { basic: [name, alice.accessToken] })).status).toBe(status);
  });

  it("that are wrong get the same answer, whether the user is unknown, the token is wrong, or it is another's", async () => {
    const tokens = [bob.accessToken, createAccessTokenText()];
    // What is no access token was meant as a password, which nothing looks at.
    const passwords = ["wrong", "", `${alice.accessToken}x`, alice.accessToken.slice(0, -1)];
    for (const [given, message] of [
      [tokens, "the user name or the access token is wrong"],
      [passwords, "make one at https://hub.example/settings/tokens and use it as the password"],
    ] as const) {
      const answers = await Promise.all(
        ["alice", "nobody"].flatMap((name) =>
          given.map(async (password) => {
            const response = await hub.send("/token", { basic: [name, password] });
            return JSON.stringify([response.status, [...response.headers], await response.text()]);
          }),
        ),
      );
      expect(new Set(answers).size).toBe(1);
      const [status, headers, text] = JSON.parse(answers[0] ?? "") as [number, [string, string][], string];
      expect(status).toBe(401);
      expect(new Map(headers).get("www-authenticate")).toBe('Basic realm="hub.example",charset="UTF-8"');
      expect(JSON.parse(text)).toMatchObject({
        errors: [{ code: "UNAUTHORIZED", message: expect.stringContaining(message) as string }],
      });
    }
  });

  it("that cannot be an access token cost no statement", async () => {
    await hub.send("/token", { basic: ["alice", "a password"] });
    const before = hub.statements;
    const mistyped = alice.accessToken.slice(0, -1) + (alice.accessToken.endsWith("x") ? "y" : "x");
    for (const password of ["a password", "why_", mistyped, "x".repeat(2000)])
      expect((await hub.send("/token", { basic: ["alice", password] })).status).toBe(401);
    expect(hub.statements).toBe(before);
  });

  it("that are wrong too often get 429, while a good token goes on working", async () => {
    const headers = { "Test-Address": "192.0.2.7" };
    const attempt = async (name: string, password: string, from = headers) =>
      hub.send("/token", { basic: [name, password], headers: from });
    const statuses = [];
    for (let round = 0; round < 61; round += 1) statuses.push((await attempt("alice", "wrong")).status);
    expect(statuses.slice(0, 60)).toEqual(Array.from({ length: 60 }, () => 401));
    expect(statuses[60]).toBe(429);
    expect((await attempt("alice", alice.accessToken)).status).toBe(200);
    // The address, for any account; the account, from any address.
    const elsewhere = { "Test-Address": "192.0.2.8" };
    const stopped = await attempt("bob", "wrong");
    expect([stopped.status, stopped.headers.get("Retry-After")]).toEqual([429, "10"]);
    expect((await attempt("Alice", "wrong", elsewhere)).status).toBe(429);
    expect((await attempt("bob", "wrong", elsewhere)).status).toBe(401);
    hub.now += 10 * second;
    expect((await attempt("alice", "wrong")).status).toBe(401);
    expect((await attempt("alice", "wrong")).status).toBe(429);
  });

  it.each(["Basic", "Basic !!!", "Basic bm9jb2xvbg==", "Basic //79", "Digest x", "Bearer x", "basic"])(
    "that cannot be read (%s) get 401, not an anonymous token",
    async (authorization) => {
      expect((await hub.send("/token", { headers: { Authorization: authorization } })).status).toBe(401);
    },
  );
});

describe("GET /token", () => {
  it("answers a token of five minutes, in the names that docker and OAuth clients read", async () => {
    const answer = await hub.json<Record<string, string>>(
      "/token?service=hub.example&account=alice&client_id=docker&offline_token=true",
      {
        basic: ["alice", alice.accessToken],
      },
    );
    expect(Object.keys(answer).toSorted()).toEqual([
      "access_token",
      "expires_in",
      "issued_at",
      "token",
      "token_type",
    ]);
    expect(answer).toMatchObject({
      expires_in: 300,
      issued_at: "2026-11-23T12:00:00.000Z",
      access_token: answer["token"],
    });
    const token = answer["token"] ?? "";
    expect(decodeProtectedHeader(token)).toMatchObject({ alg: "ES256", typ: "JWT" });
    const now = hub.now / 1000;
    expect(decodeJwt(token)).toEqual({
      iss: "hub.example",
      aud: "hub.example",
      sub: `user:${alice.id}`,
      account: "alice",
      iat: now,
      nbf: now - 10,
      exp: now + 300,
      jti: expect.any(String) as string,
      access: [],
    });
  });

  it("is never cached", async () => {
    expect((await hub.send("/token")).headers.get("Cache-Control")).toBe("no-store");
  });

  it("gives whoever has no credentials an anonymous token", async () => {
    expect(await claims(undefined, "repository:bob/open:pull")).toMatchObject({ sub: "anonymous" });
  });

  it("grants what the policy allows, and says what it refused and why", async () => {
    const { access } = await claims(
      alice,
      "repository:alice/web:pull,push",
      "repository:bob/open:pull,push,delete",
    );
    expect(access).toEqual([
      { type: "repository", name: "alice/web", actions: ["pull", "push"] },
      {
        type: "repository",
        name: "bob/open",
        actions: ["pull"],
        refused: { push: "no-right", delete: "no-right" },
        publicOnly: true,
      },
    ]);
  });

  it.each([
    [
      "spaces between scopes",
      ["repository:alice/a:pull repository:alice/b:push"],
      { "alice/a": "pull", "alice/b": "push" },
    ],
    [
      "several parameters",
      ["repository:alice/a:pull", "repository:alice/b:push"],
      { "alice/a": "pull", "alice/b": "push" },
    ],
    [
      "the same repository twice",
      ["repository:alice/a:pull", "repository:alice/a:push"],
      { "alice/a": "pull,push" },
    ],
    ["* for every action", ["repository:alice/a:*"], { "alice/a": "pull,push,delete" }],
    ["a class behind the type", ["repository(plugin):alice/a:pull"], { "alice/a": "pull" }],
    ["an unknown action", ["repository:alice/a:pull,frobnicate"], { "alice/a": "pull" }],
    ["no action that is known", ["repository:alice/a:frobnicate", "repository:alice/b:"], {}],
    [
      "unknown types",
      ["registry:catalogue:*", "store:alice/a:pull", "repository:alice/b:pull"],
      { "alice/b": "pull" },
    ],
    [
      "hostile names among good ones",
      [
        "repository:../etc:pull",
        "repository:Alice/A:pull",
        'repository:a"b:pull',
        "repository::pull",
        "repository:alice/b:pull",
      ],
      { "alice/b": "pull" },
    ],
    [
      "malformed scopes among good ones",
      ["::::", ":", "repository", "repository:alice/b:pull"],
      { "alice/b": "pull" },
    ],
    ["a host with a port in the name", ["repository:hub.example:5000/alice/a:pull"], {}],
    ["nothing at all", [""], {}],
  ])("reads %s", async (_title, scopes, granted) => {
    const { access } = await claims(alice, ...scopes);
    const found = access.map(({ name, actions }) => [name, (actions as string[]).join(",")] as const);
    expect(Object.fromEntries(found)).toEqual(granted);
  });

  it.each([
    [
      "too many scopes",
      Array.from({ length: 51 }, (_, index) => `repository:alice/${index}:pull`),
      /51 scopes .* 50 is the most/,
    ],
    ["too long scopes", [`repository:alice/${"a".repeat(4100)}:pull`], /4096 is the most/],
  ])("refuses %s", async (_title, scopes, message) => {
    const query = new URLSearchParams(scopes.map((scope) => ["scope", scope]));
    const { errors } = await hub.json<{ errors: { message: string }[] }>(
      `/token?${query.toString()}`,
      {},
      400,
    );
    expect(errors[0]?.message).toMatch(message);
  });

  it("makes no difference between a private repository and none, to whoever has no rights", async () => {
    for (const who of [undefined, alice])
      for (const action of ["pull", "push", "delete", "*", "pull,push"]) {
        const { access: secret } = await claims(who, `repository:bob/secret:${action}`);
        const { access: absent } = await claims(who, `repository:bob/absent:${action}`);
        expect(JSON.stringify(secret).replaceAll("secret", "absent")).toBe(JSON.stringify(absent));
      }
  });

  it("takes three statements at most, for many repositories too", async () => {
    const scopes = Array.from({ length: 50 }, (_, index) => `repository:bob/${index}:pull,push`);
    await hub.registryToken(alice, ...scopes);
    const before = hub.statements;
    await hub.registryToken(alice, ...scopes);
    expect(hub.statements - before).toBe(2);
    await hub.registryToken(undefined, ...scopes);
    expect(hub.statements - before).toBe(3);
  });

  it("says who may list what in the catalog", async () => {
    const scope = "registry:catalog:*";
    const entry = { type: "registry", name: "catalog", actions: ["*"] };
    const nobody = {
      kind: "anonymous",
      id: "",
      administrator: false,
      twoFactor: false,
      tokenSince: null,
      patterns: ["**"],
    };
    const anybody = { ...nobody, kind: "user", tokenSince: hub.now };
    expect((await claims(undefined, scope)).access).toEqual([{ ...entry, viewer: nobody }]);
    expect((await claims(alice, scope)).access).toEqual([{ ...entry, viewer: { ...anybody, id: alice.id } }]);
    const narrow = await hub.token(hub.adminToken, { scopes: ["repository:bob/*:pull"] });
    const admin = { name: "admin", id: "", accessToken: narrow.token };
    expect((await claims(admin, scope)).access).toEqual([
      {
        ...entry,
        viewer: {
          ...anybody,
          id: expect.any(String) as string,
          administrator: true,
          patterns: ["bob/*"],
        },
      },
    ]);
    const { token } = await hub.token(alice.accessToken, { scopes: ["repository:**:push"] });
    expect((await claims({ ...alice, accessToken: token }, scope)).access).toEqual([
      { ...entry, actions: [], refused: "token-scopes" },
    ]);
  });
});

describe("POST /token", () => {
  it("takes a password grant", async () => {
    const form = {
      grant_type: "password",
      username: "alice",
      password: alice.accessToken,
      scope: "repository:alice/web:pull",
    };
    const answer = await hub.json<Record<string, string>>("/token", { form });
    expect(answer).not.toHaveProperty("refresh_token");
    expect(decodeJwt<Claims>(answer["access_token"] ?? "").access).toMatchObject([
      { name: "alice/web", actions: ["pull"] },
    ]);
  });

  it("gives the access token back as the refresh token, and takes it as one", async () => {
    const offline = {
      grant_type: "password",
      username: "alice",
      password: alice.accessToken,
      access_type: "offline",
    };
    const { refresh_token } = await hub.json<{ refresh_token: string }>("/token", { form: offline });
    expect(refresh_token).toBe(alice.accessToken);
    const form: [string, string][] = [
      ["grant_type", "refresh_token"],
      ["refresh_token", refresh_token],
      ["service", "hub.example"],
      ["client_id", "docker"],
      ["scope", "repository:alice/a:pull repository:alice/b:push"],
      ["scope", "repository:alice/c:pull"],
    ];
    const answer = await hub.json<{ token: string; refresh_token: string }>("/token", { form });
    expect(answer.refresh_token).toBe(refresh_token);
    expect(decodeJwt<Claims>(answer.token)).toMatchObject({ sub: `user:${alice.id}`, access: [{}, {}, {}] });
  });

  it.each([
    ["another grant type", { grant_type: "authorization_code" }, 400, "unsupported_grant_type"],
    ["no grant type", { username: "alice" }, 400, "unsupported_grant_type"],
    ["no password", { grant_type: "password", username: "alice" }, 400, "invalid_request"],
    ["no refresh token", { grant_type: "refresh_token" }, 400, "invalid_request"],
    [
      "a wrong password",
      { grant_type: "password", username: "alice", password: "wrong" },
      401,
      "invalid_grant",
    ],
    ["a wrong refresh token", { grant_type: "refresh_token", refresh_token: "wrong" }, 401, "invalid_grant"],
  ])("answers %s with an OAuth2 error that docker can read too", async (_title, form, status, error) => {
    const answer = await hub.json("/token", { form }, status);
    expect(answer).toMatchObject({ error, error_description: expect.any(String) as string });
    expect(answer["errors"]).toMatchObject([{ message: answer["error_description"] }]);
  });

  it("refuses what is no form, or a huge one", async () => {
    const form = { grant_type: "password", username: "alice", password: "x".repeat(70_000) };
    await hub.json("/token", { form }, 413);
    await hub.json("/token", { json: { grant_type: "password" } }, 400);
  });
});
