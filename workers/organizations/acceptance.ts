import { sql, type RawBuilder, type SqlBool } from "kysely";
import { auditEntry } from "../audit/index.ts";
import { actorOf, requireScope, type User } from "../auth/index.ts";
import type { Database, OrganizationRole } from "../db/index.ts";
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
 * What somebody shows of an invitation: the secret of its link; or the id of one that was mailed to the address that they have verified,
 * which is as good: whoever reads mail there has been sent the secret.
 */
export type Shown = { secret: string } | { id: string };

/**
 * The open invitations to the verified address that somebody has now, to organizations that they are not in, the newest first.
 *
 * @throws HubError `denied` with a token without the scope `account`.
 */
export async function listMyInvitations(
  { db, clock }: OrganizationsContext,
  actor: User,
  limit: number,
): Promise<(InvitationView & { id: string })[]> {
  requireScope(actor, "account");
  const now = clock.now();
  const rows = await invitations(db, now)
    .where("invitations.email", "=", verifiedAddressOf(actor))
    .where(isOpen(now))
    .where(stillWorth(now))
    .where(
      sql<SqlBool>`not exists (select 1 from organization_members where organization_id = o.id and user_id = ${actor.id})`,
    )
    .orderBy("invitations.created_at", "desc")
    .orderBy("invitations.id")
    .limit(limit)
    .execute();
  return rows.map((row) => ({ id: row.id, ...viewOf(row) }));
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
  return viewOf(await findOpen(context, { secret }));
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
  shown: Shown,
): Promise<{ organization: string; role: OrganizationRole }> {
  const { db, clock } = context;
  requireScope(actor, "account");
  const row = await findOpen(context, shown, actor);
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
  if (joined?.numAffectedRows === 0n) await explain(context, actor, shown, row);
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
  shown: Shown,
): Promise<void> {
  const { db, clock } = context;
  requireScope(actor, "account");
  const row = await findOpen(context, shown, actor);
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
  if (declined?.numAffectedRows === 0n) await explain(context, actor, shown, row);
}

/** Whether somebody may sign up with this address because they have been invited. */
export async function invitationAdmits(
  context: OrganizationsContext,
  secret: string,
  email: string,
): Promise<boolean> {
  try {
    const row = await findOpen(context, { secret });
    return row.email === null || row.email.toLowerCase() === email.trim().toLowerCase();
  } catch (error) {
    if (error instanceof HubError) return false;
    throw error;
  }
}

/** @param actor whose verified address an invitation shown by its id has to be for */
async function findOpen(context: OrganizationsContext, shown: Shown, actor?: User): Promise<Found> {
  const { db, clock } = context;
  const now = clock.now();
  let query = invitations(db, now);
  if ("secret" in shown) query = query.where("hmac", "=", await hmacOf(context, shown.secret));
  else
    query = query
      .where("invitations.id", "=", shown.id)
      .where("invitations.email", "=", verifiedAddressOf(actor));
  const row = await query.executeTakeFirst();
  if (!row)
    throw new HubError(
      "not-found",
      "secret" in shown
        ? "there is no such invitation; take the link as it is in the mail"
        : "there is no such invitation to the address that you have verified",
    );
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

/** Invitations with all that is said of them. */
function invitations(db: Database, now: number) {
  return db.query
    .selectFrom("invitations")
    .innerJoin("organizations as o", "o.id", "invitations.organization_id")
    .selectAll("invitations")
    .select(["o.name as organization", "o.display_name", "o.require_two_factor"])
    .select([teamNames.as("team_names"), inviterName.as("inviter"), stillWorth(now).as("worth")]);
}

type Found = Awaited<ReturnType<ReturnType<typeof invitations>["executeTakeFirstOrThrow"]>>;

function viewOf(row: Found): InvitationView {
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

/** Subquery for the address that somebody has verified, as it is now; NULL, which nothing is equal to, without one. */
function verifiedAddressOf(actor: User | undefined): RawBuilder<string> {
  return sql<string>`(select email from users where id = ${actor?.id ?? ""} and email_verified_at is not null)`;
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
  shown: Shown,
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
  await findOpen(context, shown, actor);
  throw new HubError(
    "denied",
    row.email === null
      ? `${actor.name} was removed from ${row.organization} since this link was made, or has no verified e-mail address; ask for a new invitation`
      : `this invitation is for ${row.email}, and ${actor.name} has not shown to read mail there; sign in with the account it is for, or verify that address`,
  );
}
