import {
  generateAuthenticationOptions,
  generateRegistrationOptions,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
  type AuthenticationResponseJSON,
  type AuthenticatorTransport,
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
  type RegistrationResponseJSON,
} from "@simplewebauthn/server";
import { base64url } from "jose";
import { sql } from "kysely";
import { auditEntry } from "../audit/index.ts";
import { actorOf } from "../auth/index.ts";
import { HubError } from "../shared/errors.ts";
import type { AccountsContext } from "./context.ts";
import { lastWayIn, otherWayIn } from "./ways-in.ts";
import { sendNotice } from "./notices.ts";
import { firstRecoveryCodes } from "./recovery-codes.ts";
import { renewSession, requireSudo, type Opened, type Session } from "./sessions.ts";
import { issueTicket, redeemTicket, type Purpose } from "./tickets.ts";
import type { Visit } from "./visit.ts";

/** A passkey (WebAuthn, Level 3) of somebody. It signs in without anything else: the device asks for a finger or a PIN. */
export interface Passkey {
  id: string;
  name: string;
  createdAt: number;
  lastUsedAt: number | null;
}

const maximumPasskeys = 20;

export async function listPasskeys({ db }: AccountsContext, { user }: Session): Promise<Passkey[]> {
  const rows = await db.query
    .selectFrom("sign_in_passkeys")
    .selectAll()
    .where("user_id", "=", user.id)
    .orderBy("created_at")
    .execute();
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
  }));
}

/**
 * Begins to add a passkey.
 *
 * @returns what `navigator.credentials.create` takes, and a challenge to come back with, good once and for ten minutes
 * @throws HubError `denied` without confirmation.
 */
export async function startPasskey(
  context: AccountsContext,
  visit: Visit,
  session: Session,
): Promise<{ challenge: string; options: PublicKeyCredentialCreationOptionsJSON }> {
  requireSudo(context, session);
  const { user } = session;
  const party = partyOf(visit);
  const options = await generateRegistrationOptions({
    rpName: party.id,
    rpID: party.id,
    userID: Uint8Array.from(new TextEncoder().encode(user.id)),
    userName: user.name,
    userDisplayName: user.name,
    attestationType: "none",
    excludeCredentials: (await listPasskeys(context, session)).map(({ id }) => ({ id })),
    authenticatorSelection: { residentKey: "required", userVerification: "required" },
  });
  const content = { challenge: options.challenge };
  return { options, challenge: await issueTicket(context, "passkey-register", { userId: user.id, content }) };
}

/**
 * Adds the passkey that the browser made.
 *
 * @returns recovery codes, which are shown this once; none when there was a second factor already
 * @throws HubError `invalid` when it is not the answer to the challenge; `conflict`; `denied` without confirmation.
 */
export async function addPasskey(
  context: AccountsContext,
  visit: Visit,
  session: Session,
  given: { challenge: string; response: RegistrationResponseJSON; name: string },
): Promise<{ opened: Opened; recoveryCodes: string[] }> {
  requireSudo(context, session);
  const { db, clock } = context;
  const { user } = session;
  const name = checkName(given.name);
  const ticket = await redeemTicket<{ challenge: string }>(context, "passkey-register", given.challenge);
  if (ticket?.userId !== user.id) throw staleChallenge();
  const party = partyOf(visit);
  const verified = await verifyRegistrationResponse({
    response: given.response,
    expectedChallenge: ticket.content.challenge,
    expectedOrigin: party.origin,
    expectedRPID: party.id,
    requireUserVerification: true,
  }).catch((cause: unknown) => ({ verified: false as const, cause }));
  if (!verified.verified)
    throw new HubError("invalid", "the passkey could not be verified; begin again", {
      cause: "cause" in verified ? verified.cause : undefined,
    });
  const { credential } = verified.registrationInfo;
  if ((await listPasskeys(context, session)).length >= maximumPasskeys)
    throw new HubError("conflict", `there are ${maximumPasskeys} passkeys already; remove one first`);
  const now = clock.now();
  const { codes, queries } = await firstRecoveryCodes(context, user);
  const renewed = await renewSession(context, visit, session);
  const [added] = await db.batch([
    db.query
      .insertInto("sign_in_passkeys")
      .values({
        id: credential.id,
        user_id: user.id,
        name,
        public_key: base64url.encode(credential.publicKey),
        counter: credential.counter,
        transports: JSON.stringify(credential.transports ?? []),
        created_at: now,
        last_used_at: null,
      })
      .onConflict((conflict) => conflict.doNothing()),
    auditEntry(db, now, actorOf(user), { log: user.id, action: "passkey.add", target: name }),
    ...queries,
    ...renewed.queries,
  ]);
  if (added?.numAffectedRows === 0n)
    throw new HubError("conflict", "this passkey is registered already; make another one");
  await sendNotice(context, user, "passkey-added");
  return { opened: { ...renewed.opened, user: { ...user, twoFactor: true } }, recoveryCodes: codes };
}

