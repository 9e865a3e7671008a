import { env } from "cloudflare:workers";
import { sql } from "kysely";
import { beforeEach, describe, expect, it } from "vitest";
import { decide, type Machine, type Principal, type User } from "../../../workers/auth/access.ts";
import { granted, readable, viewerOf } from "../../../workers/auth/readable.ts";
import { everyScope, ScopeSet } from "../../../workers/auth/scopes.ts";
import { standingsOf } from "../../../workers/auth/standings.ts";
import type { OrganizationRole, RepositoryRole } from "../../../workers/db/index.ts";
import { SeededRandom } from "../../support/random.ts";
import { AuthWorld, type Person } from "../support/auth.ts";

let hub: AuthWorld;
let alice: Person;
let bob: Person;

beforeEach(async () => {
  hub = new AuthWorld();
  alice = await hub.person("alice");
  bob = await hub.person("bob");
});

function userOf({ id, name }: Person, more: Partial<User> = {}): User {
  return {
    kind: "user",
    id,
    name,
    administrator: false,
    emailVerified: true,
    twoFactor: false,
    token: undefined,
    address: undefined,
    ...more,
  };
}

async function standing(principal: Principal, name: string) {
  const found = (await standingsOf(hub.auth, principal, [name])).get(name);
  if (!found) throw new Error(`nothing is known of ${name}`);
  return found;
}

describe("what somebody is to a repository", () => {
  it("is told by one statement, for many names at once", async () => {
    await hub.organization("acme", [[alice, "member"]]);
    await hub.repository("acme/web", "private");
    const names = ["acme/web", "acme/absent", "alice/web", "nobody/web", "web", "carol"];
    const before = hub.statements;
    const found = await standingsOf(hub.auth, userOf(alice), names);
    expect(hub.statements - before).toBe(1);
    expect([...found.keys()].toSorted()).toEqual(names.toSorted());
    expect(found.get("acme/web")).toMatchObject({ visibility: "private", standing: { granted: [] } });
    expect(found.get("acme/absent")).toMatchObject({
      id: undefined,
      visibility: "absent",
      standing: { organizationRole: "member", owner: { kind: "organization" } },
    });
    expect(found.get("alice/web")?.standing.owner).toEqual({ kind: "user", id: alice.id });
    for (const name of ["nobody/web", "web", "carol"])
      expect(found.get(name)?.standing.owner).toBeUndefined();
  });

  it("has every source: a direct grant, each team, each rule", async () => {
    const id = await hub.organization("acme", [
      [alice, "member"],
      [bob, "member"],
    ]);
    await hub.repository("acme/web", "private", bob.id);
    await hub.grant("acme/web", { user_id: alice.id }, "read");
    const web = await hub.team("acme", "web", [alice]);
    const ops = await hub.team("acme", "ops", [alice]);
    await hub.team("acme", "others", [bob]);
    await hub.grant("acme/web", { team_id: web }, "triage");
    const rules = [
      { id: "1", team_id: ops, role: "write" as const },
      { id: "2", user_id: alice.id, creator_id: bob.id, role: "read" as const },
      { id: "3", user_id: alice.id, creator_id: alice.id, role: "admin" as const },
    ];
    for (const rule of rules)
      await hub.auth.db.query
        .insertInto("default_rules")
        .values({ organization_id: id, created_at: 0, ...rule })
        .execute();
    const { standing: found } = await standing(userOf(alice), "acme/web");
    expect(found.granted).toHaveLength(4);
    expect(found.granted).toEqual(
      expect.arrayContaining([
        { role: "read", source: { type: "grant" } },
        { role: "triage", source: { type: "team", team: "web" } },
        { role: "write", source: { type: "rule", team: "ops" } },
        { role: "read", source: { type: "rule", team: undefined } },
      ]),
    );
  });

  it("of fifty teams is told by one statement", async () => {
    await hub.organization("acme", [[alice, "member"]]);
    await hub.repository("acme/web", "private");
    for (let index = 0; index < 50; index += 1)
      await hub.grant("acme/web", { team_id: await hub.team("acme", `team-${index}`, [alice]) }, "read");
    const before = hub.statements;
    expect((await standing(userOf(alice), "acme/web")).standing.granted).toHaveLength(50);
    expect(hub.statements - before).toBe(1);
  });

  it("holds for old names: of the repository, and of its namespace", async () => {
    await hub.organization("acme", [[alice, "owner"]]);
    await hub.repository("acme/web", "private");
    await env.DB.batch([
      env.DB.prepare("UPDATE repositories SET name = 'acme/site' WHERE name = 'acme/web'"),
      env.DB.prepare(
        "INSERT INTO repository_redirects (name, repository_id, since) SELECT 'acme/web', id, 0 FROM repositories",
      ),
      env.DB.prepare("UPDATE organizations SET name = 'apex' WHERE name = 'acme'"),
      env.DB.prepare("UPDATE repositories SET name = 'apex/site' WHERE name = 'acme/site'"),
    ]);
    for (const name of ["apex/site", "acme/site", "acme/web"]) {
      const found = await standing(userOf(alice), name);
      expect(found).toMatchObject({ name: "apex/site", standing: { organizationRole: "owner" } });
    }
    expect(await standing(userOf(alice), "acme/new")).toMatchObject({
      name: "apex/new",
      visibility: "absent",
      standing: { organizationRole: "owner" },
    });
  });
});

