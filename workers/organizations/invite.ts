import { base64url } from "jose";
import { sql, type RawBuilder, type SqlBool } from "kysely";
import { auditEach, auditEntry } from "../audit/index.ts";
import { actorOf, type SignedIn } from "../auth/index.ts";
import type { OrganizationRole } from "../db/index.ts";
import { day, hour } from "../platform/clock.ts";
import { isMailAddress } from "../platform/mail.ts";
import { HubError } from "../shared/errors.ts";
import { authorityOf } from "./authority.ts";
import type { OrganizationsContext } from "./context.ts";
import { invitationMail } from "./invitation-mail.ts";
import { hmacOf, isOpen } from "./invitations.ts";
import { teamUnknown } from "./teams.ts";

/** What an invitation gives. */
export interface Offer {
  role: OrganizationRole;
  /** Names of teams to join at once. */
  teams?: readonly string[] | undefined;
  /** Milliseconds; a week unless told. */
  lifetime?: number | undefined;
}

/** What became of one address of many. */
export type Sent =
  | { email: string; result: "invited"; invitation: string; link: string }
  | { email: string; result: "member-already" | "invalid" | "limit" };

export const maximumAddresses = 100;
export const maximumUses = 1000;
export const maximumTeams = 20;
const lifetimes = { shortest: hour, usual: 7 * day, longest: 30 * day } as const;

/** Open ones of an organization at once. */
const maximumOpen = 1000;
/** Addresses that one person can have the hub write to in a day. */
const maximumMails = 500;
/** How long one that has ended is still listed, in milliseconds. */
const keptFor = 90 * day;

/**
 * Invites people by their e-mail addresses. Each gets a mail with a link that only an account with that very address, verified, can
 * accept. An earlier invitation to the same address ends.
 *
 * @param origin of the links that are given back: scheme, host and port of the hub as the caller reached it
 * @returns what became of each address, in order and once
 * @throws HubError `not-found`, also for a team; `denied`; `invalid` for too many addresses, or an offer out of its limits.
 */
export async function inviteByEmail(
  context: OrganizationsContext,
  actor: SignedIn,
  organizationName: string,
  { emails, ...offer }: Offer & { emails: readonly string[] },
  origin: string,
): Promise<Sent[]> {
  const { db, clock } = context;
  const lifetime = checkOffer(offer);
  if (emails.length === 0 || emails.length > maximumAddresses)
    throw new HubError(
      "invalid",
      `${emails.length} addresses cannot be invited at once; it takes 1 to ${maximumAddresses}`,
    );
  const authority = await authorityOf(context, actor, organizationName, "members");
  const { id: organization, name } = authority.organization;
  const now = clock.now();
  const addresses = [...new Set(emails.map((email) => email.trim().toLowerCase()))];
  const letters = await Promise.all(
    addresses
      .filter(isMailAddress)
      .map(async (email) => ({ email, id: crypto.randomUUID(), ...(await newSecret(context)) })),
  );
  const asked = sql`(select value ->> 'email' as email, value ->> 'id' as id, value ->> 'hmac' as hmac, key as place
    from json_each(${JSON.stringify(letters.map(({ email, id, hmac }) => ({ email, id, hmac })))})) as asked`;
  const ours = sql`(select asked.id from ${asked})`;
  const isMember = sql<SqlBool>`exists (select 1 from users u join organization_members m on m.user_id = u.id
    where m.organization_id = ${organization} and u.email = asked.email and u.email_verified_at is not null)`;
  const superseded = sql`organization_id = ${organization} and ${isOpen(now)} and id not in ${ours}
    and email in (select email from invitations where id in ${ours})`;
  const [made, , , , members, missing] = await db.batch([
    sql`insert into invitations (id, organization_id, email, role, teams, hmac, created_by, created_at, expires_at)
      select id, ${organization}, email, ${offer.role}, ${teamIds(organization, offer)}, hmac,
        ${inviterOf(actor)}, ${now}, ${now + lifetime} from ${asked}
      where ${authority.holds} and not exists (${teamsMissing(organization, offer)}) and not ${isMember}
        and place < ${maximumOpen} - ${openOf(organization, now)} and place < ${maximumMails} - ${mailsOf(actor, now)}
      returning id`.compile(db.query),
    auditEach(db, now, actorOf(actor), {
      log: organization,
      action: "invitation.create",
      rows: sql`select email as target, null as before, ${describe(offer)} as after from invitations where id in ${ours}`,
    }),
    auditEach(db, now, actorOf(actor), {
      log: organization,
      action: "invitation.revoke",
      rows: sql`select email as target, json_object('role', role, 'uses', uses) as before, null as after
        from invitations where ${superseded}`,
    }),
    sql`update invitations set revoked_at = ${now} where ${superseded}`.compile(db.query),
    sql`select email from ${asked} where ${isMember}`.compile(db.query),
    teamsMissing(organization, offer).compile(db.query),
    forgetOld(organization, now).compile(db.query),
  ]);
  const invited = new Set(((made?.rows ?? []) as { id: string }[]).map(({ id }) => id));
  const known = new Set(((members?.rows ?? []) as { email: string }[]).map(({ email }) => email));
  const [team] = (missing?.rows ?? []) as { name: string }[];
  if (team) await authority.refuse(teamUnknown(name, team.name));
  if (invited.size === 0 && known.size < letters.length) await authority.refuse(tooMany(name));

  const sent: Sent[] = addresses.map((email) => {
    const letter = letters.find((each) => each.email === email);
    if (!letter) return { email, result: "invalid" };
    if (invited.has(letter.id))
      return { email, result: "invited", invitation: letter.id, link: `${origin}${pathOf(letter)}` };
    return { email, result: known.has(email) ? "member-already" : "limit" };
  });
  const mails = letters.filter(({ id }) => invited.has(id));
  await Promise.all(
    mails.map(async (letter) => {
      // Whoever sends a request chooses its Host, and must not choose where a mail to somebody else leads.
      const link = `${context.auth.publicOrigin ?? ""}${pathOf(letter)}`;
      const { role } = offer;
      await context.sendMail(
        invitationMail({
          to: letter.email,
          link,
          organization: name,
          inviter: signatureOf(actor),
          role,
          lifetime,
        }),
      );
    }),
  );
  return sent;
}

