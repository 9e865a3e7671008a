import { HubError } from "../shared/errors.ts";
import type { SignedIn } from "./access.ts";
import type { WideScope } from "./scopes.ts";

/** Whether somebody is an administrator of the hub, and came with what lets them act as one. */
export function actsAsAdministrator(actor: SignedIn): boolean {
  return (
    actor.kind === "user" && actor.administrator && (!actor.token || actor.token.scopes.has("administration"))
  );
}

/** @throws HubError `denied` when the access token lacks the scope; a browser session has them all. */
export function requireScope(actor: SignedIn, scope: WideScope): void {
  if (actor.token && !actor.token.scopes.has(scope))
    throw new HubError(
      "denied",
      `the access token "${actor.token.name}" lacks the scope "${scope}"; use one that has it`,
    );
}

/** @throws HubError `denied` to everybody but administrators of the hub. */
export function requireAdministrator(actor: SignedIn): void {
  if (actor.kind === "machine" || !actor.administrator)
    throw new HubError("denied", `this is for administrators, and ${actor.name} is none`);
  requireScope(actor, "administration");
}
