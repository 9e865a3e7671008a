import { env } from "cloudflare:workers";
import { base64url, decodeJwt, exportSPKI, importJWK, SignJWT, type JWTPayload } from "jose";
import { beforeEach, describe, expect, it } from "vitest";
import { readIssuers } from "../../../workers/auth/federation-issuers.ts";
import { checkClaims, matchesClaims } from "../../../workers/auth/federation-claims.ts";
import { hour, minute, second } from "../../../workers/platform/clock.ts";
import { AuthWorld, type Person } from "../support/auth.ts";
import { gitHubJob, gitLabJob, Issuer, Issuers } from "../support/issuer.ts";

const gitHubUrl = "https://token.actions.githubusercontent.com";
const gitLabUrl = "https://gitlab.com";
const exchange = "urn:ietf:params:oauth:grant-type:token-exchange";
const idTokenType = "urn:ietf:params:oauth:token-type:id_token";

let hub: AuthWorld;
let issuers: Issuers;
let gitHub: Issuer;
let gitLab: Issuer;
let olga: Person;
let mia: Person;

beforeEach(async () => {
  issuers = new Issuers();
  gitHub = await Issuer.start(issuers, gitHubUrl, { keysUrl: `${gitHubUrl}/.well-known/jwks` });
  gitLab = await Issuer.start(issuers, gitLabUrl, { keysUrl: `${gitLabUrl}/oauth/discovery/keys` });
  hub = new AuthWorld({ publicUrl: "https://hub.example", fetch: issuers.fetch });
  olga = await hub.person("olga");
  mia = await hub.person("mia");
  await hub.organization("acme", [
    [olga, "owner"],
    [mia, "member"],
  ]);
  await hub.repository("acme/web", "private");
});

const gitHubRule = {
  organization: "acme",
  name: "release",
  issuer: gitHubUrl,
  claims: { repository: "acme-inc/web", ref: "refs/heads/*" },
  scopes: ["repository:acme/web*:pull,push"],
};

async function rule(json: object = gitHubRule, who = olga): Promise<{ id: string }> {
  return hub.json("/api/v1/federation-rules", { bearer: who.accessToken, json }, 201);
}

async function granted(response: Response | Promise<Response>): Promise<unknown> {
  const answer = await response;
  const text = await answer.text();
  if (answer.status !== 200) return [answer.status, (JSON.parse(text) as { error: string }).error];
  const { token } = JSON.parse(text) as { token: string };
  return decodeJwt<{ access: { actions: string[] }[] }>(token).access.flatMap(({ actions }) => actions);
}

const scope = "repository:acme/web:pull,push,delete";

/** As docker does after `docker login -u <account>` with the id_token as the password. */
async function login(account: string, idToken: string): Promise<Response> {
  return hub.send(`/token?scope=${scope}`, { basic: [account, idToken] });
}

async function message(response: Promise<Response>): Promise<string> {
  const answer = await response;
  expect(answer.status).toBe(401);
  return (await answer.json<{ error_description: string }>()).error_description;
}

