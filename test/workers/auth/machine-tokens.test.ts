import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { everyScope, type User } from "../../../workers/auth/index.ts";
import { createAccessToken } from "../../../workers/auth/new-access-token.ts";
import { createFederationRule } from "../../../workers/auth/federation-rules.ts";
import { day, second } from "../../../workers/platform/clock.ts";
import { AuthWorld, type NewToken, type Person, type TokenAnswer } from "../support/auth.ts";

let hub: AuthWorld;
/** Owner, maintainer and member of acme; somebody who is not in it. */
let olga: Person;
let max: Person;
let mia: Person;
let stranger: Person;

beforeEach(async () => {
  hub = new AuthWorld();
  [olga, max, mia, stranger] = [
    await hub.person("olga"),
    await hub.person("max"),
    await hub.person("mia"),
    await hub.person("stranger"),
  ];
  await hub.organization("acme", [
    [olga, "owner"],
    [max, "maintainer"],
    [mia, "member"],
  ]);
  await hub.repository("acme/web", "private");
  await hub.repository("olga/web", "private");
});

const robot = { kind: "robot", name: "deploy", scopes: ["repository:acme/*:pull,push"] } as const;
const ofAcme = { ...robot, organization: "acme" } as const;

async function rights(name: string, accessToken: string, repository: string): Promise<string[]> {
  const token = await hub.registryToken({ name, accessToken }, `repository:${repository}:pull,push,delete`);
  const access = await hub.access(token);
  return (["pull", "push", "delete"] as const).filter((action) => access.allows(repository, action));
}

async function status(who: Person, method: string, path: string, json?: unknown): Promise<number> {
  return (await hub.send(path, { method, bearer: who.accessToken, ...(json ? { json } : {}) })).status;
}

describe("a robot", () => {
  it("of an organization signs in as acme+deploy and works there, as far as its scopes go", async () => {
    const { token } = await hub.token(max.accessToken, ofAcme);
    for (const name of ["acme+deploy", "ACME+deploy", "acme", "<token>"])
      expect(await rights(name, token, "acme/web")).toEqual(["pull", "push"]);
    expect((await hub.send("/token", { basic: ["acme+other", token] })).status).toBe(401);
    expect((await hub.send("/token", { basic: ["max", token] })).status).toBe(401);
    expect(await hub.json("/api/v1/me", { bearer: token })).toMatchObject({
      kind: "machine",
      name: "acme+deploy",
      owner: { kind: "organization", name: "acme" },
    });
  });

  it("never works outside its namespace, whatever its scopes and whoever made it", async () => {
    const scopes = ["repository:**:pull,push,delete,admin"];
    const own = await hub.token(olga.accessToken, { ...robot, scopes });
    const theirs = await hub.token(olga.accessToken, { ...ofAcme, scopes });
    expect(await rights("olga+deploy", own.token, "olga/web")).toEqual(["pull", "push", "delete"]);
    expect(await rights("olga+deploy", own.token, "acme/web")).toEqual([]);
    expect(await rights("acme+deploy", theirs.token, "olga/web")).toEqual([]);
    const byAdmin = await hub.token(hub.adminToken, { ...ofAcme, name: "admins", scopes });
    expect(await rights("acme+admins", byAdmin.token, "olga/web")).toEqual([]);
  });

  it("goes with its organization, and with its user", async () => {
    const theirs = await hub.token(olga.accessToken, ofAcme);
    const own = await hub.token(mia.accessToken, { ...robot, scopes: ["repository:mia/**:pull"] });
    await hub.auth.db.query.deleteFrom("organizations").where("name", "=", "acme").execute();
    await hub.json("/api/v1/users/mia", { method: "DELETE", bearer: hub.adminToken }, 204);
    for (const { token } of [theirs, own])
      expect((await hub.send("/api/v1/me", { bearer: token })).status).toBe(401);
  });

  it("is one of its name, until it is revoked", async () => {
    const { id } = await hub.token(olga.accessToken, ofAcme);
    const { detail } = await hub.json(
      "/api/v1/tokens",
      { bearer: olga.accessToken, json: { ...ofAcme } },
      409,
    );
    expect(detail).toContain('there is a robot "deploy" already');
    // The same name of somebody else is another robot.
    await hub.token(olga.accessToken, { ...robot, scopes: ["repository:olga/**:pull"] });
    await hub.json(`/api/v1/tokens/${id}`, { method: "DELETE", bearer: olga.accessToken }, 204);
    await hub.token(olga.accessToken, ofAcme);
  });

  it.each<[string, NewToken]>([
    ["a name with a plus", { name: "a+b" }],
    ["a name of capitals", { name: "Deploy" }],
    ["scopes besides repositories", { scopes: ["repository:acme/*:pull", "account"] }],
    ["the administration", { scopes: ["administration"] }],
  ])("has not %s", async (_title, wrong) => {
    expect(await status(olga, "POST", "/api/v1/tokens", { ...ofAcme, ...wrong })).toBe(400);
  });

  it("makes, lists and rotates no tokens, itself included, and can revoke itself", async () => {
    const { id, token } = await hub.token(olga.accessToken, ofAcme);
    const sent = { bearer: token };
    await hub.json("/api/v1/tokens", { ...sent, json: { ...ofAcme, name: "more" } }, 403);
    await hub.json("/api/v1/tokens", sent, 403);
    await hub.json(`/api/v1/tokens/${id}/rotate`, { ...sent, json: {} }, 403);
    await hub.json(`/api/v1/tokens/${id}`, { ...sent, method: "DELETE" }, 204);
    await hub.json("/api/v1/me", sent, 401);
  });

  it("is not made by somebody whose e-mail address is unverified, who could push by it", async () => {
    await env.DB.prepare("UPDATE users SET email = 'mia@example.com' WHERE name = 'mia'").run();
    const made = await hub.json(
      "/api/v1/tokens",
      { bearer: mia.accessToken, json: { ...robot, scopes: ["repository:mia/**:push"] } },
      403,
    );
    expect(made["detail"]).toContain("until the account's e-mail address is verified");
    const user = await userOf(mia);
    await expect(
      createAccessToken(hub.auth, user, {}, { ...robot, scopes: ["repository:mia/*:push"], expiresAt: null }),
    ).rejects.toMatchObject({ kind: "denied" });
    await expect(
      createFederationRule(
        hub.auth,
        user,
        {},
        {
          name: "ci",
          issuer: "https://gitlab.com",
          claims: { project_path: "mia/web" },
          scopes: ["repository:mia/**:push"],
        },
      ),
    ).rejects.toMatchObject({ kind: "denied" });
    // A token of their own does not push either.
    expect(await rights("mia", mia.accessToken, "mia/web")).toEqual(["pull"]);
  });
});

