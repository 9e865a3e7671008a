import type {
  OrganizationRole,
  RepositoryCreation,
  RepositoryRole,
  TokenKind,
  Visibility,
} from "../db/index.ts";
import { type RepositoryAction, type ScopeSet } from "./scopes.ts";

/** What a request asks of a repository on `/v2`. The names are those of the registry token scopes. */
export type Action = "pull" | "push" | "delete";
export const actions: readonly Action[] = ["pull", "push", "delete"];

/** The limits of the access token that somebody signed in with. It only ever takes away from the rights of its owner. */
export interface TokenLimits {
  id: string;
  kind: TokenKind;
  name: string;
  scopes: ScopeSet;
  /** Milliseconds since 1970: when it was made, or last rotated. Organizations may refuse old ones. */
  since: number;
  /** Milliseconds since 1970; null: does not expire. */
  expiresAt: number | null;
}

export interface User {
  kind: "user";
  id: string;
  name: string;
  /** Of the hub. */
  administrator: boolean;
  /** False: may only read. People that an administrator made have no address, and count as verified. */
  emailVerified: boolean;
  twoFactor: boolean;
  /** undefined: a browser session, which may do all that its user may. */
  token: TokenLimits | undefined;
  /** Where the request came from. */
  address: string | undefined;
}

/** A robot, an organization's token, or a job of CI: acts in one namespace and nowhere else. */
export interface Machine {
  kind: "machine";
  /** What it signs in as, such as `acme+deploy`. */
  name: string;
  owner: { kind: "user" | "organization"; id: string; name: string };
  token: TokenLimits;
  address: string | undefined;
}

export interface Anonymous {
  kind: "anonymous";
}

export type SignedIn = User | Machine;
export type Principal = SignedIn | Anonymous;

export const anonymous: Anonymous = { kind: "anonymous" };

/** Where a right comes from. */
export type Source =
  | { type: "administrator" | "own-namespace" | "creation" | "public" }
  | { type: "organization-role"; role: OrganizationRole }
  | { type: "grant" }
  | { type: "team"; team: string }
  | { type: "rule"; team: string | undefined };

export interface RoleFrom {
  role: RepositoryRole;
  source: Source;
}

/** What an organization asks of everybody who acts in its namespace. */
interface OrganizationPolicy {
  requireTwoFactor: boolean;
  /** Milliseconds; null: tokens of any age. */
  maximumTokenAge: number | null;
  repositoryCreation: RepositoryCreation;
}

/** What somebody is to a repository, before their token and the state of their account take away. */
export interface Standing {
  /** Whose namespace it is in, undefined when in nobody's. */
  owner: { kind: "user" | "organization"; id: string } | undefined;
  policy: OrganizationPolicy | undefined;
  organizationRole: OrganizationRole | undefined;
  /** Direct grants, grants of teams, default rules. */
  granted: readonly RoleFrom[];
}

export const noStanding: Standing = {
  owner: undefined,
  policy: undefined,
  organizationRole: undefined,
  granted: [],
};

/** A repository as far as access goes. One that is not there has what its name gives, and nothing else. */
export interface RepositoryFacts {
  name: string;
  /** The name it was asked for by, which may be an old one. */
  asked?: string;
  visibility: Visibility | "absent";
  standing: Standing;
}

/** What each role may do. Each includes those before it. */
const actionsOf: Record<RepositoryRole, readonly RepositoryAction[]> = {
  read: ["pull"],
  triage: ["pull", "builds"],
  write: ["pull", "builds", "push", "create", "delete", "metadata"],
  admin: ["pull", "builds", "push", "create", "delete", "metadata", "admin"],
};
const ranks: Record<RepositoryRole, number> = { read: 0, triage: 1, write: 2, admin: 3 };

/** Why not. None of them depends on whether the repository is there for somebody who has no right to it. */
export const reasons = [
  "sign-in",
  "token-scopes",
  "token-repositories",
  "token-age",
  "two-factor",
  "unverified",
  "no-right",
] as const;
export type Reason = (typeof reasons)[number];

export type Decision =
  | {
      allow: true;
      /** The right rests on the repository being public, and nothing else. */
      publicOnly: boolean;
      /** May push, but not move a tag that is there. */
      createOnly: boolean;
      /** Where it comes from; undefined: it is public. */
      source: Source | undefined;
    }
  | { allow: false; reason: Reason };

/**
 * The access policy, all of it: the most that anything gives counts, then the token, the organization's policy and the state of the
 * account take away. Everybody may pull what is public, also with a token that is for something else: signed out they could, too.
 *
 * @param now milliseconds since 1970
 */