/** @throws HubError `not-found`, also for somebody else's; `invalid`. */
export async function renamePasskey(
  { db, clock }: AccountsContext,
  { user }: Session,
  given: { id: string; name: string },
): Promise<void> {
  const name = checkName(given.name);
  const [renamed] = await db.batch([
    db.query
      .updateTable("sign_in_passkeys")
      .set({ name })
      .where("id", "=", given.id)
      .where("user_id", "=", user.id),
    auditEntry(db, clock.now(), actorOf(user), { log: user.id, action: "passkey.rename", target: name }),
  ]);
  if (renamed?.numAffectedRows === 0n) throw unknownPasskey();
}

/** @throws HubError `denied` without confirmation; `not-found`, also for somebody else's; `conflict` when nothing else signs in. */
export async function removePasskey(context: AccountsContext, session: Session, id: string): Promise<void> {
  requireSudo(context, session);
  const { db, clock } = context;
  const { user } = session;
  const passkey = (await listPasskeys(context, session)).find((each) => each.id === id);
  if (!passkey) throw unknownPasskey();
  const [removed] = await db.batch([
    sql`delete from sign_in_passkeys where id = ${id} and user_id = ${user.id} and ${otherWayIn(user.id, { passkey: id })}`.compile(
      db.query,
    ),
    auditEntry(db, clock.now(), actorOf(user), {
      log: user.id,
      action: "passkey.remove",
      target: passkey.name,
    }),
  ]);
  if (removed?.numAffectedRows === 0n) throw lastWayIn();
  await sendNotice(context, user, "passkey-removed");
}

/** What a passkey is asked for: signing in, or confirming that it is still its owner. */
type AssertionPurpose = Extract<Purpose, "passkey-sign-in" | "passkey-confirm">;

/** What `navigator.credentials.get` takes, and a challenge to come back with, good once and for ten minutes. */
export async function startAssertion(
  context: AccountsContext,
  visit: Visit,
  purpose: AssertionPurpose,
  userId: string | null,
): Promise<{ challenge: string; options: PublicKeyCredentialRequestOptionsJSON }> {
  const options = await generateAuthenticationOptions({
    rpID: partyOf(visit).id,
    // The browser offers what it has: asking for certain ones would say which an account has.
    userVerification: "required",
  });
  const content = { challenge: options.challenge };
  return { options, challenge: await issueTicket(context, purpose, { userId, content }) };
}

/**
 * Whose passkey answered a challenge.
 *
 * @returns the id of its user
 * @throws HubError `denied` when it is unknown, or the answer is not one to this challenge of this hub; `invalid` for a challenge that was used.
 */
export async function verifyAssertion(
  context: AccountsContext,
  visit: Visit,
  purpose: AssertionPurpose,
  given: { challenge: string; response: AuthenticationResponseJSON },
): Promise<{ userId: string; askedOf: string | null }> {
  const { db, clock } = context;
  const ticket = await redeemTicket<{ challenge: string }>(context, purpose, given.challenge);
  if (!ticket) throw staleChallenge();
  const row = await db.query
    .selectFrom("sign_in_passkeys")
    .selectAll()
    .where("id", "=", typeof given.response.id === "string" ? given.response.id : "")
    .executeTakeFirst();
  const party = partyOf(visit);
  const verified =
    row &&
    (await verifyAuthenticationResponse({
      response: given.response,
      expectedChallenge: ticket.content.challenge,
      expectedOrigin: party.origin,
      expectedRPID: party.id,
      requireUserVerification: true,
      credential: {
        id: row.id,
        publicKey: base64url.decode(row.public_key) as Uint8Array<ArrayBuffer>,
        counter: row.counter,
        transports: JSON.parse(row.transports) as AuthenticatorTransport[],
      },
    }).catch(() => undefined));
  if (!row || !verified?.verified)
    throw new HubError("denied", "this passkey does not sign in here; use another, or your password");
  await db.query
    .updateTable("sign_in_passkeys")
    .set({ counter: verified.authenticationInfo.newCounter, last_used_at: clock.now() })
    .where("id", "=", row.id)
    .execute();
  return { userId: row.user_id, askedOf: ticket.userId };
}

/** The hub as passkeys know it (relying party): its host. */
function partyOf({ origin }: Visit): { id: string; origin: string } {
  return { id: new URL(origin).hostname, origin };
}

function checkName(name: string): string {
  const trimmed = name.trim();
  if (trimmed === "" || trimmed.length > 60)
    throw new HubError("invalid", "a passkey has a name of 1 to 60 characters, such as the device it is on");
  return trimmed;
}

function staleChallenge(): HubError {
  return new HubError("invalid", "this was asked for too long ago, or was answered already; begin again");
}

function unknownPasskey(): HubError {
  return new HubError("not-found", "there is no such passkey of yours");
}
