import { expect, test } from "vitest";
import type { OrganizationRole } from "../../../workers/db/index.ts";
import { SeededRandom } from "../../support/random.ts";
import type { Person } from "../support/auth.ts";
import { OrganizationsWorld, secretOf } from "../support/organizations.ts";

/**
 * People who do whatever they like to an organization, two at a time, most of it refused. However it goes: somebody owns it, teams and
 * rules are about members only, and whoever reads the log from its first line to its last knows who is in it and in its teams.
 */
test.each([1, 2, 3])("the log tells how things came to be as they are (seed %i)", async (seed) => {
  const random = new SeededRandom(seed);
  const world = new OrganizationsWorld();
  const names = ["ann", "ben", "cat", "dan"];
  const people = await Promise.all(names.map(async (name) => world.person(name)));
  const one = <Item>(items: readonly Item[]): Item => {
    const item = items[random.below(items.length)];
    if (item === undefined) throw new Error("nothing to choose from");
    return item;
  };
  const acme = await world.organization("acme", one(people));
  const roles: readonly OrganizationRole[] = ["owner", "maintainer", "member", "guest"];
  const secrets = ["no invitation"];

  const acts: readonly ((who: Person) => Promise<unknown>)[] = [
    async (who) => {
      const path = "/organizations/acme/invitation-links";
      const offer = {
        role: one(roles.slice(1)),
        maximum_uses: 1 + random.below(3),
        teams: one([[], ["red"]]),
      };
      const made = await world.send<{ link?: string }>(who, "POST", path, offer);
      if (made.body.link) secrets.push(secretOf(made.body.link));
    },
    async (who) => world.send(who, "POST", "/invitations/accept", { secret: one(secrets) }),
    async (who) => world.send(who, "POST", "/invitations/accept", { secret: one(secrets) }),
    async (who) =>
      world.send(who, "PATCH", `/organizations/acme/members/${one(names)}`, { role: one(roles) }),
    async (who) => world.send(who, "DELETE", `/organizations/acme/members/${one(names)}`),
    async (who) => world.send(who, "POST", "/organizations/acme/leave"),
    async (who) => world.send(who, "POST", "/organizations/acme/teams", { name: one(["red", "blue"]) }),
    async (who) => world.send(who, "DELETE", `/organizations/acme/teams/${one(["red", "blue"])}`),
    async (who) => world.send(who, "PUT", `/organizations/acme/teams/red/members/${one(names)}`),
    async (who) => world.send(who, "DELETE", `/organizations/acme/teams/red/members/${one(names)}`),
    async (who) =>
      world.send(who, "POST", "/organizations/acme/default-rules", { user: one(names), role: "read" }),
  ];
  for (let round = 0; round < 60; round += 1)
    await Promise.all([one(acts)(one(people)), one(acts)(one(people))]);

  const found = await state(world, acme);
  expect(found.members.filter((member) => member.endsWith(" owner")).length).toBeGreaterThan(0);
  expect(replay(await world.log(acme))).toEqual({ members: found.members, teams: found.teams });
  for (const about of found.about)
    expect(found.members.map((member) => member.split(" ")[0])).toContain(about);
});

interface Place {
  /** `<name> <role>` */
  members: string[];
  /** `<team> <name>` */
  teams: string[];
}

/** Who is in an organization and its teams, by its log alone. */
function replay(log: readonly Record<string, unknown>[]): Place {
  const members = new Map<string, string>();
  const teams = new Map<string, Set<string>>();
  for (const entry of log.toReversed()) {
    const { action, target, actor_name } = entry as Record<string, string>;
    const [name, before, after] = [target ?? "", entry["before"], entry["after"]] as [string, Facts, Facts];
    if (action === "organization.create") members.set(actor_name ?? "", "owner");
    if (action === "member.add" || action === "member.role") members.set(name, after.role);
    if (action === "member.remove" || action === "member.leave") {
      members.delete(name);
      for (const team of teams.values()) team.delete(name);
    }
    if (action === "member.add") for (const team of after.teams) teams.get(team)?.add(name);
    if (action === "team.create") teams.set(name, new Set());
    if (action === "team.delete") teams.delete(name);
    if (action === "team.member.add") teams.get(after.team)?.add(name);
    if (action === "team.member.remove") teams.get(before.team)?.delete(name);
  }
  return {
    members: [...members].map(([name, role]) => `${name} ${role}`).toSorted(),
    teams: [...teams].flatMap(([team, names]) => [...names].map((name) => `${team} ${name}`)).toSorted(),
  };
}

interface Facts {
  role: string;
  team: string;
  teams: string[];
}

/** Who really is, and whom default rules are about. */
async function state({ context }: OrganizationsWorld, acme: string): Promise<Place & { about: string[] }> {
  const { query } = context.db;
  const members = await query
    .selectFrom("organization_members as m")
    .innerJoin("users as u", "u.id", "m.user_id")
    .select(["u.name", "m.role"])
    .where("m.organization_id", "=", acme)
    .execute();
  const teams = await query
    .selectFrom("team_members as m")
    .innerJoin("users as u", "u.id", "m.user_id")
    .innerJoin("teams as t", "t.id", "m.team_id")
    .select(["u.name", "t.name as team"])
    .execute();
  const rules = await query
    .selectFrom("default_rules as d")
    .innerJoin("users as u", "u.id", "d.user_id")
    .select("u.name")
    .execute();
  return {
    members: members.map(({ name, role }) => `${name} ${role}`).toSorted(),
    teams: teams.map(({ name, team }) => `${team} ${name}`).toSorted(),
    about: rules.map(({ name }) => name),
  };
}
