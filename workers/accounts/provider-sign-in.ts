import { sql } from "kysely";
import { checkMailAddress } from "../platform/mail.ts";
import { HubError } from "../shared/errors.ts";
import type { AccountsContext } from "./context.ts";
import { flowCookie, flowLifetime } from "./cookies.ts";
import { linkIdentity } from "./identities.ts";
import { countAddress } from "./limits.ts";
import {
  authorizationUrl,
  exchangeCode,
  newExchange,
  type Exchange,
  type ForeignAccount,
} from "./provider-exchange.ts";
import type { Provider, ProviderId } from "./providers.ts";
import { requireSudo, userOf, type Opened, type Session } from "./sessions.ts";
import { nextStep, type Step } from "./sign-in.ts";
import { createAccount, requireSignUp } from "./sign-up.ts";
import { issueTicket, tryTicket } from "./tickets.ts";
import type { Visit } from "./visit.ts";

/** What somebody goes to a provider for. */
export type ProviderPurpose =
  | { kind: "sign-in"; next?: string | undefined; invitation?: string | undefined }
  | { kind: "link"; session: Session };

/** What came of it. */
export type ProviderStep =
  | (Step & { next: string | undefined })
  /** Nobody here has this account yet: `createWithProvider` makes one. */
  | {
      step: "choose-name";
      ticket: string;
      suggestion: string;
      email: string | undefined;
      next: string | undefined;
    }
  | { step: "linked" };

/** A sign-in that is under way, sealed in a cookie: it ends in the browser it began in. */
interface Flow extends Exchange {
  provider: ProviderId;
  /** Of the user who links an account; null: somebody signs in. */
  userId: string | null;
  next: string | undefined;
  invitation: string | undefined;
  /** Milliseconds since 1970. */
  endsAt: number;
}

const flowLabel = "provider flow";

/** Names that one sign-in may try. */
const maximumNames = 20;

/**
 * Sends the browser to a provider.
 *
 * @returns where to, and the values of Set-Cookie to send along
 * @throws HubError `not-found` for a provider that is not set up; `denied` without confirmation, for linking; `unavailable`.
 */
export async function startProvider(
  context: AccountsContext,
  visit: Visit,
  id: string,
  purpose: ProviderPurpose,
): Promise<{ location: string; cookies: string[] }> {
  const provider = findProvider(context, id);
  if (purpose.kind === "link") requireSudo(context, purpose.session);
  const flow: Flow = {
    ...newExchange(),
    provider: provider.id,
    userId: purpose.kind === "link" ? purpose.session.user.id : null,
    next: purpose.kind === "link" ? undefined : purpose.next,
    invitation: purpose.kind === "link" ? undefined : purpose.invitation,
    endsAt: context.clock.now() + flowLifetime,
  };
  const location = await authorizationUrl(context, provider, redirectUri(visit, provider), flow);
  const sealed = await context.auth.secret.seal(flowLabel, JSON.stringify(flow));
  return { location, cookies: [flowCookie(visit, sealed)] };
}

/**
 * Goes on when the browser comes back.
 *
 * @param callback the whole address it came back to
 * @param session of the browser, if it has one
 * @returns what comes next, and the values of Set-Cookie to send along
 * @throws HubError `denied`, `conflict` when the account or its e-mail address is somebody else's here; `too-many`, `unavailable`.
 */
export async function finishProvider(
  context: AccountsContext,
  visit: Visit,
  id: string,
  callback: URL,
  session: Session | undefined,
): Promise<ProviderStep & { cookies: string[] }> {
  const provider = findProvider(context, id);
  const flow = await openFlow(context, visit, provider);
  const giveBack = await countAddress(context, visit);
  const account = await exchangeCode(context, provider, redirectUri(visit, provider), flow, callback);
  await giveBack();
  const step =
    flow.userId === null
      ? await signInWithAccount(context, visit, provider, flow, account)
      : await link(context, provider, flow.userId, account, session);
  return { ...step, cookies: [flowCookie(visit, "")] };
}

async function openFlow(
  { auth, clock }: AccountsContext,
  { flowText }: Visit,
  provider: Provider,
): Promise<Flow> {
  const sealed = flowText ?? "";
  const flow = await auth.secret.open(flowLabel, sealed).then(
    (text) => JSON.parse(text) as Flow,
    () => undefined,
  );
  // The provider too: an answer of one must not be taken for another's (RFC 9700, section 4.4).
  if (flow?.provider !== provider.id || flow.endsAt <= clock.now())
    throw new HubError(
      "denied",
      `signing in with ${provider.label} began in another browser or took too long; begin again`,
    );
  return flow;
}

