import { sql, type RawBuilder, type SqlBool } from "kysely";
import { auditEntry } from "../audit/index.ts";
import { actorOf, requireScope, type User } from "../auth/index.ts";
import type { OrganizationRole } from "../db/index.ts";
import { HubError } from "../shared/errors.ts";
import { mayInvite } from "./authority.ts";
import type { OrganizationsContext } from "./context.ts";
import { hmacOf, inviterName, isOpen, stateOf, targetOf, teamNames } from "./invitations.ts";

/** What whoever has the link of an invitation sees of it. */
export interface InvitationView {
  /** Name of the organization. */
  organization: string;
  displayName: string;
  role: OrganizationRole;
  teams: string[];
  /** The address that it is for; null: for whoever has the link. */
  email: string | null;
  /** A user; the organization itself for one of its tokens; null: they are gone. */
  invitedBy: string | null;
  /** Milliseconds since 1970. */
  expiresAt: number;
  /** The organization asks its members for two-factor authentication. */
  requireTwoFactor: boolean;
}

/**
 * Looks at an invitation without accepting it. The secret of its link is all that it takes.
 *
 * @throws HubError `not-found`; `conflict` when it is not open any more, saying why.
 */
export async function lookAtInvitation(
  context: OrganizationsContext,
  secret: string,
): Promise<InvitationView> {
  const row = await findOpen(context, secret);
  return {
    organization: row.organization,
    displayName: row.display_name,
    role: row.role,
    teams: JSON.parse(row.team_names) as string[],
    email: row.email,
    invitedBy: row.inviter,
    expiresAt: row.expires_at,
    requireTwoFactor: row.require_two_factor === 1,
  };
}

/**
 * Joins the organization, and the teams of the invitation that are still there.
 *
 * @throws HubError `not-found`; `conflict` when it is not open any more, or they are in the organization; `denied` without a verified
 *   e-mail address, or when it is for another one, or with a token without the scope `account`.
 */
export async function acceptInvitation(
  context: OrganizationsContext,
  actor: User,
  secret: string,
): Promise<{ organization: string; role: OrganizationRole }> {
  const { db, clock } = context;
  requireScope(actor, "account");
  const row = await findOpen(context, secret);
  if (!actor.emailVerified)
    throw new HubError("denied", "verify your e-mail address first; then you can accept invitations");
  const [now, by] = [clock.now(), actorOf(actor)];
  const after = { role: row.role, teams: JSON.parse(row.team_names) as string[], invitation: row.id };
  const [joined] = await db.batch([
    sql`insert into organization_members (organization_id, user_id, role, added_at)
      select organization_id, ${actor.id}, role, ${now} from invitations
      where id = ${row.id} and ${isOpen(now)} and ${stillWorth(now)} and ${isFor(actor)} and ${notRemovedSince(actor)}
      on conflict do nothing`.compile(db.query),
    auditEntry(db, now, by, {
      log: row.organization_id,
      action: "member.add",
      target: actor.name,
      after,
    }),
    auditEntry(db, now, by, {
      log: actor.id,
      action: "organization.join",
      target: row.organization,
      after: { role: row.role },
    }),
    sql`update invitations set uses = uses + 1 where id = ${row.id} and changes() > 0`.compile(db.query),
    sql`insert into team_members (team_id, organization_id, user_id, added_at)
      select t.id, t.organization_id, ${actor.id}, ${now} from invitations i, json_each(i.teams) wanted
        join teams t on t.id = wanted.value and t.organization_id = i.organization_id
      where i.id = ${row.id} and changes() > 0`.compile(db.query),
  ]);
  if (joined?.numAffectedRows === 0n) await explain(context, actor, secret, row);
  return { organization: row.organization, role: row.role };
}

/**
 * Turns an invitation down. One that was mailed is over; a link goes on being open to others.
 *
 * @throws HubError as `acceptInvitation`.
 */