describe("an old name", () => {
  it("tells nobody without a right whether there is something private behind it", async () => {
    await hub.organization("acme", [[alice, "owner"]]);
    await hub.repository("acme/site", "private");
    await hub.auth.db.query
      .insertInto("repository_redirects")
      .values((is) => ({
        name: "acme/web",
        repository_id: is.selectFrom("repositories").select("id").where("name", "=", "acme/site"),
        since: 0,
      }))
      .execute();
    for (const pattern of ["acme/w*", "acme/s*", "acme/**", "bob/**"])
      for (const action of ["pull", "push"] as const) {
        const token = {
          id: "t",
          kind: "personal" as const,
          name: "t",
          scopes: ScopeSet.read([`repository:${pattern}:pull,push`]),
          since: hub.now,
          expiresAt: null,
        };
        const [moved, absent] = await Promise.all(
          ["acme/web", "acme/wen"].map(async (name) => {
            const stranger = userOf(bob, { token });
            return decide(stranger, await standing(stranger, name), action, hub.now);
          }),
        );
        expect(moved).toEqual(absent);
      }
  });
});

/** A world of random people, organizations, teams, grants, rules and repositories. */
async function randomWorld(random: SeededRandom): Promise<{ people: Person[]; names: string[] }> {
  const people = [alice, bob, await hub.person("carol"), await hub.person("dave")];
  const pick = <T>(values: readonly T[]): T => {
    const value = values[random.below(values.length)];
    if (value === undefined) throw new Error("nothing to pick from");
    return value;
  };
  const roles: RepositoryRole[] = ["read", "triage", "write", "admin"];
  const names: string[] = [];
  for (const organization of ["acme", "apex"]) {
    // There is always an owner, who is none of those that look.
    const boss = await hub.person(`boss-of-${organization}`);
    const members: [Person, OrganizationRole][] = people
      .filter(() => random.below(4) > 0)
      .map((person) => [
        person,
        pick(["owner", "maintainer", "member", "member", "guest", "guest"] as const),
      ]);
    const id = await hub.organization(organization, [[boss, "owner"], ...members], {
      require_two_factor: pick([0, 0, 1] as const),
      maximum_token_age: pick([null, 1000, 100_000]),
    });
    for (let index = 0; index < 4; index += 1) {
      const name = `${organization}/r${index}`;
      names.push(name);
      await hub.repository(
        name,
        pick(["public", "private", "private"] as const),
        pick([null, ...people])?.id ?? null,
      );
    }
    for (const team of ["a", "b"]) {
      const team_id = await hub.team(
        organization,
        team,
        members.map(([person]) => person).filter(() => random.below(2) > 0),
      );
      if (random.below(2) > 0) await hub.grant(pick(names.slice(-4)), { team_id }, pick(roles));
      if (random.below(3) === 0)
        await hub.auth.db.query
          .insertInto("default_rules")
          .values({
            id: crypto.randomUUID(),
            organization_id: id,
            team_id,
            creator_id: pick([null, ...people])?.id ?? null,
            role: pick(roles),
            created_at: 0,
          })
          .execute();
    }
  }
  for (const { name } of people) {
    names.push(`${name}/own`);
    await hub.repository(`${name}/own`, pick(["public", "private"] as const));
  }
  await hub.repository("nobody", "private");
  names.push("nobody");
  for (let index = 0; index < 6; index += 1)
    await hub.auth.db.query
      .insertInto("repository_grants")
      .values((is) => ({
        repository_id: is.selectFrom("repositories").select("id").where("name", "=", pick(names)),
        user_id: pick(people).id,
        role: pick(roles),
        granted_at: 0,
      }))
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  return { people, names };
}

