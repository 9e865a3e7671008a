import { describe, expect, it } from "vitest";
import {
  anonymous,
  decide,
  noStanding,
  type Decision,
  type Machine,
  type Principal,
  type Reason,
  type RepositoryFacts,
  type Standing,
  type TokenLimits,
} from "../../../workers/auth/access.ts";
import {
  everyScope,
  repositoryActions,
  ScopeSet,
  type RepositoryAction,
} from "../../../workers/auth/scopes.ts";

const now = Date.parse("2026-11-23T12:00:00Z");

function limits(...scopes: string[]): TokenLimits {
  return {
    id: "t",
    kind: "personal",
    name: "laptop",
    scopes: ScopeSet.read(scopes),
    since: now,
    expiresAt: null,
  };
}

const whole = limits(...everyScope);

function user(name: string, token: TokenLimits | undefined = whole, administrator = false): Principal {
  return {
    kind: "user",
    id: `id of ${name}`,
    name,
    administrator,
    emailVerified: true,
    twoFactor: false,
    token,
    address: undefined,
  };
}

function machine(owner: string, token = whole): Machine {
  const id = `id of ${owner}`;
  return {
    kind: "machine",
    name: `${owner}+ci`,
    owner: { kind: "user", id, name: owner },
    token,
    address: undefined,
  };
}

/** A repository in the namespace of the user whose name it starts with. */
function repository(name: string, visibility: RepositoryFacts["visibility"]): RepositoryFacts {
  const [namespace = "", rest] = name.split("/");
  const owner = rest === undefined ? undefined : ({ kind: "user", id: `id of ${namespace}` } as const);
  return { name, visibility, standing: { ...noStanding, owner } };
}

const alice = user("alice");
const admin = user("admin", whole, true);
const visibilities = ["public", "private", "absent"] as const;

const publicly: Decision = { allow: true, publicOnly: true, createOnly: false, source: undefined };
const yes = {
  allow: true,
  publicOnly: false,
  createOnly: false,
  source: { type: expect.any(String) as string },
};
const no = (reason: Reason): Decision => ({ allow: false, reason });

