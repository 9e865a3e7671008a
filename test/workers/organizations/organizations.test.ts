import { beforeEach, describe, expect, test } from "vitest";
import { day, minute } from "../../../workers/platform/clock.ts";
import type { Person } from "../support/auth.ts";
import { OrganizationsWorld } from "../support/organizations.ts";

let world: OrganizationsWorld;
let alice: Person;
let bob: Person;

beforeEach(async () => {
  world = new OrganizationsWorld();
  alice = await world.person("alice", { email: "alice@example.com", twoFactor: true });
  bob = await world.person("bob", { email: "bob@example.com" });
});

describe("making an organization", () => {
  test("makes its maker the owner, with a policy that gives little away", async () => {
    const made = await world.send(alice, "POST", "/organizations", {
      name: "acme",
      display_name: "Acme Inc.",
    });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({
      name: "acme",
      display_name: "Acme Inc.",
      role: "owner",
      require_two_factor: false,
      maximum_token_age_days: null,
      repository_creation: "members",
      default_visibility: "private",
    });
    const [entry] = await world.log(made.body["id"] as string);
    expect(entry).toMatchObject({
      action: "organization.create",
      target: "acme",
      actor: `user:${alice.id}`,
      after: { name: "acme", display_name: "Acme Inc." },
    });
    expect((await world.log(alice.id))[0]).toMatchObject({ action: "organization.create", target: "acme" });
  });

  test.each([
    ["bob", 409, "taken"],
    ["admin", 409, "reserved"],
    ["Acme", 400, "cannot be the name"],
    ["a/b", 400, "cannot be the name"],
    ["-acme", 400, "cannot be the name"],
  ])("as %j is answered %d: %s", async (name, status, reason) => {
    const answer = await world.send(alice, "POST", "/organizations", { name });
    expect(answer).toMatchObject({ status, body: { detail: expect.stringContaining(reason) } });
  });

  test("takes the name from users, and a user's name from organizations", async () => {
    await world.organization("acme", alice);
    const again = await world.send(bob, "POST", "/organizations", { name: "acme" });
    expect(again.status).toBe(409);
    await expect(world.person("acme")).rejects.toThrow("taken");
  });

  test("twice at once makes one", async () => {
    const answers = await Promise.all(
      [alice, bob].map(async (who) => world.send(who, "POST", "/organizations", { name: "acme" })),
    );
    expect(answers.map(({ status }) => String(status)).toSorted()).toEqual(["201", "409"]);
  });

  test("takes a verified address, a person, and the scope account", async () => {
    const eve = await world.person("eve", { email: "eve@example.com", verified: false });
    expect((await world.send(eve, "POST", "/organizations", { name: "eves" })).status).toBe(403);
    const narrow = await world.hub.token(alice.accessToken, { scopes: ["repository:alice/**:pull"] });
    const answer = await world.send({ accessToken: narrow.token }, "POST", "/organizations", { name: "x" });
    expect(answer.status).toBe(403);
  });

  test("with the same Idempotency-Key again makes nothing and answers the same", async () => {
    const key = { "Idempotency-Key": "one" };
    const first = await world.send(alice, "POST", "/organizations", { name: "acme" }, key);
    const again = await world.send(alice, "POST", "/organizations", { name: "acme" }, key);
    expect(again).toMatchObject({ status: 201, body: first.body });
  });

  test("goes on until one person owns a hundred", async () => {
    const { db } = world.context;
    const names = Array.from({ length: 100 }, (_, index) => `org-${index}`);
    await db.batch(
      names.flatMap((name) => [
        db.query.insertInto("organizations").values({ id: name, name, created_at: 0 }),
        db.query
          .insertInto("organization_members")
          .values({ organization_id: name, user_id: alice.id, role: "owner", added_at: 0 }),
      ]),
    );
    const answer = await world.send(alice, "POST", "/organizations", { name: "acme" });
    expect(answer).toMatchObject({ status: 429, body: { detail: expect.stringContaining("100") } });
  });
});