async function userOf({ id, name }: Person): Promise<User> {
  const row = await env.DB.prepare("SELECT email_verified_at FROM users WHERE id = ?").bind(id).first();
  return {
    kind: "user",
    id,
    name,
    administrator: false,
    emailVerified: row?.["email_verified_at"] !== null,
    twoFactor: false,
    token: undefined,
    address: undefined,
  };
}

describe("tokens of an organization", () => {
  it("are robots for its owners and maintainers, tokens of its own for owners alone", async () => {
    const make = async (who: Person, kind: string): Promise<number> =>
      status(who, "POST", "/api/v1/tokens", { ...ofAcme, kind, name: `${who.name}-${kind}` });
    const list = async (who: Person, kind: string): Promise<number> =>
      status(who, "GET", `/api/v1/tokens?organization=acme&kind=${kind}`);
    const table: Record<string, number[]> = {};
    for (const who of [olga, max, mia, stranger])
      table[who.name] = [
        await make(who, "robot"),
        await list(who, "robot"),
        await make(who, "organization"),
        await list(who, "organization"),
        await make(who, "personal"),
      ];
    expect(table).toEqual({
      olga: [201, 200, 201, 200, 400],
      max: [201, 200, 403, 403, 400],
      mia: [403, 403, 403, 403, 400],
      // To a stranger the organization is not there.
      stranger: [404, 404, 404, 404, 400],
    });
  });

  it("are not there for whoever may not list them: same answer as for no token at all", async () => {
    const tokens = [
      await hub.token(olga.accessToken, ofAcme),
      await hub.token(olga.accessToken, { ...ofAcme, kind: "organization" }),
      await hub.token(olga.accessToken),
    ];
    const acts: [string, string, unknown?][] = [
      ["GET", ""],
      ["PATCH", "", { name: "mine" }],
      ["POST", "/rotate", {}],
      ["DELETE", ""],
    ];
    for (const who of [mia, stranger])
      for (const [method, tail, json] of acts)
        for (const { id } of [...tokens, { id: "none" }]) {
          const sent = { method, bearer: who.accessToken, ...(json ? { json } : {}) };
          const { detail } = await hub.json(`/api/v1/tokens/${id}${tail}`, sent, 404);
          expect(detail).toBe(`there is no access token "${id}"`);
        }
    // A maintainer has to do with robots, not with the organization's own tokens.
    const [first, second_] = tokens;
    expect(await status(max, "GET", `/api/v1/tokens/${first?.id}`)).toBe(200);
    expect(await status(max, "DELETE", `/api/v1/tokens/${second_?.id}`)).toBe(404);
    for (const { token } of tokens)
      expect((await hub.send("/api/v1/me", { bearer: token })).status).toBe(200);
  });

  it("are the administrator's business, with a token for the administration", async () => {
    const { id } = await hub.token(olga.accessToken, ofAcme);
    const narrow = await hub.token(hub.adminToken, { scopes: ["account"] });
    expect((await hub.send(`/api/v1/tokens/${id}`, { bearer: narrow.token })).status).toBe(404);
    expect((await hub.send(`/api/v1/tokens/${id}`, { bearer: hub.adminToken })).status).toBe(200);
  });

  it("act as an owner of it with the scope account, and make no token that is wider", async () => {
    const scopes = ["repository:acme/*:pull", "account"];
    const { token } = await hub.token(olga.accessToken, { ...ofAcme, kind: "organization", scopes });
    const json = { ...ofAcme, scopes: ["repository:acme/*:pull"] };
    await hub.json("/api/v1/tokens", { bearer: token, json }, 201);
    await hub.json(
      "/api/v1/tokens",
      { bearer: token, json: { ...json, name: "wide", scopes: robot.scopes } },
      403,
    );
    await hub.json("/api/v1/tokens", { bearer: token }, 403);
    await hub.json("/api/v1/users", { bearer: token }, 403);
  });

  it("older than the organization takes are refused, and rotating makes them young", async () => {
    const { id, token } = await hub.token(olga.accessToken, ofAcme);
    await env.DB.prepare("UPDATE organizations SET maximum_token_age = ?")
      .bind(30 * day)
      .run();
    hub.now += 30 * day;
    expect(await rights("acme+deploy", token, "acme/web")).toEqual(["pull", "push"]);
    hub.now += 1;
    expect(await rights("acme+deploy", token, "acme/web")).toEqual([]);
    const fresh = await hub.token(olga.accessToken);
    const rotated = await hub.json<TokenAnswer>(
      `/api/v1/tokens/${id}/rotate`,
      { bearer: (await hub.token(hub.adminToken, { user: "olga" })).token, json: {} },
      201,
    );
    expect(fresh.token).not.toBe(rotated.token);
    expect(await rights("acme+deploy", rotated.token, "acme/web")).toEqual(["pull", "push"]);
  });

  it("of unverified owners are not to be had", async () => {
    await env.DB.prepare("UPDATE users SET email = 'olga@example.com' WHERE name = 'olga'").run();
    expect(await status(olga, "POST", "/api/v1/tokens", { ...ofAcme })).toBe(403);
  });
});

