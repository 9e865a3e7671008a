import type { OrganizationRole, Row } from "../db/index.ts";
import { HubError } from "../shared/errors.ts";
import type { SignedIn } from "./access.ts";
import type { AuthContext } from "./context.ts";
import { actsAsAdministrator, requireScope } from "./wide-scopes.ts";

/**
 * What can be done in an organization besides working with its repositories.
 *
 * see: members, teams, one's own place; teams: make and change them, and default rules; robots: make and revoke them, and rules for CI; members: invite,
 * change roles, remove; tokens: of the organization itself; policy: settings; audit: read the log; own: rename, delete.
 */
const organizationActs = ["see", "teams", "robots", "members", "tokens", "policy", "audit", "own"] as const;
export type OrganizationAct = (typeof organizationActs)[number];

const actsOf: Record<OrganizationRole, readonly OrganizationAct[]> = {
  owner: organizationActs,
  maintainer: ["see", "teams", "robots"],
  member: ["see"],
  guest: [],
};

/** Whether somebody with this role may do this. */
export function mayInOrganization(role: OrganizationRole, act: OrganizationAct): boolean {
  return actsOf[role].includes(act);
}

/** What changes nothing. */
const reading: readonly OrganizationAct[] = ["see", "audit"];

export interface OrganizationAccess {
  organization: Row<"organizations">;
  /** The caller's; administrators of the hub and the organization's own tokens count as owners. */
  role: OrganizationRole;
}

/**
 * The organization of this name, for somebody who may do this there. One statement. Old names of an organization work too.
 *
 * @throws HubError `not-found` to everybody who is not in it, as when there is none; `denied` to a member without the right, with a token
 *   that lacks the scope `account`, or who does not meet the organization's policy.
 */
export async function requireOrganization(
  { db, clock }: AuthContext,
  actor: SignedIn,
  name: string,
  act: OrganizationAct,
): Promise<OrganizationAccess> {
  const row = await db.query
    .selectFrom("namespaces")
    .innerJoin("organizations", "organizations.id", "namespaces.owner_id")
    .leftJoin("organization_members", (join) =>
      join
        .onRef("organization_members.organization_id", "=", "organizations.id")
        .on("organization_members.user_id", "=", actor.kind === "user" ? actor.id : ""),
    )
    .selectAll("organizations")
    .select("organization_members.role")
    .where("namespaces.name", "=", name)
    .executeTakeFirst();
  const { role: memberRole = null, ...organization } = row ?? {};
  const role = row && roleOf(actor, row.id, memberRole);
  if (!row || !role) throw organizationUnknown(name);
  requireScope(actor, "account");
  const found = organization as Row<"organizations">;
  refuseByPolicy(actor, found, clock.now());
  if (actor.kind === "user" && !actor.emailVerified && !reading.includes(act))
    throw new HubError(
      "denied",
      `${actor.name} may only look until the account's e-mail address is verified; use the link in the mail, or ask for another in the settings`,
    );
  if (!mayInOrganization(role, act))
    throw new HubError(
      "denied",
      `the role ${role} in ${found.name}, which ${actor.name} has, does not give this right; ask an owner`,
      {
        detail: { role, needs: act },
      },
    );
  return { organization: found, role };
}

export function organizationUnknown(name: string): HubError {
  return new HubError("not-found", `there is no organization "${name.slice(0, 64)}", or you are not in it`);
}

function roleOf(actor: SignedIn, id: string, role: OrganizationRole | null): OrganizationRole | undefined {
  if (actor.kind === "machine")
    return actor.token.kind === "organization" && actor.owner.id === id ? "owner" : undefined;
  return actsAsAdministrator(actor) ? "owner" : (role ?? undefined);
}

function refuseByPolicy(actor: SignedIn, organization: Row<"organizations">, now: number): void {
  const { name, require_two_factor, maximum_token_age } = organization;
  if (require_two_factor && actor.kind === "user" && !actor.twoFactor)
    throw new HubError(
      "denied",
      `${name} asks its members for two-factor authentication; set it up in your account's settings`,
    );
  if (maximum_token_age !== null && actor.token && actor.token.since + maximum_token_age < now)
    throw new HubError(
      "denied",
      `${name} takes access tokens up to ${Math.round(maximum_token_age / 86_400_000)} days old, and "${actor.token.name}" is older; rotate it or make a new one`,
    );
}
