import { HubError } from "../shared/errors.ts";
import type { SignedIn } from "./access.ts";
import type { ScopeSet } from "./scopes.ts";

/**
 * Nobody gets more by a token than the one they came with gives them: neither in scopes nor in time. A browser session has no such
 * limits.
 *
 * @param expiresAt milliseconds since 1970; null: does not expire.
 * @throws HubError `denied` naming what would be wider.
 */
export function refuseWider({ token }: SignedIn, wanted: ScopeSet, expiresAt: number | null): void {
  if (!token) return;
  const scope = token.scopes.firstBeyond(wanted);
  if (scope !== undefined) throw wider(token.name, `it does not cover the scope "${scope}"`);
  if (token.expiresAt !== null && (expiresAt === null || expiresAt > token.expiresAt))
    throw wider(
      token.name,
      `it expires at ${new Date(token.expiresAt).toISOString()}, and the new one would live longer`,
    );
}

function wider(name: string, reason: string): HubError {
  return new HubError(
    "denied",
    `the access token "${name}" cannot make a token that reaches further than itself: ${reason}`,
  );
}