describe("a job of CI", () => {
  it("of GitHub signs in like docker, with its id_token as the password", async () => {
    const { id } = await rule();
    const idToken = await gitHub.sign(gitHubJob, hub.now);
    expect(await granted(login("acme", idToken))).toEqual(["pull", "push"]);
    expect(await granted(login("acme+release", idToken))).toEqual(["pull", "push"]);
    const { token } = await (await login("ACME", idToken)).json<{ token: string }>();
    expect(decodeJwt(token)).toMatchObject({ sub: `token:${id}`, account: "acme+release" });
  });

  it("of GitLab exchanges its id_token for a registry token (RFC 8693)", async () => {
    await rule({
      ...gitHubRule,
      issuer: gitLabUrl,
      claims: { project_path: "acme-group/tools/*", ref: "main", runner_id: "1" },
    });
    const form = {
      grant_type: exchange,
      subject_token: await gitLab.sign(gitLabJob, hub.now),
      subject_token_type: idTokenType,
      scope,
    };
    expect(await granted(hub.send("/token", { form }))).toEqual(["pull", "push"]);
    expect(await granted(hub.send("/token", { form: { ...form, client_id: "acme+release" } }))).toEqual([
      "pull",
      "push",
    ]);
    expect(await granted(hub.send("/token", { form: { ...form, client_id: "olga" } }))).toEqual([
      401,
      "invalid_grant",
    ]);
    expect(await hub.json("/token", { form })).toMatchObject({
      issued_token_type: "urn:ietf:params:oauth:token-type:access_token",
    });
    for (const wrong of [{ subject_token_type: "password" }, { subject_token: "" }, { scope: "" }])
      expect(await granted(hub.send("/token", { form: { ...form, ...wrong } }))).toEqual([
        400,
        "invalid_request",
      ]);
  });

  it("works for the namespace of a user too, and never outside the rule's namespace", async () => {
    await rule({ ...gitHubRule, organization: undefined, scopes: ["repository:olga/**:pull,push"] });
    const idToken = await gitHub.sign(gitHubJob, hub.now);
    const asked = `/token?scope=repository:olga/web:push&scope=repository:acme/web:pull`;
    expect(await granted(hub.send(asked, { basic: ["olga", idToken] }))).toEqual(["push"]);
  });

  it("may send its id_token as often as it likes until it expires, as docker does", async () => {
    await rule();
    const idToken = await gitHub.sign(gitHubJob, hub.now);
    hub.now += 300 * second;
    expect(await granted(login("acme", idToken))).toEqual(["pull", "push"]);
    hub.now += 11 * second;
    expect(await message(login("acme", idToken))).toContain("the id_token has expired");
  });

  it("has the rights of all rules that it meets, or of the one that it names", async () => {
    await rule({ ...gitHubRule, name: "reader", scopes: ["repository:acme/**:pull"] });
    await rule({ ...gitHubRule, name: "cleaner", scopes: ["repository:acme/**:delete"] });
    await rule({ ...gitHubRule, name: "tags", claims: { repository: "acme-inc/web", ref: "refs/tags/*" } });
    const idToken = await gitHub.sign(gitHubJob, hub.now);
    expect(await granted(login("acme", idToken))).toEqual(["pull", "delete"]);
    expect(await granted(login("acme+reader", idToken))).toEqual(["pull"]);
    expect(await granted(login("acme+tags", idToken))).toEqual([401, "invalid_grant"]);
  });

  it("gets no more once its rule is deleted", async () => {
    const { id } = await rule();
    const idToken = await gitHub.sign(gitHubJob, hub.now);
    expect(await granted(login("acme", idToken))).toEqual(["pull", "push"]);
    const sent = { method: "DELETE", bearer: olga.accessToken };
    await hub.json(`/api/v1/federation-rules/${id}`, sent, 204);
    expect(await message(login("acme", idToken))).toContain('no rule for CI of "acme" is met');
  });

  it("is counted when it fails, and stopped when it fails too often", async () => {
    const idToken = await gitHub.sign(gitHubJob, hub.now);
    const statuses = [];
    for (let round = 0; round < 61; round += 1) statuses.push((await login("acme", idToken)).status);
    expect([statuses[59], statuses[60]]).toEqual([401, 429]);
  });

  it("cannot use the JSON API with its id_token", async () => {
    await rule();
    const idToken = await gitHub.sign(gitHubJob, hub.now);
    expect((await hub.send("/api/v1/me", { bearer: idToken })).status).toBe(401);
    expect((await hub.send("/api/v1/me", { basic: ["acme", idToken] })).status).toBe(401);
    const form = { grant_type: "refresh_token", refresh_token: idToken };
    expect((await hub.send("/token", { form })).status).toBe(401);
  });
});

