import { HubError } from "../shared/errors.ts";
import { isRepositoryName } from "../shared/reference.ts";
import type { Action } from "./access.ts";
import type { AuthContext } from "./context.ts";

/** 401: the caller can go on with other, or any, credentials; the headers say with which. */
export class ChallengeError extends HubError {
  override name = "ChallengeError";
  readonly headers: { "WWW-Authenticate": string };

  constructor(message: string, challenge: string) {
    super("unauthenticated", message);
    this.headers = { "WWW-Authenticate": challenge };
  }
}

/** Where a request reached the hub. */
export interface Address {
  origin: string;
  /** Host and port: the name of the registry in challenges and tokens. */
  service: string;
}

/** PUBLIC_URL, or else the request's own host, with the scheme that a proxy in front of it says it had. */
export function addressOf({ publicOrigin }: AuthContext, request: Request): Address {
  if (publicOrigin !== undefined) return { origin: publicOrigin, service: new URL(publicOrigin).host };
  const { protocol, host } = new URL(request.url);
  const forwarded = request.headers.get("X-Forwarded-Proto");
  const scheme = forwarded === "https" || forwarded === "http" ? `${forwarded}:` : protocol;
  return { origin: `${scheme}//${host}`, service: host };
}

/** Why a token that was presented is not enough (RFC 6750, section 3.1). */
export type TokenProblem = "invalid_token" | "insufficient_scope";

/** Sends a client to `/token` (Distribution, "Token Authentication Specification"). */
export function bearerChallenge(
  { origin, service }: Address,
  scope?: string,
  problem?: TokenProblem,
): string {
  const parameters = { realm: `${origin}/token`, service, scope, error: problem };
  const written = Object.entries(parameters)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}="${value}"`);
  return `Bearer ${written.join(",")}`;
}

/** The scope to ask for; none for what is no repository name, which must not get into a header. */
export function scopeOf(repository: string, action: Action): string | undefined {
  // Clients that push also ask what is there already.
  const wanted = action === "push" ? "pull,push" : action;
  return isRepositoryName(repository) ? `repository:${repository}:${wanted}` : undefined;
}

export const catalogScope = "registry:catalog:*";
