import { beforeEach, describe, expect, test } from "vitest";
import { accessTokenOf, api, people, RepositoryClient, type Person } from "../support/registry.ts";
import { ask, status, tagOf } from "./support/names.ts";
import { logOf, Organization } from "./support/organization.ts";

let admin: Person;
let alice: Person;
let bob: Person;
let carol: Person;
let acme: Organization;
let digest: string;

const web = "/api/v1/repositories/acme/web";

beforeEach(async () => {
  ({ admin, alice, bob } = await people());
  await api(admin, "POST", "/api/v1/users", { name: "carol" });
  carol = { name: "carol", accessToken: await accessTokenOf(admin, { user: "carol" }) };
  acme = await Organization.make("acme", { owner: alice });
  digest = await (await RepositoryClient.open(alice, "acme/web")).pushImage("v1", ["one"]);
});

/** What somebody may do, with registry tokens made now. */
async function mayDo(who: Person, name: string): Promise<string> {
  const client = await RepositoryClient.open(who, name);
  const words: string[] = [];
  if ((await client.send("GET", `manifests/${digest}`)).status === 200) words.push("pull");
  if ((await client.send("POST", "blobs/uploads/")).status === 202) words.push("push");
  if ((await client.send("DELETE", "manifests/none")).status === 404) words.push("delete");
  const path = `/api/v1/repositories/${name}`;
  if ((await status(who, "PATCH", path, { visibility: "private" })) === 200) words.push("admin");
  return words.join(" ");
}

const roles = {
  read: "pull",
  triage: "pull",
  write: "pull push delete",
  admin: "pull push delete admin",
};

describe("a collaborator", () => {
  test.each(Object.entries(roles))(
    "with the role %s may %s, in an organization and on a personal repository",
    async (role, words) => {
      await (await RepositoryClient.open(alice, "alice/own")).pushImage("v1", ["one"]);
      for (const name of ["acme/web", "alice/own"]) {
        expect(await mayDo(bob, name)).toBe("");
        await api(alice, "PUT", `/api/v1/repositories/${name}/-/collaborators/bob`, { role });
        expect(await mayDo(bob, name)).toBe(words);
        await api(alice, "DELETE", `/api/v1/repositories/${name}/-/collaborators/bob`);
        expect(await mayDo(bob, name)).toBe("");
      }
    },
  );

  test("who is a guest may only pull, whatever role was given to them", async () => {
    await acme.join(bob, "guest");
    await api(alice, "PUT", `${web}/-/collaborators/bob`, { role: "admin" });
    expect(await mayDo(bob, "acme/web")).toBe("pull");
  });

  test("has one role: another one takes its place", async () => {
    for (const role of ["admin", "read"]) await api(alice, "PUT", `${web}/-/collaborators/bob`, { role });
    expect(await mayDo(bob, "acme/web")).toBe("pull");
  });

  test("who administers a repository may share it; who only writes, or nobody, may not", async () => {
    await api(alice, "PUT", `${web}/-/collaborators/bob`, { role: "write" });
    const share = (who: Person) => status(who, "PUT", `${web}/-/collaborators/carol`, { role: "read" });
    expect(await share(bob)).toBe(403);
    expect(await share(carol)).toBe(404);
    await api(alice, "PUT", `${web}/-/collaborators/bob`, { role: "admin" });
    expect(await share(bob)).toBe(200);
  });

  test("who is not there, or owns the namespace, gets no role", async () => {
    expect(await status(alice, "PUT", `${web}/-/collaborators/nobody`, { role: "read" })).toBe(404);
    expect(await status(alice, "DELETE", `${web}/-/collaborators/bob`)).toBe(404);
    await api(alice, "POST", "/api/v1/repositories", { name: "alice/own" });
    const own = "/api/v1/repositories/alice/own/-/collaborators/alice";
    expect(await status(alice, "PUT", own, { role: "read" })).toBe(400);
  });
});

