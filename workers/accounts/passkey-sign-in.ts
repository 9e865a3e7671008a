import type {
  AuthenticationResponseJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from "@simplewebauthn/server";
import { HubError } from "../shared/errors.ts";
import { confirm } from "./confirm.ts";
import type { AccountsContext } from "./context.ts";
import { countAddress } from "./limits.ts";
import { startAssertion, verifyAssertion } from "./passkeys.ts";
import { openSession, userOf, type Opened, type Session } from "./sessions.ts";
import { resumeSignIn } from "./sign-in.ts";
import { dropTicket } from "./tickets.ts";
import type { Visit } from "./visit.ts";

interface Asked {
  challenge: string;
  options: PublicKeyCredentialRequestOptionsJSON;
}

/** Asks for a passkey to sign in with. The same whoever asks: whose it is comes with the answer. */
export async function startPasskeySignIn(context: AccountsContext, visit: Visit): Promise<Asked> {
  return startAssertion(context, visit, "passkey-sign-in", null);
}

/**
 * Signs in with a passkey: alone, or as the second factor of the sign-in that `ticket` stands for.
 *
 * @throws HubError `denied`, `invalid`, `too-many`; `unauthenticated` when the sign-in has to begin anew.
 */
export async function finishPasskeySignIn(
  context: AccountsContext,
  visit: Visit,
  given: { challenge: string; response: AuthenticationResponseJSON; ticket?: string | undefined },
): Promise<Opened> {
  const begun = given.ticket ? await resumeSignIn(context, visit, given.ticket) : undefined;
  const giveBack = await countAddress(context, visit);
  const { userId } = await verifyAssertion(context, visit, "passkey-sign-in", given);
  if (begun && begun.user.id !== userId) throw notTheirs(begun.user.name);
  const row = await context.db.query
    .selectFrom("users")
    .selectAll()
    .where("id", "=", userId)
    .executeTakeFirstOrThrow();
  await giveBack();
  const method = begun ? `${begun.ticket.content.method} and passkey` : "passkey";
  const also = begun ? [dropTicket(context, begun.ticket.hmac)] : [];
  return openSession(context, visit, userOf(row, visit), method, also);
}

export async function startPasskeyConfirmation(
  context: AccountsContext,
  visit: Visit,
  { user }: Session,
): Promise<Asked> {
  return startAssertion(context, visit, "passkey-confirm", user.id);
}

/** Confirms with a passkey, for 15 minutes. @throws HubError `denied` also for somebody else's; `invalid`. */
export async function confirmWithPasskey(
  context: AccountsContext,
  visit: Visit,
  session: Session,
  given: { challenge: string; response: AuthenticationResponseJSON },
): Promise<Opened> {
  const { userId, askedOf } = await verifyAssertion(context, visit, "passkey-confirm", given);
  if (userId !== session.user.id || askedOf !== session.user.id) throw notTheirs(session.user.name);
  return confirm(context, visit, session, "passkey");
}

function notTheirs(name: string): HubError {
  return new HubError("denied", `this passkey is of another account; use one of ${name}`);
}