async function link(
  context: AccountsContext,
  provider: Provider,
  userId: string,
  account: ForeignAccount,
  session: Session | undefined,
): Promise<ProviderStep> {
  if (session?.user.id !== userId)
    throw new HubError("denied", "you were signed out meanwhile; sign in and link the account again");
  await linkIdentity(context, session.user, provider, account);
  return { step: "linked" };
}

async function signInWithAccount(
  context: AccountsContext,
  visit: Visit,
  provider: Provider,
  { next, invitation }: Flow,
  account: ForeignAccount,
): Promise<ProviderStep> {
  const { db, clock } = context;
  const row = await db.query
    .selectFrom("sign_in_identities")
    .innerJoin("users", "users.id", "sign_in_identities.user_id")
    .selectAll("users")
    .where("provider", "=", provider.id)
    .where("subject", "=", account.subject)
    .executeTakeFirst();
  if (row) {
    await db.query
      .updateTable("sign_in_identities")
      .set({ last_used_at: clock.now() })
      .where("provider", "=", provider.id)
      .where("subject", "=", account.subject)
      .execute();
    return { ...(await nextStep(context, visit, userOf(row, visit), { method: provider.id })), next };
  }
  await requireSignUp(context, invitation, account.email);
  await refuseTakenEmail(context, provider, account);
  const content: Newcomer = { provider: provider.id, account, invitation };
  const ticket = await issueTicket(context, "choose-name", { userId: null, content });
  return { step: "choose-name", ticket, suggestion: suggestName(account.label), email: account.email, next };
}

/**
 * Two accounts are never joined because their addresses are alike: whoever controls one of them at a provider would get the other here.
 * Only who has shown that the address is theirs is told that it has an account.
 */
async function refuseTakenEmail(
  { db }: AccountsContext,
  provider: Provider,
  { email, emailVerified }: ForeignAccount,
): Promise<void> {
  if (email === undefined || !emailVerified) return;
  const owner = await db.query
    .selectFrom("users")
    .select("name")
    .where("email", "=", email)
    .where("email_verified_at", "is not", null)
    .executeTakeFirst();
  if (owner)
    throw new HubError(
      "conflict",
      `${email} belongs to the account ${owner.name} here; sign in to it, then link ${provider.label} in its settings`,
    );
}

interface Newcomer {
  provider: ProviderId;
  account: ForeignAccount;
  invitation: string | undefined;
}

/**
 * Makes the account of somebody who came from a provider, under the name they choose. An address that the provider has not verified is
 * not verified here.
 *
 * @param given.email where the provider told of none
 * @throws HubError `unauthenticated` when the sign-in has to begin anew; `invalid`, `conflict` for the name: choose another.
 */
export async function createWithProvider(
  context: AccountsContext,
  visit: Visit,
  given: { ticket: string; name: string; email?: string | undefined },
): Promise<Opened> {
  const { db, clock } = context;
  const ticket = await tryTicket<Newcomer>(context, "choose-name", given.ticket);
  if (!ticket || ticket.tries > maximumNames)
    throw new HubError("unauthenticated", "this sign-in took too long or too many tries; begin again");
  const { provider: id, account, invitation } = ticket.content;
  const provider = findProvider(context, id);
  const email = checkMailAddress((account.email ?? given.email ?? "").trim());
  await requireSignUp(context, invitation, email);
  await refuseTakenEmail(context, provider, account);
  const now = clock.now();
  return createAccount(context, visit, {
    name: given.name,
    email,
    emailVerified: account.email !== undefined && account.emailVerified,
    method: provider.id,
    also: (userId) => [
      sql`insert into sign_in_identities (provider, subject, user_id, label, created_at, last_used_at)
        select ${provider.id}, ${account.subject}, id, ${account.label}, ${now}, ${now} from users where id = ${userId}`.compile(
        db.query,
      ),
      // A name that was taken uses nothing up.
      sql`delete from sign_in_tickets where hmac = ${ticket.hmac}
        and exists (select 1 from users where id = ${userId})`.compile(db.query),
    ],
  });
}

function findProvider({ settings }: AccountsContext, id: string): Provider {
  const provider = settings.providers.find((each) => each.id === id);
  if (!provider) throw new HubError("not-found", `this hub does not sign in with "${id.slice(0, 40)}"`);
  return provider;
}

/** What the provider has to have registered for this hub. */
function redirectUri({ origin }: Visit, { id }: Provider): string {
  return `${origin}/sign-in/${id}/callback`;
}

/** The nearest that could be a name here. */
function suggestName(label: string): string {
  const [name = ""] = label.toLowerCase().split("@");
  return name
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "")
    .slice(0, 40);
}