describe("a team", () => {
  test("gives its members its role, and takes it along when they leave it or it loses the role", async () => {
    await acme.join(bob, "member");
    await acme.join(carol, "member");
    await acme.team("ops", bob);
    await api(alice, "PUT", `${web}/-/teams/ops`, { role: "write" });
    expect(await mayDo(bob, "acme/web")).toBe(roles.write);
    expect(await mayDo(carol, "acme/web")).toBe("");
    await api(alice, "DELETE", `${web}/-/teams/ops`);
    expect(await mayDo(bob, "acme/web")).toBe("");
    await api(alice, "PUT", `${web}/-/teams/ops`, { role: "read" });
    await acme.leave(bob);
    expect(await mayDo(bob, "acme/web")).toBe("");
  });

  test("of another organization, or on a personal repository, is not there", async () => {
    const other = await Organization.make("other", { owner: alice });
    await other.team("ops", alice);
    expect(await status(alice, "PUT", `${web}/-/teams/ops`, { role: "read" })).toBe(404);
    await api(alice, "POST", "/api/v1/repositories", { name: "alice/own" });
    expect(await status(alice, "PUT", "/api/v1/repositories/alice/own/-/teams/ops", { role: "read" })).toBe(
      404,
    );
  });
});

test("each grant and revocation is in the owner's log with what was before and after", async () => {
  await acme.team("ops");
  await api(alice, "PUT", `${web}/-/teams/ops`, { role: "read" });
  await api(alice, "PUT", `${web}/-/teams/ops`, { role: "write" });
  // Changes nothing, and tells nothing.
  await api(alice, "PUT", `${web}/-/teams/ops`, { role: "write" });
  await api(alice, "DELETE", `${web}/-/teams/ops`);
  const entry = (action: string, before: string | null, after: string | null) => ({
    action: `repository.${action}`,
    target: "acme/web team ops",
    actor_name: "alice",
    before,
    after,
  });
  expect((await logOf(acme.id)).slice(-3)).toEqual([
    entry("grant", null, "read"),
    entry("grant", "read", "write"),
    entry("revoke", "write", null),
  ]);
});

test("grants come in pages that go on behind the last one", async () => {
  await acme.team("a");
  await acme.team("b");
  for (const team of ["a", "b"]) await api(alice, "PUT", `${web}/-/teams/${team}`, { role: "read" });
  for (const user of ["bob", "carol"])
    await api(alice, "PUT", `${web}/-/collaborators/${user}`, { role: "write" });
  const seen: string[] = [];
  let path: string | undefined = `${web}/-/grants?n=1`;
  while (path) {
    const response: Response = await ask(alice, "GET", path);
    const { grants } = await response.json<{ grants: { kind: string; name: string; role: string }[] }>();
    seen.push(...grants.map(({ kind, name, role }) => `${kind} ${name} ${role}`));
    path = /^<([^>]+)>/.exec(response.headers.get("Link") ?? "")?.[1];
  }
  // Whoever makes a repository as a member is its administrator.
  expect(seen).toEqual([
    "team a read",
    "team b read",
    "user alice admin",
    "user bob write",
    "user carol write",
  ]);
});

describe("the list of who has access", () => {
  test("names everybody with the source of each right: roles in the organization, grants, teams, rules", async () => {
    await acme.join(bob, "guest");
    await acme.join(carol, "member");
    const ops = await acme.team("ops", carol, bob);
    await acme.rule(ops, "triage");
    await api(alice, "PUT", `${web}/-/teams/ops`, { role: "write" });
    await api(alice, "PUT", `${web}/-/collaborators/carol`, { role: "read" });
    const { people: listed } = await api<{ people: unknown[] }>(alice, "GET", `${web}/-/access`);
    const bySource = (a: { type: string }, b: { type: string }) => a.type.localeCompare(b.type);
    const sorted = (listed as { user: string; role: string; sources: { type: string }[] }[]).map((each) => ({
      ...each,
      sources: each.sources.toSorted(bySource),
    }));
    expect(sorted).toEqual([
      {
        user: "alice",
        role: "admin",
        sources: [
          { type: "grant", role: "admin" },
          { type: "organization-role", role: "admin" },
        ],
      },
      {
        user: "bob",
        role: "read",
        sources: [
          { type: "rule", role: "read", team: "ops" },
          { type: "team", role: "read", team: "ops" },
        ],
      },
      {
        user: "carol",
        role: "write",
        sources: [
          { type: "grant", role: "read" },
          { type: "rule", role: "triage", team: "ops" },
          { type: "team", role: "write", team: "ops" },
        ],
      },
    ]);
    const page = await ask(alice, "GET", `${web}/-/access?n=1&last=alice`);
    expect((await page.json<{ people: { user: string }[] }>()).people.map(({ user }) => user)).toEqual([
      "bob",
    ]);
    expect(page.headers.get("Link")).toContain("last=bob");
  });

  test("of a personal repository has its owner and the collaborators", async () => {
    await api(bob, "POST", "/api/v1/repositories", { name: "bob/own" });
    await api(bob, "PUT", "/api/v1/repositories/bob/own/-/collaborators/carol", { role: "triage" });
    const { people: listed } = await api<{ people: unknown[] }>(
      bob,
      "GET",
      "/api/v1/repositories/bob/own/-/access",
    );
    expect(listed).toEqual([
      { user: "bob", role: "admin", sources: [{ type: "own-namespace", role: "admin" }] },
      { user: "carol", role: "triage", sources: [{ type: "grant", role: "triage" }] },
    ]);
    expect(await status(carol, "GET", "/api/v1/repositories/bob/own/-/access")).toBe(403);
    expect(await status(alice, "GET", "/api/v1/repositories/bob/own/-/access")).toBe(404);
  });
});

