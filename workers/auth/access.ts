import type { Visibility } from "../db/index.ts";
import { everyRepository, matchesPattern } from "./patterns.ts";

/** What a request asks of a repository on `/v2`. The names are those of the registry token scopes. */
export type Action = "pull" | "push" | "delete";
export const actions: readonly Action[] = ["pull", "push", "delete"];

/** What an access token can be made for: the actions, and `admin`, which is changing settings, accounts and tokens. */
export type Scope = Action | "admin";
export const scopes: readonly Scope[] = [...actions, "admin"];

/** The limits of the access token that somebody signed in with. It only ever takes away from the rights of its user. */
export interface TokenLimits {
  id: string;
  name: string;
  scopes: readonly Scope[];
  /** Pattern over repository names (patterns.ts). */
  repositories: string;
  /** Milliseconds since 1970; null: does not expire. */
  expiresAt: number | null;
}

export interface User {
  kind: "user";
  id: string;
  name: string;
  administrator: boolean;
  token: TokenLimits;
}

export interface Anonymous {
  kind: "anonymous";
}

export type Principal = User | Anonymous;

export const anonymous: Anonymous = { kind: "anonymous" };

/** A repository as far as access goes; one that is not there is as good as private. */
export interface RepositoryFacts {
  name: string;
  visibility: Visibility | "absent";
}

/** Which repositories a caller may see listed. */
export interface CatalogScope {
  /** Everything (an administrator). */
  all: boolean;
  /** Besides public ones, everything in these namespaces. */
  namespaces: string[];
  /** Pattern of the access token that narrows all of it. */
  repositories: string;
}

/** Why not. None of them depends on whether the repository is there. */
export type Reason = "sign-in" | "token-scopes" | "token-repositories" | "no-right";
export const reasons = [
  "sign-in",
  "token-scopes",
  "token-repositories",
  "no-right",
] as const satisfies Reason[];

export type Decision =
  | {
      allow: true;
      /** The right rests on the repository being public, and nothing else. */
      publicOnly: boolean;
    }
  | { allow: false; reason: Reason };

/**
 * The access policy, all of it. What an access token leaves out is refused; then the most that any grant gives counts; then everybody
 * may pull what is public, also with an access token whose pattern is for other repositories: signed out they could, too.
 */
export function decide(principal: Principal, repository: RepositoryFacts, action: Scope): Decision {
  const limit = limitOf(principal, repository.name, action);
  if (!limit && granted(principal, repository.name).includes(action))
    return { allow: true, publicOnly: false };
  if (limit !== "token-scopes" && action === "pull" && repository.visibility === "public")
    return { allow: true, publicOnly: true };
  if (limit) return { allow: false, reason: limit };
  return { allow: false, reason: principal.kind === "anonymous" ? "sign-in" : "no-right" };
}

/** What the access token takes away. */
function limitOf(principal: Principal, name: string, action: Scope): Reason | undefined {
  if (principal.kind === "anonymous") return undefined;
  if (!principal.token.scopes.includes(action)) return "token-scopes";
  if (!matchesPattern(principal.token.repositories, name)) return "token-repositories";
  return undefined;
}

/** Everything that somebody's grants give on a repository: the most generous one counts. */
function granted(principal: Principal, name: string): readonly Scope[] {
  if (principal.kind === "anonymous") return [];
  if (principal.administrator || ownedNamespaces(principal).includes(namespaceOf(name))) return scopes;
  return [];
}

/** Which repositories somebody may see listed; undefined when their access token may not pull. */
export function catalogOf(principal: Principal): CatalogScope | undefined {
  if (principal.kind === "anonymous") return { all: false, namespaces: [], repositories: everyRepository };
  const { token, administrator } = principal;
  if (!token.scopes.includes("pull")) return undefined;
  return { all: administrator, namespaces: ownedNamespaces(principal), repositories: token.repositories };
}

/** Namespaces in which everything belongs to this user. */
function ownedNamespaces(user: User): string[] {
  return [user.name];
}

/** The part before the first `/`. A name without one is in no namespace (""): it belongs to the administrators. */
export function namespaceOf(name: string): string {
  return name.slice(0, Math.max(0, name.indexOf("/")));
}
