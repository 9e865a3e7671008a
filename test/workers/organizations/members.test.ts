import { beforeEach, describe, expect, test } from "vitest";
import type { Person } from "../support/auth.ts";
import { OrganizationsWorld } from "../support/organizations.ts";

let world: OrganizationsWorld;
let alice: Person;
let bob: Person;
let acme: string;

beforeEach(async () => {
  world = new OrganizationsWorld();
  alice = await world.person("alice");
  bob = await world.person("bob", { twoFactor: true });
  acme = await world.organization("acme", alice, { member: bob });
});

describe("the list of members", () => {
  interface List {
    members: { name: string; role: string; two_factor: boolean | null }[];
  }
  const names = async (query: string, who = alice) => {
    const { members } = await world.must<List>(who, "GET", `/organizations/acme/members${query}`);
    return members.map(({ name }) => name);
  };

  test("is by name, in pages, narrowed by role and by what the name has in it", async () => {
    const carol = await world.person("carol");
    await world.join(acme, carol, "guest");
    expect(await names("")).toEqual(["alice", "bob", "carol"]);
    expect(await names("?role=guest")).toEqual(["carol"]);
    expect(await names("?search=O")).toEqual(["bob", "carol"]);
    expect(await names("?search=%25")).toEqual([]);
    expect(await names("?n=2&last=alice")).toEqual(["bob", "carol"]);
    const first = await world.send(alice, "GET", "/organizations/acme/members?n=1&role=owner");
    expect(first.headers.get("Link")).toBeNull();
  });

  test("tells owners, and nobody else, who has two-factor authentication", async () => {
    const seen = async (who: Person) => {
      const { members } = await world.must<List>(who, "GET", "/organizations/acme/members");
      return members.map(({ two_factor }) => two_factor);
    };
    expect(await seen(alice)).toEqual([false, true]);
    expect(await seen(bob)).toEqual([null, null]);
  });

  test("is not for guests, and not there for anybody outside", async () => {
    const [guest, stranger] = [await world.person("guest"), await world.person("stranger")];
    await world.join(acme, guest, "guest");
    expect((await world.send(guest, "GET", "/organizations/acme/members")).status).toBe(403);
    const outside = await world.send(stranger, "GET", "/organizations/acme/members");
    const absent = await world.send(stranger, "GET", "/organizations/emca/members");
    expect(outside.status).toBe(404);
    expect(JSON.stringify(outside.body).replaceAll("acme", "emca")).toBe(JSON.stringify(absent.body));
  });
});

describe("another role", () => {
  test("holds at the next request, and is in the log with the one before", async () => {
    await world.must(alice, "PATCH", "/organizations/acme/members/bob", { role: "maintainer" });
    await world.must(bob, "POST", "/organizations/acme/teams", { name: "red" });
    const entries = await world.log(acme);
    expect(entries.find(({ action }) => action === "member.role")).toMatchObject({
      actor_name: "alice",
      target: "bob",
      before: { role: "member" },
      after: { role: "maintainer" },
    });
  });

  test("is nothing that a maintainer can give, least of all to themselves", async () => {
    const max = await world.person("max");
    await world.join(acme, max, "maintainer");
    for (const user of ["max", "bob", "alice"])
      for (const role of ["owner", "guest"]) {
        const answer = await world.send(max, "PATCH", `/organizations/acme/members/${user}`, { role });
        expect(answer.status).toBe(403);
      }
    expect(await world.roleOf(acme, max)).toBe("maintainer");
  });

  test("is not found for somebody of another organization", async () => {
    const eve = await world.person("eve");
    const evil = await world.organization("evil", eve);
    const answer = await world.send(alice, "PATCH", "/organizations/acme/members/eve", { role: "owner" });
    expect(answer.status).toBe(404);
    expect(
      (await world.send(eve, "PATCH", "/organizations/evil/members/bob", { role: "guest" })).status,
    ).toBe(404);
    expect(await world.roleOf(evil, eve)).toBe("owner");
    expect(await world.roleOf(acme, bob)).toBe("member");
  });
});

describe("the last owner", () => {
  test.each([
    ["is not demoted", "PATCH", "/organizations/acme/members/alice", { role: "member" }],
    ["is not removed", "DELETE", "/organizations/acme/members/alice", undefined],
    ["does not leave", "POST", "/organizations/acme/leave", undefined],
  ])("%s", async (_title, method, path, body) => {
    const entries = await world.log(acme);
    const answer = await world.send(alice, method, path, body);
    expect(answer).toMatchObject({ status: 409, body: { detail: expect.stringContaining("last owner") } });
    expect(await world.roleOf(acme, alice)).toBe("owner");
    expect(await world.log(acme)).toEqual(entries);
  });

  test("is there also after two owners have demoted each other at once", async () => {
    await world.must(alice, "PATCH", "/organizations/acme/members/bob", { role: "owner" });
    const demote = async (who: Person, other: string) =>
      world.send(who, "PATCH", `/organizations/acme/members/${other}`, { role: "member" });
    const answers = await Promise.all([demote(alice, "bob"), demote(bob, "alice")]);
    const roles = [await world.roleOf(acme, alice), await world.roleOf(acme, bob)].map(String);
    expect(roles.toSorted()).toEqual(["member", "owner"]);
    expect(answers.filter(({ status }) => status === 204)).toHaveLength(1);
  });

  test("is there also after two owners have left at once", async () => {
    await world.must(alice, "PATCH", "/organizations/acme/members/bob", { role: "owner" });
    const leave = async (who: Person) => world.send(who, "POST", "/organizations/acme/leave");
    const answers = await Promise.all([leave(alice), leave(bob)]);
    expect(answers.map(({ status }) => String(status)).toSorted()).toEqual(["204", "409"]);
  });
});