describe("an id_token is refused", () => {
  beforeEach(async () => {
    await rule();
  });

  it.each<[string, JWTPayload, string]>([
    ["that was made for another service", { aud: "https://other.example" }, "another audience"],
    ["that was made for this service's address on another scheme", { aud: "http://hub.example" }, "audience"],
    ["without an audience", { aud: undefined } as unknown as JWTPayload, "aud"],
    ["of another repository", { repository: "acme-inc/web2" }, "no rule for CI"],
    ["of a repository whose name starts the same", { repository: "acme-inc/web/x" }, "no rule for CI"],
    ["of another ref", { ref: "refs/tags/v1" }, "no rule for CI"],
    ["whose claim is a list", { repository: ["acme-inc/web"] }, "no rule for CI"],
    ["that has expired", { exp: Date.parse("2026-11-23T11:59:00Z") / 1000 }, "has expired"],
    [
      "that was made more than an hour ago, however long it lives",
      { iat: Date.parse("2026-11-23T10:59:00Z") / 1000, exp: Date.parse("2026-11-24T12:00:00Z") / 1000 },
      "has expired",
    ],
    [
      "that is made in the future",
      { iat: Date.parse("2026-11-23T12:05:00Z") / 1000, exp: Date.parse("2026-11-23T12:10:00Z") / 1000 },
      '"iat"',
    ],
    ["that is not valid yet", { nbf: Date.parse("2026-11-23T12:01:00Z") / 1000 }, '"nbf"'],
    ["without an expiry", { exp: undefined } as unknown as JWTPayload, '"exp"'],
  ])("%s", async (_title, claims, said) => {
    const idToken = await gitHub.sign({ ...gitHubJob, ...claims }, hub.now);
    expect(await message(login("acme", idToken))).toContain(said);
  });

  it("of an issuer that is not listed, which is not asked for anything", async () => {
    const evil = await Issuer.start(issuers, "https://evil.example");
    const idToken = await evil.sign(gitHubJob, hub.now);
    expect(await message(login("acme", idToken))).toContain('of "https://evil.example", which is none of');
    expect(issuers.asked).toEqual([]);
  });

  it("that another issuer of the list has signed", async () => {
    const idToken = await gitLab.sign({ ...gitHubJob, iss: gitHubUrl }, hub.now);
    expect(await message(login("acme", idToken))).toContain("cannot be verified");
    expect(await message(login("acme", await gitLab.sign(gitHubJob, hub.now)))).toContain("no rule for CI");
  });

  it("without a signature, and with the public key taken for a shared secret", async () => {
    const payload = { ...gitHubJob, iss: gitHubUrl, iat: hub.now / 1000, exp: hub.now / 1000 + 300 };
    const encode = (value: object) => base64url.encode(JSON.stringify(value));
    const { kid = "" } = gitHub.publicKey;
    const none = `${encode({ alg: "none", kid })}.${encode(payload)}.`;
    const key = (await importJWK({ ...gitHub.publicKey, ext: true }, "RS256")) as CryptoKey;
    const secrets = [await exportSPKI(key), JSON.stringify(gitHub.publicKey), gitHub.publicKey.n ?? ""];
    const confused = await Promise.all(
      secrets.map(async (secret) =>
        new SignJWT(payload).setProtectedHeader({ alg: "HS256", kid }).sign(new TextEncoder().encode(secret)),
      ),
    );
    for (const idToken of [none, ...confused])
      expect(await message(login("acme", idToken))).toContain("cannot be verified");
  });

  it("that was changed on the way", async () => {
    const [header = "", , signature = ""] = (await gitHub.sign(gitHubJob, hub.now)).split(".");
    const payload = { ...gitHubJob, iss: gitHubUrl, iat: hub.now / 1000, exp: hub.now / 1000 + 300, x: 1 };
    const changed = `${header}.${base64url.encode(JSON.stringify(payload))}.${signature}`;
    expect(await message(login("acme", changed))).toContain("cannot be verified");
    expect(await message(login("acme", "eyJ.eyJ.x"))).toContain("none of the issuers");
  });

  it("in the same words for a namespace without rules and for none", async () => {
    const idToken = await gitHub.sign(gitHubJob, hub.now);
    const [mias, nobodys] = [await message(login("mia", idToken)), await message(login("nobody", idToken))];
    expect(mias.replaceAll("mia", "nobody")).toBe(nobodys);
  });

  it("while PUBLIC_URL is not set: what a request says it came to is no audience", async () => {
    const open = new AuthWorld({ fetch: issuers.fetch });
    const idToken = await gitHub.sign(gitHubJob, hub.now);
    const { errors } = await open.json<{ errors: { message: string }[] }>(
      "/token",
      { basic: ["acme", idToken] },
      400,
    );
    expect(errors[0]?.message).toContain("its operator has set no PUBLIC_URL");
  });
});

