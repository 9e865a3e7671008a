import { describe, expect, test } from "vitest";
import { z } from "zod";
import { ScopeSet } from "../../../workers/auth/index.ts";
import { presetNames, presets, scopeFields, scopesOf } from "../../../workers/web/pages/tokens/scope-form.ts";
import { describeScope } from "../../../workers/web/pages/tokens/scope-words.ts";

const fields = z.strictObject(scopeFields);

describe("the form for scopes", () => {
  test("each pattern gets every action that has its box", () => {
    const form = fields.parse({ repositories: "acme/web-*\r\n\r\n  acme/db \n", pull: "on", push: "on" });
    expect(scopesOf(form)).toEqual(["repository:acme/web-*:pull,push", "repository:acme/db:pull,push"]);
  });

  test("patterns without any action ask for nothing", () => {
    expect(scopesOf(fields.parse({ repositories: "acme/web" }))).toEqual([]);
  });

  test("wide scopes and lines of the grammar are added, each once", () => {
    const form = fields.parse({ account: "on", more: "account\nrepository:a/b:pull" });
    expect(scopesOf(form)).toEqual(["account", "repository:a/b:pull"]);
  });

  test("a box takes no other value, and there are no other boxes", () => {
    expect(fields.safeParse({ pull: "yes" }).success).toBe(false);
    expect(fields.safeParse({ owner: "on" }).success).toBe(false);
  });

  test.each(presetNames)("the preset %s asks for scopes that there are", (name) => {
    const boxes = Object.fromEntries(presets[name].ticked.map((each) => [each, "on"]));
    const form = fields.parse({ repositories: "**", ...boxes });
    expect(ScopeSet.read(scopesOf(form)).patterns("pull")).toEqual(["**"]);
  });

  test.each([
    ["repository:**:pull,push", "pull, push in every repository"],
    ["repository:acme/web-*:create", "create in acme/web-*"],
    ["account", "account"],
    ["toString", "toString"],
  ])("%s reads: %s", (scope, words) => {
    expect(describeScope(scope)).toBe(words);
  });
});
