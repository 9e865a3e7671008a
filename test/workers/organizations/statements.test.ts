import { expect, test } from "vitest";
import { OrganizationsWorld } from "../support/organizations.ts";

test("a list takes three statements: who asks, may they, and the page, however long it is", async () => {
  const world = new OrganizationsWorld();
  const alice = await world.person("alice");
  const acme = await world.organization("acme", alice);
  const { db } = world.context;
  const many = Array.from({ length: 60 }, (_, index) => `x${index}`);
  await db.batch(
    many.flatMap((name) => [
      db.query.insertInto("users").values({ id: name, name, administrator: 0, created_at: 0 }),
      db.query
        .insertInto("organization_members")
        .values({ organization_id: acme, user_id: name, role: "member", added_at: 0 }),
      db.query.insertInto("teams").values({ id: name, organization_id: acme, name, created_at: 0 }),
      db.query
        .insertInto("team_members")
        .values({ team_id: "x0", organization_id: acme, user_id: name, added_at: 0 }),
      db.query
        .insertInto("repositories")
        .values({ name: `acme/${name}`, visibility: "private", created_at: 0 }),
      db.query.insertInto("invitations").values({
        id: name,
        organization_id: acme,
        role: "member",
        teams: JSON.stringify(many.slice(0, 20)),
        hmac: name,
        created_by: alice.id,
        created_at: 0,
        expires_at: world.hub.now + 1,
      }),
      db.query.insertInto("default_rules").values({
        id: name,
        organization_id: acme,
        creator_id: name,
        team_id: name,
        role: "read",
        created_at: 0,
      }),
    ]),
  );
  const granted = db.query
    .insertInto("repository_grants")
    .columns(["repository_id", "team_id", "role", "granted_at"])
    .expression((is) =>
      is
        .selectFrom("repositories")
        .select((row) => ["id", row.val("x0").as("team"), row.val("read").as("role"), row.lit(0).as("at")]),
    );
  await granted.execute();

  for (const [path, entries] of [
    ["members", 61],
    ["members/x0", undefined],
    ["teams", 60],
    ["teams/x0", undefined],
    ["teams/x0/members", 60],
    ["teams/x0/repositories", 60],
    ["invitations", 60],
    ["default-rules", 60],
    ["audit", 1],
  ] as const) {
    await world.must(alice, "GET", `/organizations/acme/${path}`);
    const before = world.hub.statements;
    const answer = await world.must(alice, "GET", `/organizations/acme/${path}`);
    expect([path, world.hub.statements - before]).toEqual([path, 3]);
    const [list] = Object.values(answer).filter((value) => Array.isArray(value));
    if (entries !== undefined)
      expect([path, list]).toEqual([path, expect.objectContaining({ length: entries })]);
  }
});
