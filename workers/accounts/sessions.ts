import { sql, type CompiledQuery, type Selectable } from "kysely";
import { actorOf, type User } from "../auth/index.ts";
import { auditEntry } from "../audit/index.ts";
import type { Row } from "../db/index.ts";
import { day, hour, minute } from "../platform/clock.ts";
import { HubError } from "../shared/errors.ts";
import type { AccountsContext } from "./context.ts";
import { rememberDevice } from "./known-devices.ts";
import { hashText, randomText } from "./random-text.ts";
import type { Visit } from "./visit.ts";

/**
 * A session ends this long after it was last used, and after it began, in milliseconds. Its secret is in the browser's cookie; the
 * database has the HMAC. Whenever its rights rise the secret is another: one that somebody planted or saw before is worth nothing.
 */
const slidingLifetime = 14 * day;
export const absoluteLifetime = 90 * day;

/** How long whoever has just shown who they are need not do it again, in milliseconds. */
const sudoLifetime = 15 * minute;

/** Older ones end when there are more. */
const maximumSessions = 50;

/** Sessions that were last used or begun before have ended, in milliseconds since 1970. */
export function liveSince(now: number): { usedAfter: number; createdAfter: number } {
  return { usedAfter: now - slidingLifetime, createdAfter: now - absoluteLifetime };
}

/** A browser that is signed in. */
export interface Session {
  id: string;
  /** What the functions of all domains take as their actor. */
  user: User;
  email: string | null;
  createdAt: number;
  /** Until when dangerous acts need no confirmation; 0: they do. */
  sudoUntil: number;
}

/** A session that was just opened, or opened anew: the browser has to get its cookies (`cookiesFor`). */
export interface Opened {
  user: User;
  sessionText: string;
  deviceText: string;
}

type UserRow = Selectable<Row<"users">>;

/** Who somebody is in their browser. */
export function userOf(row: UserRow, { address }: Pick<Visit, "address">): User {
  return {
    kind: "user",
    id: row.id,
    name: row.name,
    administrator: row.administrator === 1,
    emailVerified: row.email === null || row.email_verified_at !== null,
    twoFactor: row.two_factor === 1,
    token: undefined,
    address,
  };
}

/** The session of a browser: one statement. undefined when it has none, or it has ended. */
export async function currentSession(context: AccountsContext, visit: Visit): Promise<Session | undefined> {
  const { db, clock, auth } = context;
  if (!visit.sessionText) return undefined;
  const now = clock.now();
  const { usedAfter, createdAfter } = liveSince(now);
  const row = await db.query
    .selectFrom("sign_in_sessions as session")
    .innerJoin("users", "users.id", "session.user_id")
    .selectAll("users")
    .select([
      "session.id as session_id",
      "session.created_at as session_created_at",
      "session.used_at",
      "session.sudo_until",
    ])
    .where("session.hmac", "=", await hashText(auth, "session", visit.sessionText))
    .where("session.used_at", ">", usedAfter)
    .where("session.created_at", ">", createdAfter)
    .executeTakeFirst();
  if (!row) return undefined;
  noteUse(context, visit, { id: row.session_id, usedAt: row.used_at });
  return {
    id: row.session_id,
    user: userOf(row, visit),
    email: row.email,
    createdAt: row.session_created_at,
    sudoUntil: row.sudo_until > now ? row.sudo_until : 0,
  };
}

/** Once an hour, behind the answer. */
function noteUse(
  { db, clock, auth }: AccountsContext,
  visit: Visit,
  session: { id: string; usedAt: number },
): void {
  const now = clock.now();
  const thisHour = now - (now % hour);
  if (session.usedAt >= thisHour) return;
  auth.background(
    db.query
      .updateTable("sign_in_sessions")
      .set({ used_at: now, address: visit.address ?? null, agent: visit.agent })
      .where("id", "=", session.id)
      .execute(),
  );
}

/** A session about to begin: what the browser gets, and the statements that begin it, for the batch of what it begins with. */
export interface NewSession {
  opened: Opened;
  queries: CompiledQuery[];
}

/**
 * Opens a session for somebody who has shown who they are. The one that the browser had ends.
 *
 * @param method how they did, for the audit log
 */
export async function newSession(
  { db, clock, auth }: AccountsContext,
  visit: Visit,
  user: User,
  method: string,
): Promise<NewSession> {
  const sessionText = randomText();
  const now = clock.now();
  const hmac = await hashText(auth, "session", sessionText);
  const before = await hashText(auth, "session", visit.sessionText ?? "");
  // Nothing for somebody who was deleted meanwhile.
  const insert = sql`insert into sign_in_sessions (id, hmac, user_id, created_at, used_at, sudo_until, agent, address)
    select ${crypto.randomUUID()}, ${hmac}, id, ${now}, ${now}, ${now + sudoLifetime}, ${visit.agent}, ${visit.address ?? null}
    from users where id = ${user.id}`;
  const entry = {
    log: user.id,
    action: "session.start",
    target: user.name,
    after: { method, agent: visit.agent },
  };
  return {
    opened: { user, sessionText, deviceText: await rememberDevice(auth, visit.deviceText, user.id) },
    queries: [
      db.query.deleteFrom("sign_in_sessions").where("hmac", "=", before).compile(),
      insert.compile(db.query),
      auditEntry(db, now, actorOf(user), entry),
      sql`delete from sign_in_sessions where user_id = ${user.id} and id not in (select id from sign_in_sessions
        where user_id = ${user.id} order by used_at desc, created_at desc limit ${maximumSessions})`.compile(
        db.query,
      ),
    ],
  };
}

/** `newSession`, begun at once. */
export async function openSession(
  context: AccountsContext,
  visit: Visit,
  user: User,
  method: string,
  also: readonly CompiledQuery[] = [],
): Promise<Opened> {
  const { opened, queries } = await newSession(context, visit, user, method);
  await context.db.batch([...also, ...queries]);
  return opened;
}

/**
 * The session under a new secret, because its rights rise.
 *
 * @returns what the browser gets, and the statement that makes the old secret void
 */
export async function renewSession(
  { db, clock, auth }: AccountsContext,
  visit: Visit,
  { id, user }: Session,
): Promise<NewSession> {
  const sessionText = randomText();
  const query = db.query
    .updateTable("sign_in_sessions")
    .set({ hmac: await hashText(auth, "session", sessionText), sudo_until: clock.now() + sudoLifetime })
    .where("id", "=", id)
    .compile();
  const deviceText = await rememberDevice(auth, visit.deviceText, user.id);
  return { opened: { user, sessionText, deviceText }, queries: [query] };
}

export function hasSudo({ clock }: AccountsContext, { sudoUntil }: Session): boolean {
  return sudoUntil > clock.now();
}

/** For what does lasting harm in the wrong hands. @throws HubError `denied` with `sudo: true` in `detail`. */
export function requireSudo(context: AccountsContext, session: Session): void {
  if (!hasSudo(context, session))
    throw new HubError(
      "denied",
      "this needs you to confirm that it is you, which was more than 15 minutes ago",
      {
        detail: { sudo: true },
      },
    );
}

/** Ends a session. */
export async function signOut({ db, clock }: AccountsContext, { id, user }: Session): Promise<void> {
  await db.batch([
    db.query.deleteFrom("sign_in_sessions").where("id", "=", id),
    auditEntry(db, clock.now(), actorOf(user), { log: user.id, action: "session.end", target: user.name }),
  ]);
}
