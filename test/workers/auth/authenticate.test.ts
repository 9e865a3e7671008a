import { exportJWK, generateKeyPair, SignJWT, type JWTPayload } from "jose";
import { beforeEach, describe, expect, it } from "vitest";
import { AuthWorld, refusalOf, service, type Person } from "../support/auth.ts";

let hub: AuthWorld;
let alice: Person;

beforeEach(async () => {
  hub = new AuthWorld();
  alice = await hub.person("alice");
  await hub.repository("bob/open", "public");
  await hub.repository("bob/secret", "private");
});

const actions = ["pull", "push", "delete"] as const;
const realm = 'Bearer realm="https://hub.example/token",service="hub.example"';

describe("without a token", () => {
  it("a pull may be tried, resting on the repository being public", async () => {
    const access = await hub.access();
    expect(access.subject).toBe("anonymous");
    expect(access.require("bob/open", "pull")).toEqual({
      publicOnly: true,
      createOnly: false,
      creation: false,
    });
  });

  it.each([
    ["push", "pull,push"],
    ["delete", "delete"],
  ] as const)("a %s is challenged for %s", async (action, asked) => {
    const access = await hub.access();
    expect(refusalOf(() => access.require("bob/open", action))).toMatchObject({
      kind: "unauthenticated",
      challenge: `${realm},scope="repository:bob/open:${asked}"`,
    });
  });

  it("the catalog and /v2/ itself are challenged", async () => {
    const access = await hub.access();
    expect(refusalOf(() => access.requireCatalog()).challenge).toBe(`${realm},scope="registry:catalog:*"`);
    expect(refusalOf(() => access.requireSignIn()).challenge).toBe(realm);
  });

  it("Basic credentials count as none", async () => {
    const basic = { Authorization: `Basic ${btoa(`alice:${alice.accessToken}`)}` };
    const access = await hub.access(undefined, basic);
    expect(access.subject).toBe("anonymous");
    expect(refusalOf(() => access.requireSignIn()).challenge).toBe(realm);
  });

  it("a hostile repository name does not get into the challenge", async () => {
    const access = await hub.access();
    const { challenge } = refusalOf(() => access.require('x",error="\r\nSet-Cookie: a', "push"));
    expect(challenge).toBe(realm);
  });

  it.each([
    [{ "X-Forwarded-Proto": "http" }, "http://hub.example/token"],
    [{ "X-Forwarded-Proto": "https" }, "https://hub.example/token"],
    [{ "X-Forwarded-Proto": "https, http" }, "https://hub.example/token"],
    [{ "X-Forwarded-Proto": 'http" evil="' }, "https://hub.example/token"],
    [{ "X-Forwarded-Host": "evil.example" }, "https://hub.example/token"],
  ])("%j leads to the realm %s", async (headers, expected) => {
    const access = await hub.access(undefined, headers);
    expect(refusalOf(() => access.requireSignIn()).challenge).toContain(`realm="${expected}",`);
  });

  it("PUBLIC_URL is the realm, whatever the request says", async () => {
    const public_ = new AuthWorld({ publicUrl: "https://registry.example:8443/" });
    const access = await public_.access(undefined, { "X-Forwarded-Proto": "http" });
    expect(refusalOf(() => access.requireSignIn()).challenge).toBe(
      'Bearer realm="https://registry.example:8443/token",service="registry.example:8443"',
    );
  });
});