describe("a member who is removed", () => {
  test("has at once lost the organization, its teams, what was granted to them, and the rules about them", async () => {
    await world.must(alice, "POST", "/organizations/acme/teams", { name: "red" });
    await world.must(alice, "PUT", "/organizations/acme/teams/red/members/bob");
    const rules = [
      { user: "bob", role: "write" },
      { creator: "bob", team: "red", role: "read" },
    ];
    for (const rule of rules) await world.must(alice, "POST", "/organizations/acme/default-rules", rule);
    const { db } = world.context;
    await world.hub.repository("acme/web", "private");
    await world.hub.repository("alice/own", "private");
    const repositories = await db.query.selectFrom("repositories").select("id").orderBy("name").execute();
    await db.batch(
      repositories.map(({ id }) =>
        db.query
          .insertInto("repository_grants")
          .values({ repository_id: id, user_id: bob.id, role: "write", granted_at: 0 }),
      ),
    );

    await world.must(alice, "DELETE", "/organizations/acme/members/bob");

    expect((await world.send(bob, "GET", "/organizations/acme")).status).toBe(404);
    expect(await db.query.selectFrom("team_members").selectAll().execute()).toEqual([]);
    expect(await db.query.selectFrom("default_rules").selectAll().execute()).toEqual([]);
    const left = await db.query
      .selectFrom("repository_grants as g")
      .innerJoin("repositories as r", "r.id", "g.repository_id")
      .select("r.name")
      .execute();
    expect(left).toEqual([{ name: "alice/own" }]);
    expect((await world.log(acme))[0]).toMatchObject({
      action: "member.remove",
      target: "bob",
      before: { role: "member", teams: ["red"], repositories: [{ name: "acme/web", role: "write" }] },
    });
  });

  test("by somebody who is removed at the same moment may stay, but nobody is removed by a stranger", async () => {
    const [max, carol] = [await world.person("max"), await world.person("carol")];
    await world.join(acme, max, "owner");
    await world.join(acme, carol, "member");
    const answers = await Promise.all([
      world.send(alice, "DELETE", "/organizations/acme/members/max"),
      world.send(max, "DELETE", "/organizations/acme/members/carol"),
    ]);
    expect(answers[0]?.status).toBe(204);
    const order = (await world.log(acme)).map(({ action, target }) => `${String(action)} ${String(target)}`);
    if (answers[1]?.status === 204)
      expect(order.indexOf("member.remove carol")).toBeGreaterThan(order.indexOf("member.remove max"));
    else expect(await world.roleOf(acme, carol)).toBe("member");
  });
});

describe("a member whose account is deleted", () => {
  test("leaves, and the organization's log says so", async () => {
    await world.must(alice, "POST", "/organizations/acme/teams", { name: "red" });
    await world.must(alice, "PUT", "/organizations/acme/teams/red/members/bob");
    await world.must({ accessToken: world.hub.adminToken }, "DELETE", "/users/bob");
    expect((await world.log(acme))[0]).toMatchObject({
      action: "member.remove",
      actor_name: "admin",
      target: "bob",
      before: { role: "member", teams: ["red"] },
      after: { account: "deleted" },
    });
    expect((await world.log("hub"))[0]).toMatchObject({ action: "user.delete", target: "bob" });
  });

  test("is not deleted as the last owner", async () => {
    const answer = await world.send({ accessToken: world.hub.adminToken }, "DELETE", "/users/alice");
    expect(answer).toMatchObject({ status: 409, body: { detail: expect.stringContaining("last owner") } });
    expect(await world.roleOf(acme, alice)).toBe("owner");
    expect((await world.log(acme))[0]).toMatchObject({ action: "organization.create" });
  });
});

describe("leaving", () => {
  test("is open to guests, and to who does not meet the policy", async () => {
    await world.context.db.query.updateTable("organizations").set({ require_two_factor: 1 }).execute();
    const guest = await world.person("guest");
    await world.join(acme, guest, "guest");
    await world.must(guest, "POST", "/organizations/acme/leave");
    expect(await world.roleOf(acme, guest)).toBeUndefined();
    expect((await world.log(acme))[0]).toMatchObject({ action: "member.leave", before: { role: "guest" } });
    expect((await world.log(guest.id))[0]).toMatchObject({ action: "organization.leave", target: "acme" });
  });

  test("is not found by who is not in it", async () => {
    const eve = await world.person("eve");
    expect((await world.send(eve, "POST", "/organizations/acme/leave")).status).toBe(404);
  });
});

test("a member's page shows what they have, to those who can change it", async () => {
  await world.must(alice, "POST", "/organizations/acme/teams", { name: "red" });
  await world.must(alice, "PUT", "/organizations/acme/teams/red/members/bob");
  expect(await world.must(alice, "GET", "/organizations/acme/members/bob")).toMatchObject({
    name: "bob",
    role: "member",
    teams: ["red"],
    repositories: [],
  });
  expect((await world.send(bob, "GET", "/organizations/acme/members/alice")).status).toBe(403);
});
