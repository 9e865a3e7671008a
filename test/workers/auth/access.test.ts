import { describe, expect, it } from "vitest";
import {
  anonymous,
  decide,
  scopes,
  type Decision,
  type Principal,
  type Scope,
  type TokenLimits,
} from "../../../workers/auth/access.ts";

const whole: TokenLimits = { id: "t", name: "laptop", scopes, repositories: "**", expiresAt: null };

function user(name: string, token: Partial<TokenLimits> = {}, administrator = false): Principal {
  return { kind: "user", id: `id of ${name}`, name, administrator, token: { ...whole, ...token } };
}

const alice = user("alice");
const admin = user("admin", {}, true);
const visibilities = ["public", "private", "absent"] as const;

const yes: Decision = { allow: true, publicOnly: false };
const publicly: Decision = { allow: true, publicOnly: true };
const no = (reason: "sign-in" | "token-scopes" | "token-repositories" | "no-right"): Decision => ({
  allow: false,
  reason,
});

describe("the access policy", () => {
  it.each<[string, Principal, string, "public" | "private" | "absent", Scope, Decision]>([
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
  ])("%s", (_title, principal, name, visibility, action, decision) => {
    expect(decide(principal, { name, visibility }, action)).toEqual(decision);
  });

  it.each(scopes)("a token without %s takes just that away, from an administrator too", (missing) => {
    const token = { scopes: scopes.filter((scope) => scope !== missing) };
    for (const principal of [user("alice", token), user("admin", token, true)])
      for (const action of scopes)
        expect(decide(principal, { name: "alice/web", visibility: "public" }, action)).toEqual(
          action === missing ? no("token-scopes") : yes,
        );
  });

  it("a token's pattern takes away what lies outside, but not what everybody may pull", () => {
    const narrow = { repositories: "alice/web-*" };
    for (const principal of [user("alice", narrow), user("admin", narrow, true)]) {
      expect(decide(principal, { name: "alice/web-a", visibility: "private" }, "push")).toEqual(yes);
      expect(decide(principal, { name: "alice/db", visibility: "private" }, "push")).toEqual(
        no("token-repositories"),
      );
      expect(decide(principal, { name: "bob/web", visibility: "public" }, "pull")).toEqual(publicly);
      expect(decide(principal, { name: "bob/web", visibility: "public" }, "push")).toEqual(
        no("token-repositories"),
      );
    }
  });

  it("a token's pattern gives nothing", () => {
    const wide = user("alice", { repositories: "bob/**" });
    expect(decide(wide, { name: "bob/web", visibility: "private" }, "pull")).toEqual(no("no-right"));
  });

  it("says the same of what is private and what is absent, to everybody, for every action", () => {
    const principals = [
      anonymous,
      alice,
      user("alice", { scopes: ["pull"] }),
      user("alice", { repositories: "x/**" }),
      admin,
    ];
    for (const principal of principals)
      for (const name of ["alice/web", "bob/web", "web"])
        for (const action of scopes)
          expect(decide(principal, { name, visibility: "private" }, action)).toEqual(
            decide(principal, { name, visibility: "absent" }, action),
          );
  });

  it("lets nothing but a pull rest on being public", () => {
    for (const principal of [anonymous, alice, admin])
      for (const visibility of visibilities)
        for (const action of ["push", "delete", "admin"] as const) {
          const decision = decide(principal, { name: "bob/web", visibility }, action);
          expect(decision.allow && decision.publicOnly).toBe(false);
        }
  });
});