export async function declineInvitation(
  context: OrganizationsContext,
  actor: User,
  secret: string,
): Promise<void> {
  const { db, clock } = context;
  requireScope(actor, "account");
  const row = await findOpen(context, secret);
  if (row.email === null) return;
  const now = clock.now();
  const [declined] = await db.batch([
    sql`update invitations set revoked_at = ${now} where id = ${row.id} and ${isOpen(now)} and ${isFor(actor)}`.compile(
      db.query,
    ),
    auditEntry(db, now, actorOf(actor), {
      log: row.organization_id,
      action: "invitation.decline",
      target: targetOf(row),
      before: { role: row.role },
    }),
  ]);
  if (declined?.numAffectedRows === 0n) await explain(context, actor, secret, row);
}

/** Whether somebody may sign up with this address because they have been invited. */
export async function invitationAdmits(
  context: OrganizationsContext,
  secret: string,
  email: string,
): Promise<boolean> {
  try {
    const row = await findOpen(context, secret);
    return row.email === null || row.email.toLowerCase() === email.trim().toLowerCase();
  } catch (error) {
    if (error instanceof HubError) return false;
    throw error;
  }
}

async function findOpen(context: OrganizationsContext, secret: string) {
  const { db, clock } = context;
  const now = clock.now();
  const row = await db.query
    .selectFrom("invitations")
    .innerJoin("organizations as o", "o.id", "invitations.organization_id")
    .selectAll("invitations")
    .select(["o.name as organization", "o.display_name", "o.require_two_factor"])
    .select([teamNames.as("team_names"), inviterName.as("inviter"), stillWorth(now).as("worth")])
    .where("hmac", "=", await hmacOf(context, secret))
    .executeTakeFirst();
  if (!row)
    throw new HubError("not-found", "there is no such invitation; take the link as it is in the mail");
  const state = stateOf(row, now);
  if (state === "open" && row.worth) return row;
  const over = {
    open: `whoever made this invitation may not invite to ${row.organization} any more`,
    expired: `this invitation to ${row.organization} has expired`,
    revoked: `this invitation to ${row.organization} has been revoked or declined`,
    used: `this invitation to ${row.organization} has been used`,
  }[state];
  throw new HubError("conflict", `${over}; ask for another`, {
    detail: { state: state === "open" ? "void" : state },
  });
}

/** For SQL over `invitations`: whether its maker may still invite. Who may, is an owner, so no role is above theirs. */
function stillWorth(now: number): RawBuilder<SqlBool> {
  return mayInvite(sql.ref("invitations.created_by"), sql.ref("invitations.organization_id"), now);
}

/** For SQL over `invitations`: whether it is for this user, as they are now. */
function isFor(actor: User): RawBuilder<SqlBool> {
  return sql<SqlBool>`exists (select 1 from users where id = ${actor.id} and (email is null or email_verified_at is not null)
    and (invitations.email is null or email = invitations.email))`;
}

/** For SQL over `invitations`: somebody who was removed does not come back by a link they know from before. */
function notRemovedSince(actor: User): RawBuilder<SqlBool> {
  return sql<SqlBool>`(invitations.email is not null or not exists (select 1 from audit_log where log = invitations.organization_id
    and action = 'member.remove' and target = ${actor.name} and at >= invitations.created_at))`;
}

/** Why an invitation that was open a moment ago was not accepted or declined. */
async function explain(
  context: OrganizationsContext,
  actor: User,
  secret: string,
  row: { organization_id: string; organization: string; email: string | null },
): Promise<never> {
  const member = await context.db.query
    .selectFrom("organization_members")
    .select("role")
    .where("organization_id", "=", row.organization_id)
    .where("user_id", "=", actor.id)
    .executeTakeFirst();
  if (member)
    throw new HubError(
      "conflict",
      `${actor.name} is in ${row.organization} already, as ${member.role}; an owner can change that`,
    );
  await findOpen(context, secret);
  throw new HubError(
    "denied",
    row.email === null
      ? `${actor.name} was removed from ${row.organization} since this link was made, or has no verified e-mail address; ask for a new invitation`
      : `this invitation is for ${row.email}, and ${actor.name} has not shown to read mail there; sign in with the account it is for, or verify that address`,
  );
}
