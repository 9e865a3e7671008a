import { z } from "zod";
import { repositoryActions, wideScopes, type RepositoryAction, type WideScope } from "../../../auth/index.ts";
import { checkbox } from "../../form-state.ts";

/**
 * The part of a form that says what a token may do: patterns of repositories, a box for each action, a box for each wide scope, and
 * lines of the scope grammar for what needs more than that.
 */
export const scopeFields = {
  /** Patterns, one a line. */
  repositories: z.string().max(5000).default(""),
  pull: checkbox,
  push: checkbox,
  create: checkbox,
  delete: checkbox,
  metadata: checkbox,
  builds: checkbox,
  admin: checkbox,
  account: checkbox,
  fleet: checkbox,
  administration: checkbox,
  /** Further scopes as they are stored, one a line. */
  more: z.string().max(10_000).default(""),
} as const;

const scopeForm = z.object(scopeFields);
type ScopeForm = z.output<typeof scopeForm>;

/** The scopes that a form asks for, as they are stored. What is wrong with one says `createAccessToken`. */
export function scopesOf(form: ScopeForm): string[] {
  const actions = repositoryActions.filter((action) => form[action]);
  const repositories =
    actions.length === 0
      ? []
      : linesOf(form.repositories).map((pattern) => `repository:${pattern}:${actions.join(",")}`);
  return [...new Set([...repositories, ...wideScopes.filter((scope) => form[scope]), ...linesOf(form.more)])];
}

/** Lines that are not empty, without the space around them. */
export function linesOf(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
}

/** What is ticked and written in a form before anybody changes it. */
export interface ScopeStart {
  repositories: string;
  ticked: readonly (RepositoryAction | WideScope)[];
  more?: string;
}

/** What people make tokens for, by the name in the page's address. */
export const presets = {
  push: { label: "docker pull and push", ticked: ["pull", "push", "delete", "metadata"] },
  pull: { label: "pull only", ticked: ["pull"] },
  ci: { label: "CI: create tags only", ticked: ["pull", "create"] },
} as const satisfies Record<string, { label: string; ticked: readonly RepositoryAction[] }>;

export type Preset = keyof typeof presets;
export const presetNames = Object.keys(presets) as Preset[];