describe("the keys of an issuer", () => {
  beforeEach(async () => {
    await rule();
  });
  const discovery = `${gitHubUrl}/.well-known/openid-configuration`;

  it("are fetched once in ten minutes", async () => {
    for (let round = 0; round < 3; round += 1)
      await granted(login("acme", await gitHub.sign(gitHubJob, hub.now)));
    expect(issuers.asked).toEqual([discovery, `${gitHubUrl}/.well-known/jwks`]);
    hub.now += 10 * minute;
    await granted(login("acme", await gitHub.sign(gitHubJob, hub.now)));
    expect(issuers.asked).toHaveLength(4);
  });

  it("are fetched again for a key that is new, but not for each that somebody makes up", async () => {
    await granted(login("acme", await gitHub.sign(gitHubJob, hub.now)));
    await gitHub.changeKey("ES256");
    const idToken = await gitHub.sign(gitHubJob, hub.now);
    expect(await granted(login("acme", idToken))).toEqual([401, "invalid_grant"]);
    expect(issuers.asked).toHaveLength(2);
    hub.now += 30 * second;
    expect(await granted(login("acme", idToken))).toEqual(["pull", "push"]);
    expect(issuers.asked).toHaveLength(4);
  });

  it.each<[string, () => void]>([
    ["it does not answer", () => issuers.answer(discovery, "", 500)],
    [
      "it sends us elsewhere",
      () => issuers.answer(discovery, "", 302, { Location: "https://evil.example/" }),
    ],
    ["it answers without end", () => issuers.answer(discovery, `{"x":"${"x".repeat(200_000)}"}`)],
    ["it is of another issuer", () => issuers.answer(discovery, { issuer: gitLabUrl, jwks_uri: gitHubUrl })],
    [
      "its keys are elsewhere",
      () => issuers.answer(discovery, { issuer: gitHubUrl, jwks_uri: "https://evil.example/keys" }),
    ],
    [
      "its keys are not behind https",
      () => issuers.answer(discovery, { issuer: gitHubUrl, jwks_uri: "http://gitlab.com/keys" }),
    ],
    ["its answer is no JSON", () => issuers.answer(discovery, "<html>")],
  ])("are not taken when %s: the answer is 503", async (_title, spoil) => {
    spoil();
    const answer = await login("acme", await gitHub.sign(gitHubJob, hub.now));
    expect(answer.status).toBe(503);
    expect(issuers.asked.every((url) => url.startsWith(gitHubUrl))).toBe(true);
  });
});

describe("a rule for CI", () => {
  it("is made, listed, changed and deleted, and the log has it all", async () => {
    const { id } = await rule();
    const path = `/api/v1/federation-rules/${id}`;
    await granted(login("acme", await gitHub.sign(gitHubJob, hub.now)));
    const list = await hub.json("/api/v1/federation-rules?organization=acme", { bearer: olga.accessToken });
    expect(list).toEqual({
      rules: [
        {
          id,
          name: "release",
          issuer: gitHubUrl,
          claims: gitHubRule.claims,
          scopes: gitHubRule.scopes,
          created_at: "2026-11-23T12:00:00.000Z",
          last_used_at: "2026-11-23T12:00:00.000Z",
        },
      ],
    });
    const scopes = ["repository:acme/web:pull"];
    const sent = { method: "PATCH", bearer: olga.accessToken };
    expect(await hub.json(path, { ...sent, json: { scopes } })).toMatchObject({ scopes });
    expect(await granted(login("acme", await gitHub.sign(gitHubJob, hub.now)))).toEqual(["pull"]);
    for (const json of [
      {},
      { name: "other" },
      { issuer: gitLabUrl },
      { claims: { ref: "x" } },
      { scopes: ["account"] },
    ])
      await hub.json(path, { ...sent, json }, 400);
    await hub.json(path, { method: "DELETE", bearer: olga.accessToken }, 204);
    const { results } = await env.DB.prepare(
      "SELECT action, target FROM audit_log WHERE log = 'id of acme' ORDER BY id",
    ).all();
    expect(results).toEqual(
      ["create", "change", "delete"].map((verb) => ({
        action: `federation-rule.${verb}`,
        target: "acme+release",
      })),
    );
  });

  it("is for owners and maintainers; to others it is not there", async () => {
    const { id } = await rule();
    const stranger = await hub.person("stranger");
    for (const [who, status] of [
      [mia, 403],
      [stranger, 404],
    ] as const) {
      await hub.json("/api/v1/federation-rules", { bearer: who.accessToken, json: gitHubRule }, status);
      await hub.json("/api/v1/federation-rules?organization=acme", { bearer: who.accessToken }, status);
      for (const each of [id, "none"])
        for (const sent of [{ method: "DELETE" }, { method: "PATCH", json: { scopes: gitHubRule.scopes } }]) {
          const { detail } = await hub.json(
            `/api/v1/federation-rules/${each}`,
            { ...sent, bearer: who.accessToken },
            404,
          );
          expect(detail).toBe(`there is no rule for CI "${each}"`);
        }
    }
  });

  it("gives no more than the token that makes it", async () => {
    const narrow = await hub.token(olga.accessToken, { scopes: ["repository:acme/web:pull", "account"] });
    await hub.json("/api/v1/federation-rules", { bearer: narrow.token, json: gitHubRule }, 403);
    const expires_at = new Date(hub.now + hour).toISOString();
    const brief = await hub.token(olga.accessToken, { expires_at });
    await hub.json("/api/v1/federation-rules", { bearer: brief.token, json: gitHubRule }, 403);
  });

  it.each<[string, object, string]>([
    ["an issuer that is not listed", { issuer: "https://evil.example" }, "none of the issuers"],
    ["scopes in another namespace", { scopes: ["repository:olga/*:pull"] }, "reaches beyond acme/"],
    ["scopes in every namespace", { scopes: ["repository:**:pull"] }, "reaches beyond acme/"],
    ["scopes besides repositories", { scopes: ["account"] }, "works with repositories only"],
    ["a name with a plus", { name: "a+b" }, "cannot be a robot's name"],
    ["no claim", { claims: {} }, "whose project"],
  ])("is not made with %s", async (_title, wrong, said) => {
    const json = { ...gitHubRule, ...wrong };
    const { detail } = await hub.json("/api/v1/federation-rules", { bearer: olga.accessToken, json }, 400);
    expect(detail).toContain(said);
  });

  it("has a name of its own in its namespace", async () => {
    await rule();
    await hub.json("/api/v1/federation-rules", { bearer: olga.accessToken, json: gitHubRule }, 409);
  });
});