describe("a new repository", () => {
  const rowOf = async (name: string) =>
    api<{ visibility: string }>(alice, "GET", `/api/v1/repositories/${name}`);

  test("of an organization has its default visibility: by a push, by a mount, and made by hand", async () => {
    await acme.set({ default_visibility: "public" });
    const pushed = await RepositoryClient.open(alice, "acme/pushed");
    await pushed.pushImage("v1", ["one"]);
    const blob = await pushed.pushBlob("one");
    const mounted = await RepositoryClient.open(alice, "acme/mounted");
    expect((await mounted.send("POST", `blobs/uploads/?mount=${blob}&from=acme/pushed`)).status).toBe(201);
    await api(alice, "POST", "/api/v1/repositories", { name: "acme/made" });
    for (const name of ["acme/pushed", "acme/mounted", "acme/made"])
      expect((await rowOf(name)).visibility).toBe("public");
    await api(alice, "POST", "/api/v1/repositories", { name: "acme/hidden", visibility: "private" });
    expect((await rowOf("acme/hidden")).visibility).toBe("private");
    expect(await logOf(acme.id)).toContainEqual(
      expect.objectContaining({ action: "repository.create", target: "acme/made" }),
    );
  });

  test("is made by members if the organization lets them, who administer it then; never by guests or strangers", async () => {
    await acme.join(bob, "member");
    await api(bob, "POST", "/api/v1/repositories", { name: "acme/bobs" });
    expect(await status(bob, "PATCH", "/api/v1/repositories/acme/bobs", { visibility: "public" })).toBe(200);
    await (await RepositoryClient.open(bob, "acme/pushed")).pushImage("v1", ["one"]);
    expect(await mayDo(bob, "acme/pushed")).toContain("admin");
    await acme.set({ repository_creation: "maintainers" });
    expect(await status(bob, "POST", "/api/v1/repositories", { name: "acme/more" })).toBe(403);
    const more = await RepositoryClient.open(bob, "acme/more");
    expect((await more.send("POST", "blobs/uploads/")).status).toBe(403);
    expect(await status(carol, "POST", "/api/v1/repositories", { name: "acme/more" })).toBe(403);
    await acme.join(carol, "guest");
    await acme.set({ repository_creation: "members" });
    expect(await status(carol, "POST", "/api/v1/repositories", { name: "acme/more" })).toBe(403);
  });

  test("that is there already is a conflict, and is left as it is", async () => {
    expect(
      await status(alice, "POST", "/api/v1/repositories", { name: "acme/web", visibility: "public" }),
    ).toBe(409);
    expect((await rowOf("acme/web")).visibility).toBe("private");
    expect(await tagOf(alice, "acme/web", "v1")).toBe(digest);
  });
});

test("a repository is deleted by who administers it, not by who may delete tags; the log tells", async () => {
  await api(alice, "PUT", `${web}/-/collaborators/bob`, { role: "write" });
  expect(await status(bob, "DELETE", web)).toBe(403);
  await api(alice, "PUT", `${web}/-/collaborators/bob`, { role: "admin" });
  expect(await status(bob, "DELETE", web)).toBe(204);
  expect((await logOf(acme.id)).at(-1)).toEqual({
    action: "repository.delete",
    target: "acme/web",
    actor_name: "bob",
    before: null,
    after: null,
  });
});