describe("the access policy, in namespaces of people", () => {
  it.each<[string, Principal, string, "public" | "private" | "absent", RepositoryAction, unknown]>([
    ["anybody pulls what is public", anonymous, "alice/web", "public", "pull", publicly],
    ["nobody unknown pulls what is private", anonymous, "alice/web", "private", "pull", no("sign-in")],
    [
      "nobody unknown pushes, not even to what is public",
      anonymous,
      "alice/web",
      "public",
      "push",
      no("sign-in"),
    ],
    ["nobody unknown deletes", anonymous, "alice/web", "public", "delete", no("sign-in")],
    ["a user owns their namespace", alice, "alice/web", "private", "push", yes],
    ["a user owns their namespace, at any depth", alice, "alice/web/api", "private", "delete", yes],
    ["a user makes repositories in their namespace", alice, "alice/new", "absent", "push", yes],
    ["an owner's pull does not rest on being public", alice, "alice/web", "public", "pull", yes],
    ["an owner changes settings", alice, "alice/web", "private", "admin", yes],
    ["others only pull what is public", alice, "bob/web", "public", "pull", publicly],
    ["others do not push", alice, "bob/web", "public", "push", no("no-right")],
    ["others do not make repositories", alice, "bob/new", "absent", "push", no("no-right")],
    ["others do not delete", alice, "bob/web", "public", "delete", no("no-right")],
    ["others do not change settings", alice, "bob/web", "public", "admin", no("no-right")],
    [
      "a name that only starts like the user's is not theirs",
      alice,
      "alice2/web",
      "private",
      "pull",
      no("no-right"),
    ],
    ["a name without a namespace is not the user's", alice, "alice", "private", "pull", no("no-right")],
    ["a name without a namespace is the administrator's", admin, "alice", "absent", "push", yes],
    ["an administrator does everything", admin, "bob/web", "private", "admin", yes],
    ["a machine works in its namespace", machine("alice"), "alice/web", "private", "push", yes],
    ["a machine works nowhere else", machine("alice"), "bob/web", "private", "pull", no("no-right")],
    ["a machine pulls what is public", machine("alice"), "bob/web", "public", "pull", publicly],
  ])("%s", (_title, principal, name, visibility, action, decision) => {
    expect(decide(principal, repository(name, visibility), action, now)).toEqual(decision);
  });

  it.each(repositoryActions)(
    "a token without %s takes just that away, from an administrator too",
    (missing) => {
      // Who may push may create.
      const without = missing === "create" ? ["create", "push"] : [missing];
      const rest = repositoryActions.filter((action) => !without.includes(action));
      const token = limits(`repository:**:${rest.join(",")}`);
      for (const principal of [user("alice", token), user("admin", token, true), machine("alice", token)])
        for (const action of repositoryActions) {
          const decision = decide(principal, repository("alice/web", "public"), action, now);
          if (without.includes(action) && !(action === "push" && rest.includes("create")))
            expect(decision).toEqual(no("token-scopes"));
          else expect(decision.allow).toBe(true);
        }
    },
  );

  it("a token of create pushes, but never moves a tag that is there", () => {
    const decision = decide(
      user("alice", limits("repository:**:create")),
      repository("alice/web", "private"),
      "push",
      now,
    );
    expect(decision).toMatchObject({ allow: true, createOnly: true });
  });

  it("a token's pattern takes away what lies outside, but not what everybody may pull", () => {
    const narrow = limits("repository:alice/web-*:pull,push");
    for (const principal of [user("alice", narrow), user("admin", narrow, true)]) {
      expect(decide(principal, repository("alice/web-a", "private"), "push", now)).toEqual(yes);
      expect(decide(principal, repository("alice/db", "private"), "push", now)).toEqual(
        no("token-repositories"),
      );
      expect(decide(principal, repository("bob/web", "public"), "pull", now)).toEqual(publicly);
      expect(decide(principal, repository("bob/web", "public"), "push", now)).toEqual(
        no("token-repositories"),
      );
    }
  });

  it("a token's pattern gives nothing", () => {
    const wide = user("alice", limits("repository:bob/**:pull,push"));
    expect(decide(wide, repository("bob/web", "private"), "pull", now)).toEqual(no("no-right"));
  });

  it("says the same of what is private and what is absent, to everybody, for every action", () => {
    const principals = [
      anonymous,
      alice,
      user("alice", limits("repository:**:pull")),
      user("alice", limits("repository:x/**:pull,push")),
      machine("alice"),
      admin,
    ];
    for (const principal of principals)
      for (const name of ["alice/web", "bob/web", "web"])
        for (const action of repositoryActions)
          expect(decide(principal, repository(name, "private"), action, now)).toEqual(
            decide(principal, repository(name, "absent"), action, now),
          );
  });

  it("lets nothing but a pull rest on being public", () => {
    for (const principal of [anonymous, alice, machine("alice"), admin])
      for (const visibility of visibilities)
        for (const action of ["push", "delete", "admin"] as const) {
          const decision = decide(principal, repository("bob/web", visibility), action, now);
          expect(decision.allow && decision.publicOnly).toBe(false);
        }
  });
});

/** What a case of the truth table is made of: everything with everything else. */
const dimensions = {
  administrator: [false, true],
  role: [undefined, "guest", "member", "maintainer", "owner"],
  grant: [undefined, "read", "triage", "write", "admin"],
  team: [undefined, "triage"],
  rule: [undefined, "write"],
  token: ["session", "everything", "pull", "push", "create", "elsewhere", "account"],
  verified: [true, false],
  twoFactor: ["not asked for", "lacking"],
  age: ["young", "too old"],
  creation: ["members", "maintainers"],
  visibility: visibilities,
} as const;

type Case = { [Name in keyof typeof dimensions]: (typeof dimensions)[Name][number] };

const tokens: Record<Case["token"], TokenLimits | undefined> = {
  session: undefined,
  everything: limits(...everyScope),
  pull: limits("repository:acme/*:pull"),
  push: limits("repository:acme/web:push"),
  create: limits("repository:**:create"),
  elsewhere: limits(`repository:other/**:${repositoryActions.join(",")}`),
  account: limits("account", "fleet", "administration"),
};