describe("claims", () => {
  it.each<[string, Record<string, string>, boolean]>([
    [gitHubUrl, { repository: "acme/web" }, true],
    [gitHubUrl, { repository: "acme/*" }, true],
    [gitHubUrl, { repository: "acme*" }, false],
    [gitHubUrl, { repository: "*/web" }, false],
    [gitHubUrl, { repository: "*" }, false],
    [gitHubUrl, { repository: "acme" }, false],
    [gitHubUrl, { repository_owner_id: "65" }, true],
    [gitHubUrl, { repository_owner_id: "6*" }, false],
    [gitHubUrl, { repository_owner: "acme" }, true],
    [gitHubUrl, { ref: "refs/heads/main", environment: "production" }, false],
    [gitHubUrl, { job_workflow_ref: "acme/web/.github/workflows/x.yml@refs/heads/main" }, false],
    [gitHubUrl, { sub: "repo:acme/web:ref:refs/heads/main" }, true],
    [gitHubUrl, { sub: "repo:acme/*" }, true],
    [gitHubUrl, { sub: "repo:*/web:ref:refs/heads/main" }, false],
    [gitHubUrl, { sub: "*:acme/web" }, false],
    // What is behind it is of the project's own choice.
    [gitHubUrl, { sub: "environment:production" }, false],
    [gitLabUrl, { sub: "project_path:acme/*:ref_type:branch:ref:main" }, true],
    [gitLabUrl, { project_path: "acme/*", ref: "main" }, true],
    [gitLabUrl, { namespace_id: "72" }, true],
    ["https://ci.example", { sub: "system:serviceaccount:ci:builder" }, true],
    ["https://ci.example", { sub: "system:*" }, false],
  ])("of %s, %j: say whose project it is: %j", (issuer, claims, pinned) => {
    const act = () => checkClaims(issuer, claims);
    if (pinned) expect(act).not.toThrow();
    else expect(act).toThrow("whose project it is for");
  });

  it("have to fit all, whole, and to the letter", () => {
    const fits = (patterns: Record<string, string>) => matchesClaims(patterns, gitHubJob);
    expect(fits({ repository: "acme-inc/web" })).toBe(true);
    expect(fits({ repository: "Acme-Inc/web" })).toBe(false);
    expect(fits({ repository: "acme-inc/w" })).toBe(false);
    expect(fits({ ref: "refs/*/main" })).toBe(true);
    expect(fits({ repository: "acme-inc/web", ref: "refs/tags/*" })).toBe(false);
    expect(fits({ missing: "*" })).toBe(false);
    expect(fits({ toString: "*" })).toBe(false);
    expect(matchesClaims({ runner_id: "1", ok: "true" }, { runner_id: 1, ok: true })).toBe(true);
    expect(matchesClaims({ groups: "*" }, { groups: ["a"] })).toBe(false);
  });
});

describe("FEDERATION_ISSUERS", () => {
  it("adds to GitHub and GitLab", () => {
    expect(readIssuers(undefined)).toEqual([gitHubUrl, gitLabUrl]);
    expect(readIssuers(" https://git.example.com , https://ghe.example.com/_services/token")).toEqual([
      gitHubUrl,
      gitLabUrl,
      "https://git.example.com",
      "https://ghe.example.com/_services/token",
    ]);
  });

  it.each(["http://git.example.com", "git.example.com", "https://git.example.com/", "https://a.example?x"])(
    "is not %s",
    (text) => {
      expect(() => readIssuers(text)).toThrow(`FEDERATION_ISSUERS has "${text}"`);
    },
  );
});
