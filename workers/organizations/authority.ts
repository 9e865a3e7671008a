import { sql, type RawBuilder, type SqlBool } from "kysely";
import {
  mayInOrganization,
  requireOrganization,
  type OrganizationAccess,
  type OrganizationAct,
  type SignedIn,
} from "../auth/index.ts";
import type { OrganizationRole } from "../db/index.ts";
import type { HubError } from "../shared/errors.ts";
import type { OrganizationsContext } from "./context.ts";

/** The right to do something in an organization, as it was looked up and as the change itself checks it again. */
export interface Authority extends OrganizationAccess {
  /** For the `where` of the change: whether the right is still there when it runs. */
  holds: RawBuilder<SqlBool>;
  /**
   * For a change that changed nothing.
   *
   * @throws HubError `denied` or `not-found` when the right has gone meanwhile, else the reason.
   */
  refuse: (reason: HubError) => Promise<never>;
}

/** @throws HubError as `requireOrganization` does. */
export async function authorityOf(
  context: OrganizationsContext,
  actor: SignedIn,
  name: string,
  act: OrganizationAct,
): Promise<Authority> {
  const access = await requireOrganization(context.auth, actor, name, act);
  return {
    ...access,
    holds: holds(actor, access.organization.id, act),
    refuse: async (reason) => {
      await requireOrganization(context.auth, actor, name, act);
      throw reason;
    },
  };
}

const roles: readonly OrganizationRole[] = ["owner", "maintainer", "member", "guest"];

/** The roles that give a right, as a JSON array for `json_each`. */
function rolesWith(act: OrganizationAct): string {
  return JSON.stringify(roles.filter((role) => mayInOrganization(role, act)));
}

function holds(actor: SignedIn, organization: string, act: OrganizationAct): RawBuilder<SqlBool> {
  if (actor.kind === "machine")
    return sql<SqlBool>`exists (select 1 from access_tokens where id = ${actor.token.id} and revoked_at is null)`;
  return sql<SqlBool>`(exists (select 1 from organization_members where organization_id = ${organization}
      and user_id = ${actor.id} and role in (select value from json_each(${rolesWith(act)})))
    or exists (select 1 from users where id = ${actor.id} and administrator = 1))`;
}

/**
 * For SQL: whether whoever an id belongs to, a user or an organization's own token, may invite people to an organization now.
 *
 * @param ids columns or values
 */
export function mayInvite(
  inviter: RawBuilder<string>,
  organization: RawBuilder<string>,
  now: number,
): RawBuilder<SqlBool> {
  return sql<SqlBool>`(exists (select 1 from organization_members where organization_id = ${organization}
      and user_id = ${inviter} and role in (select value from json_each(${rolesWith("members")})))
    or exists (select 1 from users where id = ${inviter} and administrator = 1)
    or exists (select 1 from access_tokens where id = ${inviter} and kind = 'organization' and organization_id = ${organization}
      and revoked_at is null and (expires_at is null or expires_at > ${now})))`;
}