/**
 * Makes a link that lets whoever has it join. For roles below owner: an owner is invited by name.
 *
 * @returns the link, which is shown this once
 * @throws HubError `not-found`, also for a team; `denied`; `invalid`; `too-many`.
 */
export async function inviteByLink(
  context: OrganizationsContext,
  actor: SignedIn,
  organizationName: string,
  { maximumUses: uses, ...offer }: Offer & { maximumUses: number },
  origin: string,
): Promise<{ id: string; link: string; expiresAt: number }> {
  const { db, clock } = context;
  const lifetime = checkOffer(offer);
  if (!Number.isInteger(uses) || uses < 1 || uses > maximumUses)
    throw new HubError("invalid", `a link can be used 1 to ${maximumUses} times, not ${uses}`);
  if (offer.role === "owner")
    throw new HubError(
      "invalid",
      "a link cannot make owners: whoever gets hold of it would own the organization; invite them by e-mail",
    );
  const authority = await authorityOf(context, actor, organizationName, "members");
  const { id: organization, name } = authority.organization;
  const [id, now] = [crypto.randomUUID(), clock.now()];
  const expiresAt = now + lifetime;
  const { secret, hmac } = await newSecret(context);
  const [made, , missing] = await db.batch([
    sql`insert into invitations (id, organization_id, role, teams, hmac, maximum_uses, created_by, created_at, expires_at)
      select ${id}, ${organization}, ${offer.role}, ${teamIds(organization, offer)}, ${hmac}, ${uses},
        ${inviterOf(actor)}, ${now}, ${expiresAt}
      where ${authority.holds} and not exists (${teamsMissing(organization, offer)})
        and ${openOf(organization, now)} < ${maximumOpen}`.compile(db.query),
    auditEntry(db, now, actorOf(actor), {
      log: organization,
      action: "invitation.create",
      target: `link ${id}`,
      after: { role: offer.role, teams: offer.teams ?? [], maximum_uses: uses },
    }),
    teamsMissing(organization, offer).compile(db.query),
    forgetOld(organization, now).compile(db.query),
  ]);
  if (made?.numAffectedRows === 0n) {
    const [team] = (missing?.rows ?? []) as { name: string }[];
    await authority.refuse(team ? teamUnknown(name, team.name) : tooMany(name));
  }
  return { id, link: `${origin}${pathOf({ secret })}`, expiresAt };
}

/** @returns the lifetime in milliseconds. @throws HubError `invalid`. */
function checkOffer({ teams = [], lifetime = lifetimes.usual }: Offer): number {
  if (!(lifetime >= lifetimes.shortest && lifetime <= lifetimes.longest))
    throw new HubError("invalid", "an invitation is open for an hour to 30 days");
  if (teams.length > maximumTeams)
    throw new HubError(
      "invalid",
      `an invitation is to ${maximumTeams} teams at most, not ${teams.length}; add them to the others later`,
    );
  return lifetime;
}

/** A secret of 256 bits, and what is kept of it. */
async function newSecret(context: OrganizationsContext): Promise<{ secret: string; hmac: string }> {
  const secret = base64url.encode(crypto.getRandomValues(new Uint8Array(32)));
  return { secret, hmac: await hmacOf(context, secret) };
}

/** The page of the invitation. */
function pathOf({ secret }: { secret: string }): string {
  return `/invitations/${secret}`;
}

/** Whose invitation it is: a user, or the organization's own token. */
function inviterOf(actor: SignedIn): string {
  return actor.kind === "user" ? actor.id : actor.token.id;
}

/** Who invites, in the mail. What an organization calls its token can be anything, and would be its own words to strangers. */
function signatureOf(actor: SignedIn): string {
  return actor.kind === "user" ? actor.name : actor.owner.name;
}

function describe({ role, teams = [] }: Offer): string {
  return JSON.stringify({ role, teams });
}

function teamIds(organization: string, { teams = [] }: Offer): RawBuilder<string> {
  return sql<string>`(select json_group_array(id) from teams where organization_id = ${organization}
    and name in (select value from json_each(${JSON.stringify(teams)})))`;
}

function teamsMissing(organization: string, { teams = [] }: Offer): RawBuilder<{ name: string }> {
  return sql<{ name: string }>`select value as name from json_each(${JSON.stringify(teams)})
    where not exists (select 1 from teams where organization_id = ${organization} and name = value)`;
}

function openOf(organization: string, now: number): RawBuilder<number> {
  return sql<number>`(select count(*) from invitations where organization_id = ${organization} and ${isOpen(now)})`;
}

function mailsOf(actor: SignedIn, now: number): RawBuilder<number> {
  return sql<number>`(select count(*) from invitations where created_by = ${inviterOf(actor)}
    and created_at > ${now - day} and email is not null)`;
}

function forgetOld(organization: string, now: number): RawBuilder<unknown> {
  return sql`delete from invitations where organization_id = ${organization} and expires_at < ${now - keptFor}`;
}

function tooMany(organization: string): HubError {
  return new HubError(
    "too-many",
    `that is more than an organization may have open (${maximumOpen}) or one person may have mailed in a day (${maximumMails}); revoke invitations to ${organization} that nobody needs, or go on tomorrow`,
  );
}
