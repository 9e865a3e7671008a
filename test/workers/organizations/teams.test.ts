import { beforeEach, describe, expect, test } from "vitest";
import type { Person } from "../support/auth.ts";
import { OrganizationsWorld } from "../support/organizations.ts";

let world: OrganizationsWorld;
let alice: Person;
let max: Person;
let bob: Person;
let acme: string;

beforeEach(async () => {
  world = new OrganizationsWorld();
  [alice, max, bob] = [await world.person("alice"), await world.person("max"), await world.person("bob")];
  acme = await world.organization("acme", alice, { maintainer: max, member: bob });
});

async function grant(repository: string, team: string): Promise<void> {
  const { db } = world.context;
  const { id } = await db.query
    .selectFrom("repositories")
    .select("id")
    .where("name", "=", repository)
    .executeTakeFirstOrThrow();
  const found = await db.query
    .selectFrom("teams")
    .select("id")
    .where("name", "=", team)
    .executeTakeFirstOrThrow();
  await db.query
    .insertInto("repository_grants")
    .values({ repository_id: id, team_id: found.id, role: "write", granted_at: 0 })
    .execute();
}

describe("a team", () => {
  test("is made, described, renamed and deleted by maintainers, each with its entry", async () => {
    await world.must(max, "POST", "/organizations/acme/teams", { name: "red" });
    const changed = { name: "crimson", description: "Those who paint" };
    expect(await world.must(max, "PATCH", "/organizations/acme/teams/red", changed)).toMatchObject(changed);
    await world.must(max, "PUT", "/organizations/acme/teams/crimson/members/bob");
    const rule = { team: "crimson", role: "read" };
    await world.must(max, "POST", "/organizations/acme/default-rules", rule);
    await world.hub.repository("acme/web", "private");
    await grant("acme/web", "crimson");
    await world.must(max, "DELETE", "/organizations/acme/teams/crimson");
    expect(await world.log(acme)).toMatchObject([
      {
        action: "team.delete",
        target: "crimson",
        before: {
          members: ["bob"],
          repositories: [{ name: "acme/web", role: "write" }],
          default_rules: [{ creator: null, role: "read" }],
        },
      },
      { action: "rule.add" },
      { action: "team.member.add", target: "bob", after: { team: "crimson" } },
      { action: "team.change", before: { name: "red", description: "" }, after: changed },
      { action: "team.create", actor_name: "max", target: "red" },
      { action: "organization.create" },
    ]);
    expect(await world.must(alice, "GET", "/organizations/acme/teams")).toEqual({ teams: [] });
  });

  test("has a name that no other team of the organization has", async () => {
    const evil = await world.organization("evil", bob);
    await world.must(alice, "POST", "/organizations/acme/teams", { name: "red" });
    await world.must(alice, "POST", "/organizations/acme/teams", { name: "blue" });
    expect((await world.send(max, "POST", "/organizations/acme/teams", { name: "red" })).status).toBe(409);
    expect((await world.send(max, "PATCH", "/organizations/acme/teams/blue", { name: "red" })).status).toBe(
      409,
    );
    expect((await world.send(max, "POST", "/organizations/acme/teams", { name: "Red" })).status).toBe(400);
    await world.must(bob, "POST", "/organizations/evil/teams", { name: "red" });
    expect(await world.log(evil)).toHaveLength(2);
  });

  test("takes members of the organization, guests too, and nobody else", async () => {
    const [guest, eve] = [await world.person("guest"), await world.person("eve")];
    await world.join(acme, guest, "guest");
    await world.must(max, "POST", "/organizations/acme/teams", { name: "red" });
    await world.must(max, "PUT", "/organizations/acme/teams/red/members/guest");
    await world.must(max, "PUT", "/organizations/acme/teams/red/members/guest");
    expect((await world.send(max, "PUT", "/organizations/acme/teams/red/members/eve")).status).toBe(404);
    expect((await world.send(max, "PUT", "/organizations/acme/teams/blue/members/guest")).status).toBe(404);
    const { members } = await world.must<{ members: unknown[] }>(
      max,
      "GET",
      "/organizations/acme/teams/red/members",
    );
    expect(members).toMatchObject([{ name: "guest", role: "guest" }]);
    await world.must(max, "DELETE", "/organizations/acme/teams/red/members/guest");
    expect((await world.log(acme))[0]).toMatchObject({
      action: "team.member.remove",
      target: "guest",
      before: { team: "red" },
    });
    void eve;
  });

  test("is nothing that a member puts themselves into", async () => {
    await world.must(max, "POST", "/organizations/acme/teams", { name: "red" });
    expect((await world.send(bob, "PUT", "/organizations/acme/teams/red/members/bob")).status).toBe(403);
    expect((await world.send(bob, "GET", "/organizations/acme/teams/red/members")).body).toEqual({
      members: [],
    });
  });

  test("of another organization is not found, whoever asks", async () => {
    await world.organization("evil", bob);
    await world.must(alice, "POST", "/organizations/acme/teams", { name: "red" });
    for (const [method, path] of [
      ["GET", ""],
      ["PATCH", ""],
      ["DELETE", ""],
      ["GET", "/members"],
      ["PUT", "/members/bob"],
      ["DELETE", "/members/bob"],
      ["GET", "/repositories"],
    ] as const) {
      const body = method === "PATCH" ? { name: "mine" } : undefined;
      expect((await world.send(bob, method, `/organizations/evil/teams/red${path}`, body)).status).toBe(404);
    }
    expect(await world.must(alice, "GET", "/organizations/acme/teams/red")).toMatchObject({ name: "red" });
  });
});

