import { beforeEach, describe, expect, test } from "vitest";
import { listStargazers, listStars, readStars } from "../../../workers/hub/index.ts";
import { requireRepository, type User } from "../../../workers/auth/index.ts";
import { CountsWorld } from "./support/counts-world.ts";
import type { Person } from "../support/auth.ts";

let world: CountsWorld;
let alice: Person;
let bob: Person;

beforeEach(async () => {
  world = new CountsWorld();
  alice = await world.auth.person("alice");
  bob = await world.auth.person("bob");
  await world.auth.repository("alice/web", "public");
  await world.auth.repository("alice/secret", "private");
});

const path = (name: string, what: string) => `/api/v1/repositories/${name}/-/${what}`;

async function star(who: Pick<Person, "accessToken"> | undefined, name: string, method = "PUT") {
  return (await world.api(who, method, path(name, "star"))).status;
}

interface Stars {
  stars: number;
  people: { user: string }[];
}

async function starsOf(name: string): Promise<[count: number, ...people: string[]]> {
  const { body } = await world.api<Stars>(alice, "GET", path(name, "stars"));
  return [body.stars, ...body.people.map(({ user }) => user)];
}

async function mine(who: Pick<Person, "accessToken">): Promise<string[]> {
  const { body } = await world.api<{ repositories: { name: string }[] }>(who, "GET", "/api/v1/me/stars");
  return body.repositories.map(({ name }) => name);
}

/** In the browser. */
function signedIn({ id, name }: Person): User {
  const rights = { administrator: false, emailVerified: true, twoFactor: false };
  return { kind: "user", id, name, ...rights, token: undefined, address: undefined };
}

test("a star is given once and taken back once, and the count is that of the people", async () => {
  expect([await star(alice, "alice/web"), await star(alice, "alice/web")]).toEqual([204, 204]);
  world.auth.now += 1000;
  expect(await star(bob, "alice/web")).toBe(204);
  expect(await starsOf("alice/web")).toEqual([2, "bob", "alice"]);
  const found = await requireRepository(world.auth.auth, { kind: "anonymous" }, "alice/web", "pull");
  expect(await readStars(world.hub, signedIn(bob), found)).toEqual({ stars: 2, starred: true });
  expect(await readStars(world.hub, { kind: "anonymous" }, found)).toEqual({ stars: 2, starred: false });
  expect([await star(alice, "alice/web", "DELETE"), await star(alice, "alice/web", "DELETE")]).toEqual([
    204, 204,
  ]);
  expect(await starsOf("alice/web")).toEqual([1, "bob"]);
  await world.auth.send("/api/v1/users/bob", { method: "DELETE", bearer: world.auth.adminToken });
  expect(await starsOf("alice/web")).toEqual([0]);
});

describe("no star is given", () => {
  test("by robots, by tokens without the scope, by people whose address is not verified, by nobody", async () => {
    const robot = await world.auth.token(alice.accessToken, {
      name: "robot",
      kind: "robot",
      scopes: ["repository:**:pull"],
    });
    const narrow = await world.auth.token(alice.accessToken, {
      name: "narrow",
      scopes: ["repository:**:pull"],
    });
    for (const { token: accessToken } of [robot, narrow])
      expect(await star({ accessToken }, "alice/web")).toBe(403);
    await world.auth.auth.db.query
      .updateTable("users")
      .set({ email: "bob@example.com", email_verified_at: null })
      .where("name", "=", "bob")
      .execute();
    expect(await star(bob, "alice/web")).toBe(403);
    expect(await star(undefined, "alice/web")).toBe(401);
    expect(await starsOf("alice/web")).toEqual([0]);
  });

  test("to what one cannot see, and the answers are those for what is not there", async () => {
    for (const method of ["PUT", "DELETE"]) {
      const answers = await Promise.all(
        ["alice/secret", "alice/absent"].map(async (name) => {
          const { status, body } = await world.api(bob, method, path(name, "star"));
          return JSON.stringify({ status, body }).replaceAll(/secret|absent/g, "it");
        }),
      );
      expect(answers[0]).toBe(answers[1]);
      expect(answers[0]).toContain('"status":404');
    }
    for (const what of ["stars", "pulls"])
      expect((await world.api(bob, "GET", path("alice/secret", what))).status).toBe(404);
    expect(await starsOf("alice/secret")).toEqual([0]);
  });
});

describe("my stars", () => {
  beforeEach(async () => {
    for (const name of ["alice/web", "alice/secret"]) {
      await star(alice, name);
      world.auth.now += 1000;
    }
  });

  test("are listed with the latest first, in pages", async () => {
    expect(await mine(alice)).toEqual(["alice/secret", "alice/web"]);
    const first = await listStars(world.hub, signedIn(alice), { limit: 1, last: "" });
    expect(first.repositories.map(({ name }) => name)).toEqual(["alice/secret"]);
    // It stands at what may not be for whoever asks.
    expect(first.next).not.toMatch(/\d{5}/);
    await expect(
      listStars(world.hub, signedIn(alice), { limit: 1, last: `${world.auth.now} 1` }),
    ).rejects.toMatchObject({ kind: "invalid" });
    const rest = await listStars(world.hub, signedIn(alice), { limit: 1, last: first.next ?? "" });
    expect(rest).toMatchObject({ repositories: [{ name: "alice/web" }], next: undefined });
  });

  test("are not shown to a token that is for something else, nor when the repository is out of reach", async () => {
    const scopes = ["account", "repository:alice/web:pull"];
    const { token } = await world.auth.token(alice.accessToken, { name: "narrow", scopes });
    expect(await mine({ accessToken: token })).toEqual(["alice/web"]);
    await star(bob, "alice/web");
    expect(await mine(bob)).toEqual(["alice/web"]);
    await world.auth.auth.db.query.updateTable("repositories").set({ visibility: "private" }).execute();
    expect(await mine(bob)).toEqual([]);
    expect(await mine(alice)).toEqual(["alice/secret", "alice/web"]);
  });
});

test("people who starred are listed in pages, also those of the same moment", async () => {
  for (const name of ["carol", "dave", "erin"]) await star(await world.auth.person(name), "alice/web");
  const found = await requireRepository(world.auth.auth, { kind: "anonymous" }, "alice/web", "pull");
  const seen: string[] = [];
  for (let last: string | undefined = ""; last !== undefined;) {
    const page = await listStargazers(world.hub, found, { limit: 1, last });
    seen.push(...page.people.map(({ name }) => name));
    last = page.next;
  }
  expect(seen.toSorted()).toEqual(["carol", "dave", "erin"]);
});