describe("a rotation", () => {
  it("lets the old text work to the end of the overlap, and no longer", async () => {
    const { id, token: old } = await hub.token(olga.accessToken, ofAcme);
    const rotated = await hub.json<TokenAnswer & { previous_until: string; rotated_at: string }>(
      `/api/v1/tokens/${id}/rotate`,
      { bearer: max.accessToken, json: { overlap_seconds: 3600 } },
      201,
    );
    expect(rotated).toMatchObject({
      id,
      rotated_at: "2026-11-23T12:00:00.000Z",
      previous_until: "2026-11-23T13:00:00.000Z",
    });
    expect(await rights("acme", old, "acme/web")).toEqual(["pull", "push"]);
    hub.now += 3600 * second;
    expect((await hub.send("/token", { basic: ["acme", old] })).status).toBe(401);
    expect(await rights("acme", rotated.token, "acme/web")).toEqual(["pull", "push"]);
  });

  it("without an overlap ends the old text at once; a second one ends the one before", async () => {
    const { id, token: first } = await hub.token(olga.accessToken, ofAcme);
    const rotate = async (overlap_seconds: number) =>
      (
        await hub.json<TokenAnswer>(
          `/api/v1/tokens/${id}/rotate`,
          { bearer: olga.accessToken, json: { overlap_seconds } },
          201,
        )
      ).token;
    const second_ = await rotate(60);
    const third = await rotate(60);
    const works = async (token: string) => (await hub.send("/api/v1/me", { bearer: token })).status === 200;
    expect(await Promise.all([first, second_, third].map(works))).toEqual([false, true, true]);
    const fourth = await rotate(0);
    expect(await Promise.all([second_, third, fourth].map(works))).toEqual([false, false, true]);
  });

  it("overlaps for thirty days at most, and revives nothing that has expired", async () => {
    const expires_at = new Date(hub.now + day).toISOString();
    const { id } = await hub.token(olga.accessToken, { ...ofAcme, expires_at });
    const path = `/api/v1/tokens/${id}/rotate`;
    for (const overlap_seconds of [-1, 0.5, 30 * 86_400 + 1])
      expect(await status(olga, "POST", path, { overlap_seconds })).toBe(400);
    expect(await status(olga, "POST", path, { overlap_seconds: 30 * 86_400 })).toBe(201);
    hub.now += day;
    expect(await status(olga, "POST", path, {})).toBe(409);
  });

  it("takes what makes such a token: to hold one without the scope account is not enough", async () => {
    const { id, token } = await hub.token(olga.accessToken, { scopes: ["repository:**:pull"] });
    await hub.json(`/api/v1/tokens/${id}/rotate`, { bearer: token, json: {} }, 403);
    const wide = await hub.token(olga.accessToken);
    const narrow = await hub.token(olga.accessToken, { scopes: ["account"] });
    await hub.json(`/api/v1/tokens/${wide.id}/rotate`, { bearer: narrow.token, json: {} }, 403);
  });

  it("with an Idempotency-Key is done once, however often it is sent", async () => {
    const { id } = await hub.token(olga.accessToken, ofAcme);
    const sent = { bearer: olga.accessToken, json: {}, headers: { "Idempotency-Key": "the-one" } };
    const [first, second_] = [
      await hub.json<TokenAnswer>(`/api/v1/tokens/${id}/rotate`, sent, 201),
      await hub.json<TokenAnswer>(`/api/v1/tokens/${id}/rotate`, sent, 201),
    ];
    expect(second_.token).toBe(first.token);
    expect(await rights("acme", first.token, "acme/web")).toEqual(["pull", "push"]);
  });
});

