import { beforeEach, describe, expect, test } from "vitest";
import { everyScope } from "../../../workers/auth/index.ts";
import type { OrganizationRole } from "../../../workers/db/index.ts";
import type { Person } from "../support/auth.ts";
import { OrganizationsWorld } from "../support/organizations.ts";

/** What each request takes, written down apart from the code that decides it. */
const requests: readonly (readonly [least: OrganizationRole, method: string, path: string, body?: object])[] =
  [
    ["member", "GET", ""],
    ["owner", "PATCH", "", { display_name: "Acme" }],
    ["owner", "POST", "/rename", { name: "{name}" }],
    ["owner", "GET", "/old-names"],
    ["owner", "DELETE", "/old-names/old-{name}"],
    ["owner", "DELETE", ""],
    ["member", "GET", "/members"],
    ["maintainer", "GET", "/members/victim"],
    ["owner", "PATCH", "/members/victim", { role: "maintainer" }],
    ["owner", "DELETE", "/members/victim"],
    ["owner", "GET", "/invitations"],
    ["owner", "POST", "/invitations", { emails: ["x@example.com"], role: "guest" }],
    ["owner", "POST", "/invitation-links", { role: "guest" }],
    ["owner", "DELETE", "/invitations/invitation-{name}"],
    ["member", "GET", "/teams"],
    ["maintainer", "POST", "/teams", { name: "blue" }],
    ["member", "GET", "/teams/red"],
    ["maintainer", "PATCH", "/teams/red", { description: "painters" }],
    ["maintainer", "DELETE", "/teams/red"],
    ["member", "GET", "/teams/red/members"],
    ["maintainer", "PUT", "/teams/red/members/victim"],
    ["maintainer", "DELETE", "/teams/red/members/in-red"],
    ["member", "GET", "/teams/red/repositories"],
    ["member", "GET", "/default-rules"],
    ["maintainer", "POST", "/default-rules", { team: "red", role: "read" }],
    ["maintainer", "DELETE", "/default-rules/rule-{name}"],
    ["owner", "GET", "/audit"],
    ["owner", "GET", "/audit.jsonl"],
  ];

const roles: readonly OrganizationRole[] = ["guest", "member", "maintainer", "owner"];
/** What an owner who has not verified their e-mail address may still do. */
const onlyLooks = (method: string, path: string) =>
  method === "GET" && !/^\/(?:old-names|invitations|members\/)/.test(path);

let world: OrganizationsWorld;
let people: Record<OrganizationRole, Person>;
let others: Person[];

beforeEach(async () => {
  world = new OrganizationsWorld();
  const [owner, maintainer, member, guest, ...rest] = await Promise.all(
    ["olga", "max", "mia", "gus", "victim", "in-red", "stranger"].map(async (name) => world.person(name)),
  );
  if (!owner || !maintainer || !member || !guest) throw new Error("somebody is missing");
  people = { owner, maintainer, member, guest };
  others = rest;
});

/** An organization with people in every role, and one of everything that the requests are about. */
async function furnish(name: string): Promise<void> {
  const { db } = world.context;
  const base = { organization_id: name, created_at: 0 };
  const members = [...Object.entries(people), ...others.slice(0, 2).map((who) => ["member", who] as const)];
  await db.batch([
    db.query.insertInto("organizations").values({ id: name, name, created_at: 0 }),
    ...members.map(([role, { id }]) =>
      db.query
        .insertInto("organization_members")
        .values({ organization_id: name, user_id: id, role: role as OrganizationRole, added_at: 0 }),
    ),
    db.query.insertInto("teams").values({ ...base, id: `red of ${name}`, name: "red" }),
    db.query.insertInto("team_members").values({
      team_id: `red of ${name}`,
      organization_id: name,
      user_id: others[1]?.id ?? "",
      added_at: 0,
    }),
    db.query.insertInto("namespaces").values({ name: `old-${name}`, kind: "organization", owner_id: name }),
    db.query
      .insertInto("default_rules")
      .values({ ...base, id: `rule-${name}`, creator_id: null, user_id: people.guest.id, role: "write" }),
    db.query.insertInto("invitations").values({
      ...base,
      id: `invitation-${name}`,
      role: "guest",
      hmac: name,
      created_by: people.owner.id,
      expires_at: world.hub.now + 1000,
    }),
  ]);
}