describe("with a token", () => {
  it.each(actions)("that was asked for %s alone, only that is allowed", async (granted) => {
    const access = await hub.access(await hub.registryToken(alice, `repository:alice/web:${granted}`));
    expect(access.subject).toBe(`user:${alice.id}`);
    for (const action of actions)
      if (action === granted)
        expect(access.require("alice/web", action)).toEqual({
          publicOnly: false,
          createOnly: false,
          creation: false,
        });
      else
        expect(refusalOf(() => access.require("alice/web", action))).toMatchObject({
          kind: "unauthenticated",
          challenge: expect.stringMatching(
            /scope="repository:alice\/web:(pull|pull,push|delete)",error="insufficient_scope"$/,
          ) as string,
        });
  });

  it("nothing is allowed on another repository", async () => {
    const access = await hub.access(await hub.registryToken(alice, "repository:alice/web:*"));
    for (const repository of ["alice/web2", "alice/we", "alice/web/x", "alice", "bob/open"])
      for (const action of actions)
        expect(refusalOf(() => access.require(repository, action)).challenge).toContain(
          'error="insufficient_scope"',
        );
  });

  it.each(actions)(
    "of an access token without the scope %s, just that is refused for good",
    async (missing) => {
      const { token } = await hub.token(alice.accessToken, {
        scopes: [`repository:**:${actions.filter((action) => action !== missing).join(",")}`],
      });
      const access = await hub.access(
        await hub.registryToken({ ...alice, accessToken: token }, "repository:alice/web:*"),
      );
      for (const action of actions)
        if (action !== missing) expect(access.require("alice/web", action).publicOnly).toBe(false);
        else {
          const refusal = refusalOf(() => access.require("alice/web", action));
          expect(refusal).toMatchObject({ kind: "denied", challenge: undefined });
          expect(refusal.message).toContain(
            `the access token that alice signed in with has no scope for the action "${missing}"`,
          );
        }
    },
  );

  it("of an access token for other repositories, everything is refused for good", async () => {
    const { token } = await hub.token(alice.accessToken, {
      scopes: ["repository:alice/db-*:pull,push,delete"],
    });
    const narrow = { ...alice, accessToken: token };
    const access = await hub.access(
      await hub.registryToken(narrow, "repository:alice/web:*", "repository:alice/db-1:*"),
    );
    for (const action of actions) {
      expect(refusalOf(() => access.require("alice/web", action)).message).toContain(
        "look at the patterns in its scopes",
      );
      expect(access.require("alice/db-1", action)).toEqual({
        publicOnly: false,
        createOnly: false,
        creation: false,
      });
    }
  });

  it("a pull of somebody else's public repository rests on its being public", async () => {
    for (const who of [undefined, alice]) {
      const access = await hub.access(await hub.registryToken(who, "repository:bob/open:pull"));
      expect(access.require("bob/open", "pull")).toEqual({
        publicOnly: true,
        createOnly: false,
        creation: false,
      });
    }
  });

  it("a user who has no right is told so once, and is not challenged again", async () => {
    const access = await hub.access(await hub.registryToken(alice, "repository:bob/open:pull,push"));
    expect(refusalOf(() => access.require("bob/open", "push"))).toEqual({
      kind: "denied",
      challenge: undefined,
      message:
        'alice may not push to "bob/open": there is no such repository, or alice has no right to do this there; check the spelling, or ask "bob", whose namespace it is in',
    });
  });

  it("somebody anonymous is asked to sign in", async () => {
    const access = await hub.access(await hub.registryToken(undefined, "repository:bob/open:pull,push"));
    expect(() => access.requireSignIn()).not.toThrow();
    expect(refusalOf(() => access.require("bob/open", "push"))).toMatchObject({
      kind: "unauthenticated",
      challenge: `${realm},scope="repository:bob/open:pull,push"`,
      message: expect.stringContaining("sign in with `docker login`") as string,
    });
  });

  it("the catalog shows what the token says, and nothing without having been asked for", async () => {
    const access = await hub.access(await hub.registryToken(alice, "registry:catalog:*"));
    expect(access.requireCatalog()).toEqual({
      kind: "user",
      id: alice.id,
      administrator: false,
      twoFactor: false,
      tokenSince: hub.now,
      patterns: ["**"],
    });
    const without = await hub.access(await hub.registryToken(alice, "repository:alice/web:pull"));
    expect(refusalOf(() => without.requireCatalog()).challenge).toBe(
      `${realm},scope="registry:catalog:*",error="insufficient_scope"`,
    );
    const { token } = await hub.token(alice.accessToken, { scopes: ["repository:**:push"] });
    const pusher = await hub.access(
      await hub.registryToken({ ...alice, accessToken: token }, "registry:catalog:*"),
    );
    expect(refusalOf(() => pusher.requireCatalog()).kind).toBe("denied");
  });

  it("private and absent are refused in the same words, to everybody, for every action", async () => {
    for (const who of [undefined, alice])
      for (const asked of ["*", "pull", "push", "delete"]) {
        const token = await hub.registryToken(
          who,
          `repository:bob/secret:${asked}`,
          `repository:bob/absent:${asked}`,
        );
        for (const access of [await hub.access(token), await hub.access()])
          for (const action of actions) {
            const from = (name: string) =>
              refusalOf(() => access.refuse(name, access.require(name, action) && action));
            const secret = JSON.stringify(from("bob/secret")).replaceAll("bob/secret", "bob/absent");
            expect(secret).toBe(JSON.stringify(from("bob/absent")));
          }
      }
  });

  it("a public repository that has become private is refused like one that always was", async () => {
    for (const who of [undefined, alice]) {
      const while_ = await hub.access(await hub.registryToken(who, "repository:bob/open:pull"));
      await hub.auth.db.query
        .updateTable("repositories")
        .set({ visibility: "private" })
        .where("name", "=", "bob/open")
        .execute();
      const after = await hub.access(await hub.registryToken(who, "repository:bob/open:pull"));
      expect(refusalOf(() => while_.refuse("bob/open", "pull"))).toEqual(
        refusalOf(() => after.require("bob/open", "pull")),
      );
      await hub.auth.db.query
        .updateTable("repositories")
        .set({ visibility: "public" })
        .where("name", "=", "bob/open")
        .execute();
    }
  });
});