describe("a change of a token", () => {
  it("renames it, and brings its expiry forward", async () => {
    const { id, token } = await hub.token(olga.accessToken);
    const path = `/api/v1/tokens/${id}`;
    const at = (milliseconds: number) => new Date(hub.now + milliseconds).toISOString();
    const sent = (json: unknown) => ({ method: "PATCH", bearer: olga.accessToken, json });
    expect(await hub.json(path, sent({ name: "laptop" }))).toMatchObject({
      name: "laptop",
      expires_at: null,
    });
    expect(await hub.json(path, sent({ expires_at: at(2 * day) }))).toMatchObject({
      expires_at: at(2 * day),
    });
    expect(await hub.json(path, sent({ expires_at: at(day) }))).toMatchObject({ name: "laptop" });
    for (const json of [{ expires_at: at(2 * day) }, { expires_at: at(0) }, { scopes: everyScope }, {}])
      await hub.json(path, sent(json), 400);
    await hub.json(path, sent({ expires_at: null }), 400);
    hub.now += day;
    expect((await hub.send("/api/v1/me", { bearer: token })).status).toBe(401);
  });

  it("does not rename a robot, which signs in with its name", async () => {
    const { id } = await hub.token(olga.accessToken, ofAcme);
    expect(await status(olga, "PATCH", `/api/v1/tokens/${id}`, { name: "other" })).toBe(400);
  });
});

describe("the audit log of tokens", () => {
  it("tells of each act in the log of whoever the token belongs to, with the token that did it", async () => {
    const { id } = await hub.token(olga.accessToken, ofAcme);
    const path = `/api/v1/tokens/${id}`;
    const expires_at = new Date(hub.now + day).toISOString();
    await hub.json(path, { method: "PATCH", bearer: olga.accessToken, json: { expires_at } });
    await hub.json(`${path}/rotate`, { bearer: max.accessToken, json: {} }, 201);
    await hub.json(path, { method: "DELETE", bearer: olga.accessToken }, 204);
    const { results } = await env.DB.prepare(
      "SELECT action, actor_name, target, token_id FROM audit_log WHERE log = 'id of acme' ORDER BY id",
    ).all();
    expect(results.map(({ action, actor_name, target }) => [action, actor_name, target])).toEqual([
      ["robot.create", "olga", "acme+deploy"],
      ["robot.change", "olga", "acme+deploy"],
      ["robot.rotate", "max", "acme+deploy"],
      ["robot.revoke", "olga", "acme+deploy"],
    ]);
    expect(results.every(({ token_id }) => typeof token_id === "string")).toBe(true);
    const all = JSON.stringify(await env.DB.prepare("SELECT * FROM audit_log").all());
    expect(all).not.toContain("why_");
  });

  it("has nothing of what was refused", async () => {
    const count = async () => env.DB.prepare("SELECT count(*) AS n FROM audit_log").first("n");
    await hub.token(olga.accessToken, ofAcme);
    const before = await count();
    for (const who of [olga, mia, stranger]) await status(who, "POST", "/api/v1/tokens", { ...ofAcme });
    expect(await count()).toBe(before);
  });
});
