import { sql } from "kysely";
import type { MailMessage } from "../platform/mail.ts";
import { HubError } from "../shared/errors.ts";
import type { AccountsContext } from "./context.ts";
import { countRecipient } from "./limits.ts";
import { addressTaken, notice, resetLink, verificationLink, type Notice } from "./mails.ts";
import { issueTicket, type Purpose } from "./tickets.ts";

/**
 * What the queue carries for mail. Requests only say what is wanted: who gets what is looked up here, where nobody measures how long it
 * takes. A job may run twice; then there are two mails, and the links of both work.
 */
export type MailJob =
  /** A link by which a user shows that they read the mail of an address. It goes on to the invitation that they signed up for, if any. */
  | { type: "verify-mail"; userId: string; email: string; invitation?: string | undefined }
  /** A link to set another password, if there is such an account. */
  | { type: "reset-mail"; email: string }
  /** Tells somebody what has been done to their account. */
  | { type: "notice-mail"; to: string; name: string; notice: Notice }
  /** A mail of another domain. */
  | { type: "send-mail"; message: MailMessage };

/** Links of one kind that one account may have at a time. */
const maximumLinks = 5;

/** @throws whatever the mailer throws: the queue tries again. */
export async function runMailJob(context: AccountsContext, job: MailJob): Promise<void> {
  const message = await compose(context, job);
  if (!message) return;
  try {
    await countRecipient(context, job.type, message.to);
  } catch (error) {
    if (!(error instanceof HubError)) throw error;
    // Whoever has many mails sent to somebody is to fill neither their mailbox nor the log.
    return;
  }
  await context.mailer.send(message);
}

async function compose(context: AccountsContext, job: MailJob): Promise<MailMessage | undefined> {
  switch (job.type) {
    case "verify-mail":
      return composeVerification(context, job);
    case "reset-mail":
      return composeReset(context, job.email);
    case "notice-mail":
      return notice(job);
    case "send-mail":
      return job.message;
  }
}

async function composeVerification(
  context: AccountsContext,
  { userId, email, invitation }: { userId: string; email: string; invitation?: string | undefined },
): Promise<MailMessage | undefined> {
  const { db } = context;
  const user = await db.query.selectFrom("users").select("name").where("id", "=", userId).executeTakeFirst();
  if (!user) return undefined;
  const owner = await ownerOf(context, email);
  if (owner?.id === userId) return undefined;
  if (owner) return addressTaken({ to: email, name: owner.name, other: user.name });
  const token = await issueLink(context, "verify-email", userId, { email });
  if (token === undefined) return undefined;
  // Whoever signs up chooses it, and the reader of the mail may be somebody else: no words of theirs.
  const next =
    invitation !== undefined && /^[\w-]{1,100}$/.test(invitation) ? `&next=/invitations/${invitation}` : "";
  return verificationLink({
    to: email,
    name: user.name,
    link: linkTo(context, "verify", token) + next,
  });
}

async function composeReset(context: AccountsContext, email: string): Promise<MailMessage | undefined> {
  const user = await ownerOf(context, email);
  if (!user?.email) return undefined;
  const token = await issueLink(context, "reset-password", user.id, {});
  return token === undefined
    ? undefined
    : resetLink({ to: user.email, name: user.name, link: linkTo(context, "reset", token) });
}

/** Whose address it was verified to be. */
async function ownerOf({ db }: AccountsContext, email: string) {
  return db.query
    .selectFrom("users")
    .select(["id", "name", "email"])
    .where("email", "=", email)
    .where("email_verified_at", "is not", null)
    .executeTakeFirst();
}

async function issueLink(
  context: AccountsContext,
  purpose: Purpose,
  userId: string,
  content: object,
): Promise<string | undefined> {
  const { db, clock } = context;
  const { count } = await db.query
    .selectFrom("sign_in_tickets")
    .select(sql<number>`count(*)`.as("count"))
    .where("user_id", "=", userId)
    .where("purpose", "=", purpose)
    .where("expires_at", ">", clock.now())
    .executeTakeFirstOrThrow();
  return count < maximumLinks ? issueTicket(context, purpose, { userId, content }) : undefined;
}

/**
 * A link into the hub. Without PUBLIC_URL it has no host: the Host of a request is chosen by who sends it, and would carry the token of
 * somebody else's mail to wherever they like.
 */
function linkTo({ auth }: AccountsContext, page: "verify" | "reset", token: string): string {
  return `${auth.publicOrigin ?? ""}/${page}?token=${token}`;
}
