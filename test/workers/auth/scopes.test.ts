import { describe, expect, it } from "vitest";
import { repositoryActions, ScopeSet } from "../../../workers/auth/scopes.ts";

describe("scopes", () => {
  it.each([
    [[], "1 to 50 scopes, not 0"],
    [Array.from({ length: 51 }, () => "account"), "1 to 50 scopes, not 51"],
    [["everything"], 'the scope "everything" is not valid'],
    [["Account"], 'the scope "Account" is not valid'],
    [["repository:acme/web"], "it is written repository:<pattern>:<actions>"],
    [["repository:acme/web:pull:push"], "it is written repository:<pattern>:<actions>"],
    [["repository:acme/web:"], '"" is none of the actions'],
    [["repository:acme/web:pull,"], '"" is none of the actions'],
    [["repository:acme/web:*"], '"*" is none of the actions'],
    [["repository:acme/web:pull, push"], '" push" is none of the actions'],
    [["repository::pull"], "it has an empty part"],
    [["repository:Acme/web:pull"], "no repository name has"],
    [["repository:acme**:pull"], '"**" stands alone'],
    [["account", "repository:a:fly"], '"fly" is none of the actions'],
  ])("%j are refused: %s", (texts, message) => {
    expect(() => ScopeSet.read(texts)).toThrow(message);
  });

  it("keep their texts as they were written", () => {
    const texts = ["repository:acme/web-*:push,pull", "account"];
    expect(ScopeSet.read(texts).texts).toEqual(texts);
  });

  it("allow an action for the repositories of a pattern that names it, and no other", () => {
    const set = ScopeSet.read(["repository:acme/web-*:pull,delete", "repository:acme/db:push"]);
    const allowed = (name: string) => repositoryActions.filter((action) => set.allows(name, action));
    expect(allowed("acme/web-a")).toEqual(["pull", "delete"]);
    expect(allowed("acme/db")).toEqual(["push", "create"]);
    expect(allowed("acme/web")).toEqual([]);
    expect(allowed("acme/web-a/b")).toEqual([]);
    expect(set.mentions("create")).toBe(true);
    expect(set.mentions("admin")).toBe(false);
  });

  it("of the account, the fleet and the administration allow nothing on repositories", () => {
    const set = ScopeSet.read(["account", "fleet", "administration"]);
    for (const action of repositoryActions) expect(set.allows("acme/web", action)).toBe(false);
    expect([set.has("account"), set.has("fleet"), set.has("administration")]).toEqual([true, true, true]);
    expect(ScopeSet.read(["repository:**:pull"]).has("account")).toBe(false);
  });

  it.each([
    [["repository:**:pull,push"], ["repository:acme/**:pull"], undefined],
    [["repository:acme/**:push"], ["repository:acme/web:create"], undefined],
    [["repository:acme/**:create"], ["repository:acme/web:push"], "repository:acme/web:push"],
    [["repository:acme/*:pull"], ["repository:acme/**:pull"], "repository:acme/**:pull"],
    [["repository:acme/*:pull"], ["account"], "account"],
    [["account", "fleet"], ["fleet"], undefined],
    [["account"], ["repository:acme/web:pull"], "repository:acme/web:pull"],
    [
      ["repository:acme/a:pull", "repository:acme/b:push"],
      ["repository:acme/a:pull", "repository:acme/a:push"],
      "repository:acme/a:push",
    ],
    [["repository:acme/a:pull", "repository:acme/a:delete"], ["repository:acme/a:pull,delete"], undefined],
  ])("%j beside %j: the first that reaches further is %j", (wide, narrow, beyond) => {
    expect(ScopeSet.read(wide).firstBeyond(ScopeSet.read(narrow))).toBe(beyond);
  });

  it("that do not reach further allow nothing more, whatever the name", () => {
    const patterns = ["**", "acme/**", "acme/*", "acme/web", "acme/w*", "*/web"];
    const names = ["acme/web", "acme/db", "acme/web/api", "other/web", "web"];
    for (const wide of patterns)
      for (const narrow of patterns) {
        const [a, b] = [wide, narrow].map((pattern) => ScopeSet.read([`repository:${pattern}:pull`]));
        if (!a || !b || a.firstBeyond(b) !== undefined) continue;
        for (const name of names) if (b.allows(name, "pull")) expect(a.allows(name, "pull")).toBe(true);
      }
  });
});