describe("the list of organizations", () => {
  test("has those one is in, in pages, and no others", async () => {
    for (const name of ["one", "three", "two"]) await world.organization(name, alice);
    await world.organization("bobs", bob);
    const first = await world.send<{ organizations: { name: string }[] }>(alice, "GET", "/organizations?n=2");
    expect(first.body.organizations.map(({ name }) => name)).toEqual(["one", "three"]);
    expect(first.headers.get("Link")).toBe('</api/v1/organizations?n=2&last=three>; rel="next"');
    const rest = await world.send<{ organizations: { name: string }[] }>(
      alice,
      "GET",
      "/organizations?n=2&last=three",
    );
    expect(rest.body.organizations.map(({ name }) => name)).toEqual(["two"]);
    expect(rest.headers.get("Link")).toBeNull();
  });
});

describe("settings", () => {
  test("change what is named and leave the rest; the log has before and after", async () => {
    const id = await world.organization("acme", alice);
    const changed = await world.must(alice, "PATCH", "/organizations/acme", {
      maximum_token_age_days: 90,
      repository_creation: "maintainers",
    });
    expect(changed).toMatchObject({ maximum_token_age_days: 90, repository_creation: "maintainers" });
    expect((await world.log(id))[0]).toMatchObject({
      action: "organization.settings",
      before: { maximum_token_age: null, repository_creation: "members" },
      after: { maximum_token_age: 90 * day, repository_creation: "maintainers" },
    });
    const entries = (await world.log(id)).length;
    await world.must(alice, "PATCH", "/organizations/acme", { repository_creation: "maintainers" });
    expect(await world.log(id)).toHaveLength(entries);
  });

  test("can require two-factor authentication when the owner who does it has it", async () => {
    const id = await world.organization("acme", alice);
    await world.join(id, bob, "owner");
    const refused = await world.send(bob, "PATCH", "/organizations/acme", { require_two_factor: true });
    expect(refused).toMatchObject({ status: 409, body: { detail: expect.stringContaining("locked out") } });
    await world.must(alice, "PATCH", "/organizations/acme", { require_two_factor: true });
    const outside = await world.send(bob, "GET", "/organizations/acme");
    expect(outside).toMatchObject({ status: 403, body: { detail: expect.stringContaining("two-factor") } });
  });

  test("about the age of tokens hold at once", async () => {
    await world.organization("acme", alice);
    world.hub.now += 3 * day;
    await world.must(alice, "PATCH", "/organizations/acme", { maximum_token_age_days: 2 });
    const old = await world.send(alice, "GET", "/organizations/acme");
    expect(old).toMatchObject({ status: 403, body: { detail: expect.stringContaining("rotate") } });
  });
});