export function decide(
  principal: Principal,
  repository: RepositoryFacts,
  action: RepositoryAction,
  now: number,
): Decision {
  const source = sourceOf(principal, repository, action);
  // Whoever has no right there learns nothing of where an old name leads to, not even whether their token is for it.
  const name = source ? repository.name : (repository.asked ?? repository.name);
  const { limit, createOnly } = limitOf(principal, { ...repository, name }, action, now);
  if (source && !limit) return { allow: true, publicOnly: false, createOnly, source };
  // A token without any right to pull is not for reading, whatever it reads.
  if (action === "pull" && repository.visibility === "public" && limit !== "token-scopes")
    return { allow: true, publicOnly: true, createOnly: false, source: undefined };
  if (limit && (source || limit === "token-scopes" || limit === "token-repositories"))
    return { allow: false, reason: limit };
  return { allow: false, reason: principal.kind === "anonymous" ? "sign-in" : "no-right" };
}

/** What gives somebody an action on a repository, before anything takes away; undefined when nothing does. */
function sourceOf(
  principal: Principal,
  repository: RepositoryFacts,
  action: RepositoryAction,
): Source | undefined {
  const best = rolesOf(principal, repository)
    .filter(({ role }) => actionsOf[role].includes(action))
    .toSorted((a, b) => ranks[b.role] - ranks[a.role])[0];
  if (best) return best.source;
  return creating.includes(action) && mayCreate(principal, repository) ? { type: "creation" } : undefined;
}

/** What making a repository takes: clients look for its blobs before they push the first. */
const creating: readonly RepositoryAction[] = ["pull", "push", "create"];

/** Every role that somebody has on a repository, and where each comes from. */
export function rolesOf(principal: Principal, { standing }: RepositoryFacts): RoleFrom[] {
  if (principal.kind === "anonymous") return [];
  const { owner, organizationRole, granted } = standing;
  const id = principal.kind === "machine" ? principal.owner.id : principal.id;
  const own: RoleFrom[] = owner?.id === id ? [{ role: "admin", source: { type: "own-namespace" } }] : [];
  if (principal.kind === "machine") return own;
  if (principal.administrator) own.push({ role: "admin", source: { type: "administrator" } });
  if (organizationRole === "owner" || organizationRole === "maintainer")
    own.push({ role: "admin", source: { type: "organization-role", role: organizationRole } });
  // A guest is an outsider who may pull: whatever else was given to them by mistake.
  if (organizationRole === "guest")
    return [...own, ...granted.map(({ source }) => ({ role: "read" as const, source }))];
  return [...own, ...granted];
}

/** The most that somebody may do, or undefined for nothing. For lists; `decide` says what a request may. */
export function highestRole(principal: Principal, repository: RepositoryFacts): RepositoryRole | undefined {
  return rolesOf(principal, repository)
    .map(({ role }) => role)
    .toSorted((a, b) => ranks[b] - ranks[a])[0];
}

/** Whether a member who has no other right to a name may make the repository. */
function mayCreate(principal: Principal, { visibility, standing }: RepositoryFacts): boolean {
  return (
    principal.kind === "user" &&
    visibility === "absent" &&
    standing.organizationRole === "member" &&
    standing.policy?.repositoryCreation === "members"
  );
}

/** What takes a right away, if anything does. */
function limitOf(
  principal: Principal,
  { name, standing }: RepositoryFacts,
  action: RepositoryAction,
  now: number,
): { limit: Reason | undefined; createOnly: boolean } {
  if (principal.kind === "anonymous") return { limit: undefined, createOnly: false };
  const { token } = principal;
  let createOnly = false;
  if (token && !token.scopes.allows(name, action)) {
    createOnly = action === "push" && token.scopes.allows(name, "create");
    if (!createOnly) return { limit: missing(token, action), createOnly };
  }
  return { limit: stateLimit(principal, standing, action, now), createOnly };
}

function missing(token: TokenLimits, action: RepositoryAction): Reason {
  const mentioned = token.scopes.mentions(action) || (action === "push" && token.scopes.mentions("create"));
  return mentioned ? "token-repositories" : "token-scopes";
}

/** What the organization's policy and the account take away. */
function stateLimit(
  principal: SignedIn,
  { policy }: Standing,
  action: RepositoryAction,
  now: number,
): Reason | undefined {
  const { token } = principal;
  if (policy?.maximumTokenAge != null && token && token.since + policy.maximumTokenAge < now)
    return "token-age";
  if (principal.kind === "machine") return undefined;
  if (policy?.requireTwoFactor && !principal.twoFactor) return "two-factor";
  return principal.emailVerified || action === "pull" ? undefined : "unverified";
}

/** The part before the first `/`. A name without one is in no namespace (""): it belongs to the administrators. */
export function namespaceOf(name: string): string {
  return name.slice(0, Math.max(0, name.indexOf("/")));
}

/** Who it is, stable over their tokens. */
export function subjectOf(principal: Principal): string {
  if (principal.kind === "user") return `user:${principal.id}`;
  return principal.kind === "machine" ? `token:${principal.token.id}` : principal.kind;
}
