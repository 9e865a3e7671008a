import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { AuthWorld, type Person } from "../support/auth.ts";

let hub: AuthWorld;
let olga: Person;
let mia: Person;
let stranger: Person;

beforeEach(async () => {
  hub = new AuthWorld();
  [olga, mia, stranger] = [await hub.person("olga"), await hub.person("mia"), await hub.person("stranger")];
  await hub.organization("acme", [
    [olga, "owner"],
    [mia, "member"],
  ]);
  await hub.repository("acme/web", "private");
  await hub.repository("acme/open", "public");
});

interface Answer {
  allow: boolean;
  reason: string | null;
  sentence: string;
  sources: { role: string; type: string; from: string }[];
  organization_role: string | null;
}

async function ask(who: Person | undefined, repository: string, query = ""): Promise<Answer> {
  const sent = who ? { bearer: who.accessToken } : {};
  return hub.json(`/api/v1/repositories/${repository}/-/explain${query}`, sent);
}

describe("explain", () => {
  it("says where a right comes from, and every other role somebody has there", async () => {
    await hub.grant("acme/web", { user_id: mia.id }, "read");
    await hub.grant("acme/web", { team_id: await hub.team("acme", "web", [mia]) }, "write");
    expect(await ask(mia, "acme/web", "?action=push")).toEqual({
      repository: "acme/web",
      who: "mia",
      action: "push",
      allow: true,
      reason: null,
      sentence:
        'mia may push to "acme/web": they are in the team "web", which it was given to on this repository',
      organization_role: "member",
      sources: [
        { role: "read", type: "grant", from: "it was given to them on this repository" },
        {
          role: "write",
          type: "team",
          from: 'they are in the team "web", which it was given to on this repository',
        },
      ],
    });
    expect(await ask(mia, "acme/web", "?action=admin")).toMatchObject({ allow: false, reason: "no-right" });
  });

  it("does not ask who can see a repository whether it is there", async () => {
    await hub.grant("acme/web", { user_id: mia.id }, "read");
    const { sentence } = await ask(mia, "acme/web", "?action=push");
    expect(sentence).toBe(
      'mia may not push to "acme/web": the right that mia has there gives less; ask whoever administers the repository for a higher one',
    );
  });

  it("says what took a right away: the token, the policy, the state of the account", async () => {
    await hub.grant("acme/web", { user_id: mia.id }, "write");
    const { token } = await hub.token(mia.accessToken, { scopes: ["repository:acme/*:pull"] });
    const narrow = { ...mia, accessToken: token };
    const push = "?action=push";
    expect(await ask(narrow, "acme/web", push)).toMatchObject({
      reason: "token-scopes",
      sources: [{ role: "write" }],
    });
    await env.DB.prepare("UPDATE organizations SET require_two_factor = 1").run();
    expect(await ask(mia, "acme/web", push)).toMatchObject({ reason: "two-factor" });
    await env.DB.batch([
      env.DB.prepare("UPDATE organizations SET require_two_factor = 0"),
      env.DB.prepare("UPDATE users SET email = 'mia@example.com' WHERE name = 'mia'"),
    ]);
    expect(await ask(mia, "acme/web", push)).toMatchObject({
      reason: "unverified",
      sentence: expect.stringContaining("until the account's e-mail address is verified") as string,
    });
  });

  it("says the same of oneself for a private repository and for none", async () => {
    for (const who of [undefined, stranger])
      for (const action of ["pull", "push", "admin"]) {
        const query = `?action=${action}`;
        const secret = JSON.stringify(await ask(who, "acme/web", query));
        expect(secret.replaceAll("acme/web", "acme/none")).toBe(
          JSON.stringify(await ask(who, "acme/none", query)),
        );
      }
    // A member without a right there, who may not make repositories.
    await env.DB.prepare("UPDATE organizations SET repository_creation = 'maintainers'").run();
    const secret = JSON.stringify(await ask(mia, "acme/web"));
    expect(secret.replaceAll("acme/web", "acme/none")).toBe(JSON.stringify(await ask(mia, "acme/none")));
  });

  it("does not say of an old name that what had it is in an organization now", async () => {
    await env.DB.prepare(
      "insert into repository_redirects (name, repository_id, since) select 'olga/plan', id, 0 from repositories where name = 'acme/web'",
    ).run();
    const moved = JSON.stringify(await ask(mia, "olga/plan", "?action=push"));
    const absent = JSON.stringify(await ask(mia, "olga/none", "?action=push"));
    expect(moved).toBe(absent.replaceAll("olga/none", "olga/plan"));
    expect(await ask(olga, "olga/plan")).toMatchObject({
      repository: "acme/web",
      organization_role: "owner",
    });
  });

  it("says that what is public is everybody's to pull", async () => {
    expect(await ask(undefined, "acme/open")).toMatchObject({
      allow: true,
      sources: [{ role: "read", type: "public" }],
      sentence: 'whoever is not signed in may pull from "acme/open": the repository is public',
    });
  });

  it("tells of others only to whoever administers the repository", async () => {
    for (const query of ["?user=olga", "?user=nobody", "?robot=acme+deploy"]) {
      const asked = query.replace("+", "%2B");
      const path = (name: string) => `/api/v1/repositories/${name}/-/explain${asked}`;
      for (const who of [stranger, mia]) {
        await hub.json(path("acme/web"), { bearer: who.accessToken }, 404);
        await hub.json(path("acme/open"), { bearer: who.accessToken }, 403);
      }
    }
    expect(await ask(olga, "acme/web", "?user=mia&action=push")).toMatchObject({
      allow: false,
      reason: "no-right",
      organization_role: "member",
    });
    expect(await ask(olga, "acme/web", "?user=olga")).toMatchObject({
      allow: true,
      sources: [{ role: "admin", type: "organization-role", from: "they are owner of the organization" }],
    });
    await hub.json("/api/v1/repositories/acme/web/-/explain?user=nobody", { bearer: olga.accessToken }, 404);
    await hub.json(
      "/api/v1/repositories/acme/web/-/explain?user=a&robot=b",
      { bearer: olga.accessToken },
      400,
    );
  });

  it("tells of the robots of the namespace, and of no other's", async () => {
    const kind = "robot" as const;
    const scopes = ["repository:acme/web:pull"];
    await hub.token(olga.accessToken, { kind, name: "deploy", organization: "acme", scopes });
    await hub.token(mia.accessToken, { kind, name: "deploy", scopes });
    const pull = await ask(olga, "acme/web", "?robot=acme%2Bdeploy");
    expect(pull).toMatchObject({ allow: true, sources: [{ role: "admin", type: "own-namespace" }] });
    expect(await ask(olga, "acme/web", "?robot=acme%2Bdeploy&action=push")).toMatchObject({
      reason: "token-scopes",
    });
    await hub.json(
      "/api/v1/repositories/acme/web/-/explain?robot=mia%2Bdeploy",
      { bearer: olga.accessToken },
      404,
    );
  });
});