describe("another name", () => {
  test("leads on from the old one, takes the repositories along, and keeps the old one from others", async () => {
    const id = await world.organization("acme", alice);
    await world.hub.repository("acme/web", "private");
    await world.must(alice, "POST", "/organizations/acme/rename", { name: "globex" });
    expect(await world.must(alice, "GET", "/organizations/acme")).toMatchObject({ id, name: "globex" });
    const { rows } = await repositories();
    expect(rows).toEqual(["globex/web"]);
    expect((await world.send(bob, "POST", "/organizations", { name: "acme" })).status).toBe(409);
    expect((await world.log(id))[0]).toMatchObject({
      action: "organization.rename",
      before: { name: "acme" },
      after: { name: "globex" },
    });
    expect(await world.must(alice, "GET", "/organizations/globex/old-names")).toEqual({
      old_names: ["acme"],
    });
  });

  test("can be the one from before", async () => {
    await world.organization("acme", alice);
    await world.hub.repository("acme/web", "private");
    await world.must(alice, "POST", "/organizations/acme/rename", { name: "globex" });
    await world.must(alice, "POST", "/organizations/globex/rename", { name: "acme" });
    expect((await repositories()).rows).toEqual(["acme/web"]);
    expect(await world.must(alice, "GET", "/organizations/acme/old-names")).toEqual({
      old_names: ["globex"],
    });
  });

  test("holds twenty old names at most: renaming is no way to keep names from others", async () => {
    const rename = async (from: string, name: string) =>
      world.send(alice, "POST", `/organizations/${from}/rename`, { name });
    await world.organization("name-0", alice);
    for (let index = 0; index < 20; index += 1)
      expect((await rename(`name-${index}`, `name-${index + 1}`)).status).toBe(200);
    const refused = await rename("name-20", "name-21");
    expect([refused.status, refused.body["detail"]]).toEqual([429, expect.stringContaining("release one")]);
    await world.organization("name-21", bob);
    // To one of its own it goes back, and with one released it goes on.
    expect((await rename("name-20", "name-0")).status).toBe(200);
    await world.must(alice, "DELETE", "/organizations/name-0/old-names/name-5");
    expect((await rename("name-0", "name-22")).status).toBe(200);
  });

  test("that is somebody's, or reserved, changes nothing", async () => {
    const id = await world.organization("acme", alice);
    await world.hub.repository("acme/web", "private");
    for (const name of ["bob", "settings"]) {
      const answer = await world.send(alice, "POST", "/organizations/acme/rename", { name });
      expect(answer.status).toBe(409);
    }
    expect(await world.must(alice, "GET", "/organizations/acme")).toMatchObject({ id, name: "acme" });
    expect((await repositories()).rows).toEqual(["acme/web"]);
  });

  test("that was given up rests for some minutes, then is anybody's, with nothing below it", async () => {
    const id = await world.organization("acme", alice);
    await world.hub.repository("acme/web", "private");
    await world.must(alice, "POST", "/organizations/acme/rename", { name: "globex" });
    const { db } = world.context;
    const web = await db.query.selectFrom("repositories").select("id").executeTakeFirstOrThrow();
    await db.query
      .insertInto("repository_redirects")
      .values({ name: "acme/old", repository_id: web.id, since: world.hub.now })
      .execute();
    expect((await world.send(alice, "DELETE", "/organizations/globex/old-names/globex")).status).toBe(404);
    await world.must(alice, "DELETE", "/organizations/globex/old-names/acme");
    expect((await world.log(id))[0]).toMatchObject({
      action: "organization.name.release",
      before: { old_name: "acme" },
    });
    expect((await world.send(alice, "GET", "/organizations/acme")).status).toBe(404);
    const early = await world.send(bob, "POST", "/organizations", { name: "acme" });
    expect(early).toMatchObject({ status: 409, body: { detail: expect.stringContaining("try again in") } });
    world.hub.now += 15 * minute;
    expect((await world.send(bob, "POST", "/organizations", { name: "acme" })).status).toBe(201);
    expect(await db.query.selectFrom("repository_redirects").selectAll().execute()).toEqual([]);
  });

  async function repositories(): Promise<{ rows: string[] }> {
    const rows = await world.context.db.query.selectFrom("repositories").select("name").execute();
    return { rows: rows.map(({ name }) => name) };
  }
});

describe("deleting an organization", () => {
  test("is refused while it has repositories", async () => {
    await world.organization("acme", alice);
    await world.hub.repository("acme/web", "private");
    const answer = await world.send(alice, "DELETE", "/organizations/acme");
    expect(answer).toMatchObject({ status: 409, body: { detail: expect.stringContaining("repositories") } });
    expect((await world.send(alice, "GET", "/organizations/acme")).status).toBe(200);
  });

  test("takes members, teams, invitations and tokens along, and lets all its names rest", async () => {
    const id = await world.organization("acme", alice, { member: bob });
    await world.must(alice, "POST", "/organizations/acme/teams", { name: "red" });
    await world.must(alice, "PUT", "/organizations/acme/teams/red/members/bob");
    await world.must(alice, "POST", "/organizations/acme/default-rules", { team: "red", role: "read" });
    await world.must(alice, "POST", "/organizations/acme/invitation-links", { role: "member" });
    await world.must(alice, "POST", "/organizations/acme/rename", { name: "globex" });
    await world.must(alice, "DELETE", "/organizations/globex");
    const { db } = world.context;
    for (const table of [
      "organizations",
      "organization_members",
      "teams",
      "team_members",
      "invitations",
    ] as const)
      expect(await db.query.selectFrom(table).selectAll().execute()).toEqual([]);
    for (const name of ["acme", "globex"])
      expect((await world.send(bob, "POST", "/organizations", { name })).status).toBe(409);
    for (const log of [id, alice.id])
      expect((await world.log(log))[0]).toMatchObject({
        action: "organization.delete",
        before: { name: "globex" },
      });
  });
});