/** Everybody who might look: with and without tokens of some age and reach, second factors and administration. */
function principals(people: readonly Person[], random: SeededRandom): Principal[] {
  const token = (since: number) => ({
    id: "t",
    kind: "personal" as const,
    name: "t",
    scopes: ScopeSet.read(everyScope),
    since,
    expiresAt: null,
  });
  const all: Principal[] = [{ kind: "anonymous" }];
  for (const person of people)
    for (const since of [undefined, hub.now, hub.now - 50_000, hub.now - 200_000])
      all.push(
        userOf(person, {
          administrator: random.below(8) === 0,
          twoFactor: random.below(2) === 0,
          emailVerified: random.below(2) === 0,
          token: since === undefined ? undefined : token(since),
        }),
      );
  const owners: Machine["owner"][] = [
    { kind: "organization", id: "id of acme", name: "acme" },
    { kind: "user", id: alice.id, name: "alice" },
  ];
  for (const owner of owners)
    for (const since of [hub.now, hub.now - 50_000])
      all.push({
        kind: "machine",
        name: `${owner.name}+ci`,
        owner,
        token: { ...token(since), kind: "robot" },
        address: undefined,
      });
  return all;
}

describe("lists", () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    "have exactly what the policy lets somebody pull, in the random world %i",
    async (seed) => {
      const random = new SeededRandom(seed);
      const { people, names } = await randomWorld(random);
      let seen = 0;
      for (const principal of principals(people, random)) {
        const viewer = viewerOf(principal);
        if (!viewer) throw new Error("everybody here may pull");
        const standings = await standingsOf(hub.auth, principal, names);
        const decisions = names.map((name) => {
          const found = standings.get(name);
          if (!found) throw new Error(`nothing is known of ${name}`);
          return { name, decision: decide(principal, found, "pull", hub.now) };
        });
        const listed = async (condition: ReturnType<typeof readable>) =>
          (
            await sql<{ name: string }>`select name from repositories r where ${condition}`.execute(
              hub.auth.db.query,
            )
          ).rows.map(({ name }) => name);
        const allowed = decisions.filter(({ decision }) => decision.allow).map(({ name }) => name);
        const own = decisions
          .filter(({ decision }) => decision.allow && !decision.publicOnly)
          .map(({ name }) => name);
        const who = JSON.stringify({ ...principal, token: undefined });
        expect([who, (await listed(readable(viewer, "r", hub.now))).toSorted()]).toEqual([
          who,
          allowed.toSorted(),
        ]);
        expect([who, (await listed(granted(viewer, "r", hub.now))).toSorted()]).toEqual([
          who,
          own.toSorted(),
        ]);
        seen += own.length;
      }
      expect(seen).toBeGreaterThan(10);
    },
  );
});
