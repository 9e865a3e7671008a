import type { TokenKind } from "../db/index.ts";
import { HubError } from "../shared/errors.ts";
import type { SignedIn } from "./access.ts";
import type { AuthContext } from "./context.ts";
import { requireOrganization } from "./organization-access.ts";
import { actsAsAdministrator, requireAdministrator, requireScope } from "./wide-scopes.ts";

/** Whose tokens are meant: one's own without either, somebody's by id or name (for administrators), or an organization's. */
export type TokenOwner = { userId?: string; user?: string } | { organization: string };

/** Who a token belongs to. */
export interface Owner {
  kind: "user" | "organization";
  id: string;
  name: string;
}

/**
 * The owner of tokens, when the actor may make, see and revoke such tokens of theirs: people their own and their robots', owners of an
 * organization its tokens, maintainers its robots', administrators of the hub everybody's.
 *
 * @throws HubError `not-found`, `denied`.
 */
export async function requireTokenOwner(
  context: AuthContext,
  actor: SignedIn,
  owner: TokenOwner,
  kind: TokenKind,
): Promise<Owner> {
  if ("organization" in owner) {
    if (kind === "personal")
      throw new HubError("invalid", "an organization has tokens of its own and robots, not personal ones");
    const act = kind === "robot" ? "robots" : "tokens";
    const { organization } = await requireOrganization(context, actor, owner.organization, act);
    return { kind: "organization", id: organization.id, name: organization.name };
  }
  if (kind === "organization")
    throw new HubError("invalid", "a token of the kind organization belongs to one; name it");
  requireScope(actor, "account");
  if (actor.kind === "machine")
    throw new HubError("denied", `${actor.name} is not a person: it has no tokens of its own`);
  const { userId = owner.user === undefined ? actor.id : undefined, user } = owner;
  if (userId === actor.id || user?.toLowerCase() === actor.name.toLowerCase())
    return { kind: "user", id: actor.id, name: actor.name };
  // The refusal comes before the look-up: it tells nobody which users there are.
  requireAdministrator(actor);
  const row = await context.db.query
    .selectFrom("users")
    .select(["id", "name"])
    .where((is) => (userId === undefined ? is("name", "=", user ?? "") : is("id", "=", userId)))
    .executeTakeFirst();
  if (!row) throw new HubError("not-found", `there is no user "${(user ?? "").slice(0, 64)}"`);
  return { kind: "user", ...row };
}

/**
 * The owner of something that was found by its id, as `requireTokenOwner`. Whoever may not deal with it learns no more than that it is
 * not there.
 *
 * @param absent what is thrown when there is none of this id
 */
export async function requireOwnerBehind(
  context: AuthContext,
  actor: SignedIn,
  held: { userId: string | null; organization: string | null },
  kind: TokenKind,
  absent: HubError,
): Promise<Owner> {
  const { userId, organization } = held;
  const own = actor.kind === "user" && userId === actor.id;
  if (organization === null && !own && !actsAsAdministrator(actor)) throw absent;
  try {
    const owner = organization === null ? { userId: userId ?? "" } : { organization };
    return await requireTokenOwner(context, actor, owner, kind);
  } catch (error) {
    const hidden =
      error instanceof HubError && (error.kind === "not-found" || error.detail?.["needs"] !== undefined);
    throw hidden ? absent : error;
  }
}