describe("a team's repositories", () => {
  test("are for its members and maintainers; others learn of the public ones only", async () => {
    await world.must(alice, "POST", "/organizations/acme/teams", { name: "red" });
    await world.hub.repository("acme/open", "public");
    await world.hub.repository("acme/secret", "private");
    for (const name of ["acme/open", "acme/secret"]) await grant(name, "red");
    const names = async (who: Person) => {
      const path = "/organizations/acme/teams/red/repositories";
      const list = await world.must<{ repositories: { name: string }[] }>(who, "GET", path);
      return list.repositories.map(({ name }) => name);
    };
    expect(await names(bob)).toEqual(["acme/open"]);
    expect(await names(max)).toEqual(["acme/open", "acme/secret"]);
    await world.must(max, "PUT", "/organizations/acme/teams/red/members/bob");
    expect(await names(bob)).toEqual(["acme/open", "acme/secret"]);
    expect(await world.must(bob, "GET", "/organizations/acme/teams")).toMatchObject({
      teams: [{ name: "red", members: 1, repositories: 2 }],
    });
  });
});

describe("a default rule", () => {
  const path = "/organizations/acme/default-rules";

  test("is added, listed and removed by maintainers, each with its entry", async () => {
    await world.must(max, "POST", "/organizations/acme/teams", { name: "red" });
    const rule = { creator: "bob", team: "red", role: "write" };
    const { id } = await world.must<{ id: string }>(max, "POST", path, rule);
    expect(await world.must(bob, "GET", path)).toMatchObject({ default_rules: [{ ...rule, user: null }] });
    await world.must(max, "DELETE", `${path}/${id}`);
    const all = { ...rule, user: null };
    expect((await world.log(acme)).slice(0, 2)).toMatchObject([
      { action: "rule.remove", target: "red", before: all },
      { action: "rule.add", target: "red", after: all },
    ]);
  });

  test.each<[string, object, number]>([
    ["for nobody", { role: "read" }, 400],
    ["for a team and a user", { team: "red", user: "bob", role: "read" }, 400],
    ["for a team that is not there", { team: "blue", role: "read" }, 404],
    ["for somebody outside", { user: "eve", role: "read" }, 404],
    ["about somebody outside", { creator: "eve", team: "red", role: "read" }, 404],
    ["that is there", { team: "red", role: "read" }, 409],
  ])("%s is refused", async (_title, rule, status) => {
    await world.person("eve");
    await world.must(max, "POST", "/organizations/acme/teams", { name: "red" });
    await world.must(max, "POST", path, { team: "red", role: "read" });
    expect((await world.send(max, "POST", path, rule)).status).toBe(status);
    const { default_rules } = await world.must<{ default_rules: unknown[] }>(max, "GET", path);
    expect(default_rules).toHaveLength(1);
  });

  test("of another organization is not found", async () => {
    await world.organization("evil", bob);
    const { id } = await world.must<{ id: string }>(max, "POST", path, { user: "bob", role: "read" });
    expect((await world.send(bob, "DELETE", `/organizations/evil/default-rules/${id}`)).status).toBe(404);
    expect((await world.send(bob, "DELETE", `${path}/${id}`)).status).toBe(403);
    expect(await world.must(max, "GET", path)).toMatchObject({ default_rules: [{ id }] });
  });

  test("goes up to a hundred of them", async () => {
    const { db } = world.context;
    await db.batch(
      Array.from({ length: 100 }, (_, index) =>
        db.query.insertInto("default_rules").values({
          id: String(index),
          organization_id: acme,
          creator_id: null,
          user_id: bob.id,
          role: "read",
          created_at: index,
        }),
      ),
    );
    expect((await world.send(max, "POST", path, { user: "bob", role: "write" })).status).toBe(429);
  });
});
