import type { CompiledQuery } from "kysely";
import { day, hour, minute } from "../platform/clock.ts";
import type { AccountsContext } from "./context.ts";
import { hashText, randomText } from "./random-text.ts";

/** What a ticket is good for, and for how long, in milliseconds. */
const lifetimes = {
  "verify-email": 2 * day,
  "reset-password": hour,
  "second-factor": 10 * minute,
  "passkey-register": 10 * minute,
  "passkey-sign-in": 10 * minute,
  "passkey-confirm": 10 * minute,
  "choose-name": 30 * minute,
} as const;

export type Purpose = keyof typeof lifetimes;

export interface Ticket<Content> {
  hmac: string;
  userId: string | null;
  content: Content;
  tries: number;
}

/**
 * Issues a ticket: a text that is good for one purpose, once, for a short time. Only its HMAC is kept.
 *
 * @returns the text
 */
export async function issueTicket(
  { db, clock, auth }: AccountsContext,
  purpose: Purpose,
  ticket: { userId: string | null; content?: unknown },
): Promise<string> {
  const text = randomText();
  const now = clock.now();
  await db.query
    .insertInto("sign_in_tickets")
    .values({
      hmac: await hashText(auth, purpose, text),
      purpose,
      user_id: ticket.userId,
      content: JSON.stringify(ticket.content ?? null),
      created_at: now,
      expires_at: now + lifetimes[purpose],
    })
    .execute();
  return text;
}

/** Uses a ticket up: of two at the same moment one gets it. undefined when there is none such, or its time is over. */
export async function redeemTicket<Content>(
  { db, clock, auth }: AccountsContext,
  purpose: Purpose,
  text: string,
): Promise<Ticket<Content> | undefined> {
  const row = await db.query
    .deleteFrom("sign_in_tickets")
    .where("hmac", "=", await hashText(auth, purpose, text))
    .where("purpose", "=", purpose)
    .returningAll()
    .executeTakeFirst();
  if (!row || row.expires_at <= clock.now()) return undefined;
  return {
    hmac: row.hmac,
    userId: row.user_id,
    content: JSON.parse(row.content) as Content,
    tries: row.tries,
  };
}

/** A ticket that stays good: whoever holds it is about to try something with it, which is counted. */
export async function tryTicket<Content>(
  { db, clock, auth }: AccountsContext,
  purpose: Purpose,
  text: string,
): Promise<Ticket<Content> | undefined> {
  const row = await db.query
    .updateTable("sign_in_tickets")
    .set((is) => ({ tries: is("tries", "+", 1) }))
    .where("hmac", "=", await hashText(auth, purpose, text))
    .where("purpose", "=", purpose)
    .where("expires_at", ">", clock.now())
    .returningAll()
    .executeTakeFirst();
  if (!row) return undefined;
  return {
    hmac: row.hmac,
    userId: row.user_id,
    content: JSON.parse(row.content) as Content,
    tries: row.tries,
  };
}

/** The statement that uses a ticket up; for the batch of what it was used for. */
export function dropTicket({ db }: AccountsContext, hmac: string): CompiledQuery {
  return db.query.deleteFrom("sign_in_tickets").where("hmac", "=", hmac).compile();
}

/** The statement that voids all of a user's tickets of some purposes. */
export function dropTickets(
  { db }: AccountsContext,
  userId: string,
  purposes: readonly Purpose[],
): CompiledQuery {
  return db.query
    .deleteFrom("sign_in_tickets")
    .where("user_id", "=", userId)
    .where("purpose", "in", [...purposes])
    .compile();
}