/** Everything that organizations are made of. */
async function everything(): Promise<unknown[]> {
  const { db } = world.context;
  const tables = [
    "organizations",
    "namespaces",
    "organization_members",
    "teams",
    "team_members",
    "default_rules",
    "invitations",
  ] as const;
  return Promise.all(tables.map(async (table) => db.query.selectFrom(table).selectAll().execute()));
}

const rows = requests.map(([least, method, path, body]) => ({ least, method, path, body }));

describe.each(rows)("$least and above: $method /organizations/acme$path", ({ least, method, path, body }) => {
  const ask = async (who: { accessToken: string } | undefined, organization = "acme") => {
    const filled = path.replace("{name}", organization);
    const sent: unknown = body && JSON.parse(JSON.stringify(body).replace("{name}", `new-${organization}`));
    return world.send(who, method, `/organizations/${organization}${filled}`, sent);
  };
  const statusOf = async (who: { accessToken: string } | undefined) => (await ask(who)).status;
  const machine = async (kind: "robot" | "organization", ...scopes: string[]) => {
    const token = { kind, organization: "acme", name: kind, scopes };
    const { token: accessToken, id } = await world.hub.token(people.owner.accessToken, token);
    return { accessToken, id };
  };

  test("nobody below may, nobody outside finds it, and nothing is changed", async () => {
    const { db } = world.context;
    const stranger = others[2];
    if (!stranger) throw new Error("the stranger is missing");
    await furnish("acme");
    await world.organization("evil", stranger);
    const robot = await machine("robot", "repository:acme/**:pull");
    const revoked = await machine("organization", "account");
    await world.must(people.owner, "DELETE", `/tokens/${revoked.id}`);
    const narrow = await world.hub.token(people.owner.accessToken, {
      scopes: everyScope.filter((scope) => scope !== "account"),
    });
    const before = await everything();

    expect(await statusOf(undefined)).toBe(401);
    expect(await statusOf(revoked)).toBe(401);
    const outside = await ask(stranger);
    expect(outside.status).toBe(404);
    const absent = JSON.stringify((await ask(stranger, "absent")).body).replaceAll("absent", "acme");
    expect(JSON.stringify(outside.body)).toBe(absent);
    expect([403, 404]).toContain(await statusOf(robot));
    expect(await statusOf({ accessToken: narrow.token })).toBe(403);
    for (const role of roles.slice(0, roles.indexOf(least)))
      expect([role, await statusOf(people[role])]).toEqual([role, 403]);

    await db.query.updateTable("organizations").set({ require_two_factor: 1 }).execute();
    expect(await statusOf(people.owner)).toBe(403);
    await db.query.updateTable("organizations").set({ require_two_factor: 0 }).execute();
    await db.query
      .updateTable("users")
      .set({ email: "olga@example.com" })
      .where("id", "=", people.owner.id)
      .execute();
    expect(await statusOf(people.owner)).toBe(onlyLooks(method, path) ? 200 : 403);
    expect(await everything()).toEqual(before);
  });

  test("whoever has the role may, and the organization's own token", async () => {
    const able = roles.slice(roles.indexOf(least));
    for (const role of able) {
      await furnish(`acme-${role}`);
      expect((await ask(people[role], `acme-${role}`)).status, role).toBeLessThan(300);
    }
    await furnish("acme");
    expect(await statusOf(await machine("organization", "account"))).toBeLessThan(300);
  });
});

test("administrators of the hub may all of it, with a token for administration", async () => {
  await furnish("acme");
  await world.must({ accessToken: world.hub.adminToken }, "POST", "/organizations/acme/teams", {
    name: "blue",
  });
  const narrow = await world.hub.token(world.hub.adminToken, { scopes: ["account"] });
  const answer = await world.send({ accessToken: narrow.token }, "GET", "/organizations/acme");
  expect(answer.status).toBe(404);
});

test("a rule that gives a guest write leaves them at read", async () => {
  await furnish("acme");
  await world.hub.repository("acme/web", "private");
  const access = async (scope: string) => {
    const token = await world.hub.registryToken(people.guest, `repository:acme/web:${scope}`);
    return world.hub.access(token);
  };
  const [pull, push] = [await access("pull"), await access("pull,push")];
  expect(() => pull.require("acme/web", "pull")).not.toThrow();
  expect(() => push.require("acme/web", "push")).toThrow("gus may not push");
});