/** The same once more, as one would say it, and without the code it is held against. */
function expected(c: Case, action: RepositoryAction): string {
  const order = ["nothing", "read", "triage", "write", "admin"];
  const needed = {
    pull: "read",
    builds: "triage",
    push: "write",
    create: "write",
    delete: "write",
    metadata: "write",
    admin: "admin",
  }[action];
  const given = [c.grant, c.team, c.rule].map((role) => order.indexOf(role ?? "nothing"));
  let level = Math.max(...given);
  if (c.role === "guest") level = Math.min(level, 1);
  if (c.role === "maintainer" || c.role === "owner" || c.administrator) level = 4;
  let has = level >= order.indexOf(needed);
  const makes = c.role === "member" && c.creation === "members" && c.visibility === "absent";
  if (makes && ["pull", "push", "create"].includes(action)) has = true;

  const of: Record<Case["token"], string[]> = {
    session: [...repositoryActions],
    everything: [...repositoryActions],
    pull: ["pull"],
    push: ["push", "create"],
    create: ["push", "create"],
    elsewhere: [],
    account: [],
  };
  let lost = "";
  if (!c.verified && action !== "pull") lost = "unverified";
  if (c.twoFactor === "lacking") lost = "two-factor";
  if (c.age === "too old" && c.token !== "session") lost = "token-age";
  if (!of[c.token].includes(action)) lost = c.token === "elsewhere" ? "token-repositories" : "token-scopes";

  if (has && lost === "") return c.token === "create" && action === "push" ? "create only" : "yes";
  if (action === "pull" && c.visibility === "public" && lost !== "token-scopes") return "public";
  if (lost.startsWith("token-s") || lost.startsWith("token-r")) return lost;
  return has ? lost : "no-right";
}

function decided(c: Case, action: RepositoryAction): string {
  const day = 24 * 3_600_000;
  const token = tokens[c.token] && {
    ...tokens[c.token],
    since: c.age === "young" ? now - day : now - 3 * day,
  };
  const principal = {
    kind: "user",
    id: "u",
    name: "alice",
    administrator: c.administrator,
    emailVerified: c.verified,
    twoFactor: c.twoFactor === "not asked for",
    token,
    address: undefined,
  } as Principal;
  const standing: Standing = {
    owner: { kind: "organization", id: "acme" },
    policy: {
      requireTwoFactor: c.twoFactor === "lacking",
      maximumTokenAge: 2 * day,
      repositoryCreation: c.creation,
    },
    organizationRole: c.role,
    granted: [
      ...(c.grant ? [{ role: c.grant, source: { type: "grant" as const } }] : []),
      ...(c.team ? [{ role: c.team, source: { type: "team" as const, team: "web" } }] : []),
      ...(c.rule ? [{ role: c.rule, source: { type: "rule" as const, team: undefined } }] : []),
    ],
  };
  const decision = decide(principal, { name: "acme/web", visibility: c.visibility, standing }, action, now);
  if (!decision.allow) return decision.reason;
  if (decision.publicOnly) return "public";
  return decision.createOnly ? "create only" : "yes";
}

/** Every combination, without holding them all at once. */
function* cases(names = Object.keys(dimensions) as (keyof Case)[]): Generator<Case> {
  const [name, ...rest] = names;
  if (name === undefined) {
    yield {} as Case;
    return;
  }
  for (const value of dimensions[name]) for (const other of cases(rest)) yield { ...other, [name]: value };
}

describe("the access policy, in organizations", () => {
  it("is the truth table of roles, grants, teams, rules, tokens, policies and the state of the account", () => {
    const wrong: unknown[] = [];
    const seen = new Map<string, number>();
    let rows = 0;
    for (const each of cases())
      for (const action of repositoryActions) {
        rows += 1;
        const [is, should] = [decided(each, action), expected(each, action)];
        seen.set(is, (seen.get(is) ?? 0) + 1);
        if (is !== should && wrong.length < 5) wrong.push({ ...each, action, is, should });
      }
    expect(wrong).toEqual([]);
    expect(rows).toBe(2 * 5 * 5 * 2 * 2 * 7 * 2 * 2 * 2 * 2 * 3 * 7);
    // Each answer was there.
    expect([...seen.keys()].toSorted()).toEqual([
      "create only",
      "no-right",
      "public",
      "token-age",
      "token-repositories",
      "token-scopes",
      "two-factor",
      "unverified",
      "yes",
    ]);
  });

  it("says where the highest role comes from", () => {
    const standing: Standing = {
      ...noStanding,
      organizationRole: "member",
      granted: [
        { role: "read", source: { type: "grant" } },
        { role: "write", source: { type: "team", team: "web" } },
      ],
    };
    expect(decide(alice, { name: "acme/web", visibility: "private", standing }, "pull", now)).toMatchObject({
      source: { type: "team", team: "web" },
    });
  });
});