describe("a token that is not ours, or no longer", () => {
  async function refused(token: string): Promise<void> {
    const access = await hub.access(token);
    expect(access.subject).toBe("anonymous");
    for (const act of [
      () => access.require("bob/open", "pull"),
      () => access.require("alice/web", "push"),
      () => access.requireSignIn(),
    ]) {
      const refusal = refusalOf(act);
      expect(refusal.kind).toBe("unauthenticated");
      expect(refusal.challenge).toMatch(/,error="invalid_token"$/);
    }
    expect(refusalOf(() => access.requireCatalog()).challenge).toContain('error="invalid_token"');
  }

  const claims = (): JWTPayload => {
    const now = hub.now / 1000;
    const access = [{ type: "repository", name: "alice/web", actions: ["pull", "push", "delete"] }];
    return {
      iss: service,
      aud: service,
      sub: `user:${alice.id}`,
      account: "alice",
      iat: now,
      nbf: now,
      exp: now + 300,
      jti: "x",
      access,
    };
  };
  const sign = async (payload: JWTPayload, header: { alg?: string; typ?: string } = {}): Promise<string> => {
    const { kid, privateKey } = await hub.auth.keys.signer();
    return new SignJWT(payload)
      .setProtectedHeader({ alg: "ES256", typ: "JWT", kid, ...header })
      .sign(privateKey);
  };
  const part = (value: object): string =>
    btoa(JSON.stringify(value)).replaceAll("=", "").replaceAll("+", "-").replaceAll("/", "_");

  it("the claims that the other tests spoil are good", async () => {
    const access = await hub.access(await sign(claims()));
    expect(access.require("alice/web", "delete")).toEqual({
      publicOnly: false,
      createOnly: false,
      creation: false,
    });
  });

  it("expired", async () => {
    const token = await hub.registryToken(alice, "repository:alice/web:*");
    hub.now += 300_000 - 1;
    expect((await hub.access(token)).require("alice/web", "pull")).toBeTruthy();
    hub.now += 1;
    await refused(token);
    const isolate = hub;
    hub = new AuthWorld();
    hub.now = isolate.now;
    await refused(token);
  });

  it.each<[string, JWTPayload]>([
    ["for another audience", { aud: "other.example" }],
    ["for several audiences", { aud: [service, "other.example"] }],
    ["by another issuer", { iss: "other.example" }],
    ["not valid yet", { nbf: Date.parse("2026-11-23T12:00:01Z") / 1000 }],
    [
      "with access of another shape",
      { access: [{ type: "repository", name: "alice/web", actions: ["everything"] }] },
    ],
    ["with access that is no list", { access: "repository:alice/web:*" }],
  ])("%s", async (_title, spoilt) => {
    await refused(await sign({ ...claims(), ...spoilt }));
  });

  it.each(["exp", "sub", "aud", "iss", "nbf", "iat", "jti", "access"])("without %s", async (claim) => {
    const { [claim]: _left, ...payload } = claims();
    await refused(await sign(payload));
  });

  it("of another type", async () => {
    await refused(await sign(claims(), { typ: "at+jwt" }));
  });

  it("unsigned (alg none)", async () => {
    const { kid } = await hub.auth.keys.signer();
    await refused(`${part({ alg: "none", typ: "JWT", kid })}.${part(claims())}.`);
  });

  it("signed with the public key as an HMAC secret", async () => {
    const { kid } = await hub.auth.keys.signer();
    const { keys } = await hub.json<{ keys: object[] }>("/.well-known/jwks.json", {});
    const secret = new TextEncoder().encode(JSON.stringify(keys[0]));
    await refused(
      await new SignJWT(claims()).setProtectedHeader({ alg: "HS256", typ: "JWT", kid }).sign(secret),
    );
  });

  it("signed with another key, under our kid, an unknown one, and the key in its own header", async () => {
    const { kid } = await hub.auth.keys.signer();
    const { privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true });
    const jwk = await exportJWK(publicKey);
    for (const header of [{ kid }, { kid: "unknown" }, { jwk }, { kid, jwk }, {}])
      await refused(
        await new SignJWT(claims())
          .setProtectedHeader({ alg: "ES256", typ: "JWT", ...header })
          .sign(privateKey),
      );
  });

  it("with its claims changed after signing", async () => {
    const [header, , signature] = (await hub.registryToken(alice, "repository:alice/web:pull")).split(".");
    await refused(`${header}.${part(claims())}.${signature}`);
  });

  it.each(["", "x", "a.b.c", "....", "ey".repeat(5000), "null"])("garbled: %.20s", async (token) => {
    await refused(token);
  });

  it("an access token, which is for /token and the API", async () => {
    await refused(alice.accessToken);
  });

  it("made under another name of the hub, also when that was verified before", async () => {
    const token = await hub.registryToken(alice, "repository:alice/web:*");
    (await hub.access(token)).requireSignIn();
    hub.auth.publicOrigin = "https://other.example";
    await refused(token);
  });
});

describe("a verified token", () => {
  it("costs nothing but a look-up from then on", async () => {
    const token = await hub.registryToken(alice, "repository:alice/web:pull");
    await hub.access(token);
    const before = hub.statements;
    const [first, second] = [await hub.access(token), await hub.access(token)];
    expect(first.require("alice/web", "pull")).toEqual(second.require("alice/web", "pull"));
    expect(hub.statements).toBe(before);
    expect(hub.auth.verified.get(token, hub.now)).toBe(hub.auth.verified.get(token, hub.now));
  });

  it("makes room for others: memory does not grow without end", async () => {
    const first = await hub.registryToken(undefined);
    await hub.access(first);
    const kept = hub.auth.verified.get(first, hub.now);
    for (let index = 0; index < 1000; index += 1) if (kept) hub.auth.verified.set(`token ${index}`, kept);
    expect(hub.auth.verified.get(first, hub.now)).toBeUndefined();
    expect(hub.auth.verified.get("token 999", hub.now)).toBe(kept);
  });
});
