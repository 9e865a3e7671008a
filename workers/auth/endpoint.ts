import { endpointFor, type Endpoint } from "../platform/endpoint.ts";
import { HubError } from "../shared/errors.ts";
import { anonymous, type Principal, type SignedIn, type User } from "./access.ts";
import type { AuthContext } from "./context.ts";
import { requirePrincipal } from "./credentials.ts";
import { wideScopes, type RepositoryAction, type WideScope } from "./scopes.ts";
import { requireAdministrator, requireScope } from "./wide-scopes.ts";

/**
 * Who may call an endpoint of the JSON API, in its declaration: what `actor` then is. The noun function that it calls decides on its
 * own, with the row in question in hand; these words are what it is held against (test/workers/api), and what the API document says.
 */
export type Callers = {
  /** Anybody; whoever sends credentials sends good ones. */
  anybody: Principal;
  /** People, organizations' tokens and robots. */
  "signed-in": SignedIn;
  /** People. */
  user: User;
  /** People who administer the hub. */
  administrator: User;
  /** Of the organization in the path: at least this role. To everybody who is not in it, it is not there. */
  guest: SignedIn;
  member: SignedIn;
  maintainer: SignedIn;
  owner: SignedIn;
  /** On the repository in the path: whoever may pull, and so anybody of a public one. To the others, it is not there. */
  visitor: Principal;
  /** On the repository in the path: at least this role. To everybody who may not pull, it is not there. */
  read: SignedIn;
  triage: SignedIn;
  write: SignedIn;
  admin: SignedIn;
};

export type Caller = keyof Callers;

/** What the API document says of each. */
export const callers = {
  anybody: "anybody, also without credentials",
  "signed-in": "whoever is signed in",
  user: "people, with a token of their own",
  administrator: "administrators of the hub",
  guest: "everybody in the organization",
  member: "members, maintainers and owners of the organization",
  maintainer: "maintainers and owners of the organization",
  owner: "owners of the organization",
  visitor: "whoever may pull from the repository; of a public one anybody, also without credentials",
  read: "whoever may pull from the repository, and is signed in",
  triage: "whoever has the role triage, write or admin on the repository",
  write: "whoever has the role write or admin on the repository",
  admin: "whoever has the role admin on the repository",
} as const satisfies Record<Caller, string>;

/** Who need not be signed in: what they may then see is decided with the row in hand. */
export const openCallers = ["anybody", "visitor"] as const satisfies Caller[];

/** What an access token needs for an endpoint: the scope itself, or this action for the repository in question. */
export type EndpointScope = WideScope | RepositoryAction;

/** An endpoint of any domain, for whoever puts the API together. */
export type ApiEndpoint<Context> = Endpoint<Context, Principal, Caller, EndpointScope>;

/** The function that declares the endpoints of one domain (platform/endpoint.ts). */
export function endpointWith<Context extends { auth: AuthContext }>() {
  return endpointFor<Context, Callers, EndpointScope>();
}

/**
 * Who sends a request to an endpoint, when they may call it at all.
 *
 * @throws ChallengeError without credentials where some are needed, and with bad ones anywhere; HubError `denied` to who is not of the
 *   kind that the endpoint is for, and to a token without its scope.
 */
export async function admit(
  context: AuthContext,
  request: Request,
  { access, scope }: Pick<ApiEndpoint<never>, "access" | "scope">,
): Promise<Principal> {
  const open: readonly Caller[] = openCallers;
  if (open.includes(access) && !request.headers.has("Authorization")) return anonymous;
  const actor = await requirePrincipal(context, request);
  if (access === "user" || access === "administrator") requirePerson(actor);
  if (access === "administrator") requireAdministrator(actor);
  if (scope !== undefined) requireEndpointScope(actor, scope);
  return actor;
}

function requirePerson(actor: SignedIn): void {
  if (actor.kind !== "user")
    throw new HubError("denied", `this is for people; ${actor.name} is a token of ${actor.owner.name}`);
}

function requireEndpointScope(actor: SignedIn, scope: EndpointScope): void {
  if (isWide(scope)) return requireScope(actor, scope);
  if (actor.token && !actor.token.scopes.mentions(scope))
    throw new HubError(
      "denied",
      `the access token "${actor.token.name}" lacks the scope "${scope}" for any repository; use one that has it`,
    );
}

function isWide(scope: EndpointScope): scope is WideScope {
  return (wideScopes as readonly string[]).includes(scope);
}

/** Names the credential that a request came with: idempotency keys are its own. undefined: none, and so no keys. */
export function credentialOf(actor: Principal): string | undefined {
  if (actor.kind === "anonymous" || !actor.token) return undefined;
  return `token:${actor.token.id}`;
}
