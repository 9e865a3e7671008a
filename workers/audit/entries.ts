import { sql, type CompiledQuery, type RawBuilder } from "kysely";
import type { AuditLogTable, Database } from "../db/index.ts";

/** Who acts, as the log tells it. */
export interface Actor {
  /** `user:<id>`, `token:<id>` of a machine, or `anonymous`. */
  subject: string;
  /** What they are called now; the log keeps it when they are renamed or gone. */
  name: string;
  /** The access token they came with; undefined: a browser session. */
  tokenId?: string | undefined;
  /** Where the request came from. */
  address?: string | undefined;
}

export interface NewEntry {
  /** Id of the user or organization whose log it belongs in, or `hubLog`. */
  log: string | RawValue;
  /** Noun and verb, such as `team.member.add`. */
  action: string;
  /** What it was done to, as people call it. Nothing secret. */
  target: string;
  /** What was there before, and after: plain values, nothing secret. */
  before?: unknown;
  after?: unknown;
}

type RawValue = ReturnType<typeof sql<string>>;

/** An actor whose name is looked up where the entry is written. */
type NamedLater = Omit<Actor, "name"> & { name: string | RawValue };

/** The log of what belongs to no account and no organization. */
export const hubLog = "hub";

/**
 * The statement that writes an entry. It goes into the batch of the change, right behind the statement that it tells of, and writes
 * nothing when that one changed nothing: so there is no change without its entry, and no entry without its change.
 *
 * @param at milliseconds since 1970
 */
export function auditEntry(db: Database, at: number, actor: NamedLater, entry: NewEntry): CompiledQuery {
  const { log, action, target, before, after } = entry;
  return sql`insert into audit_log (at, log, actor, actor_name, action, target, token_id, address, before, after)
      select ${at}, ${log}, ${actor.subject}, ${actor.name}, ${action}, ${target}, ${actor.tokenId ?? null},
        ${actor.address ?? null}, ${json(before)}, ${json(after)} where changes() > 0`.compile(db.query);
}

/**
 * The statement that writes an entry for each row of a query, for a change of many things at once: it goes into the batch of the change,
 * where the query finds what is, or is about to be, changed.
 *
 * @param rows gives the columns `target`, and `before` and `after` as JSON or null
 */
export function auditEach(
  db: Database,
  at: number,
  actor: Actor,
  { log, action, rows }: Pick<NewEntry, "log" | "action"> & { rows: RawBuilder<unknown> },
): CompiledQuery {
  return sql`insert into audit_log (at, log, actor, actor_name, action, target, token_id, address, before, after)
      select ${at}, ${log}, ${actor.subject}, ${actor.name}, ${action}, target, ${actor.tokenId ?? null},
        ${actor.address ?? null}, before, after from (${rows})`.compile(db.query);
}

/** Writes an entry for something that changed nothing in the database, such as a refused sign-in. */
export async function recordEvent(db: Database, at: number, actor: Actor, entry: NewEntry): Promise<void> {
  await db.query
    .insertInto("audit_log")
    .values({
      at,
      log: entry.log,
      actor: actor.subject,
      actor_name: actor.name,
      action: entry.action,
      target: entry.target,
      token_id: actor.tokenId ?? null,
      address: actor.address ?? null,
      before: json(entry.before),
      after: json(entry.after),
    })
    .execute();
}

function json(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(value);
}

export interface Entry {
  id: number;
  /** Milliseconds since 1970. */
  at: number;
  actor: string;
  actorName: string;
  action: string;
  target: string;
  tokenId: string | null;
  address: string | null;
  before: unknown;
  after: unknown;
}

export interface EntryFilter {
  actorName?: string | undefined;
  /** An action, or the beginning of one before a dot: `team` finds `team.create` too. */
  action?: string | undefined;
  target?: string | undefined;
  /** Milliseconds since 1970; not before, and before. */
  since?: number | undefined;
  until?: number | undefined;
}

/**
 * Entries of a log, the newest first.
 *
 * @param page those before the entry `before` (0: from the newest), at most `limit`
 */
export async function listEntries(
  db: Database,
  log: string,
  filter: EntryFilter,
  page: { before: number; limit: number },
): Promise<Entry[]> {
  let query = db.query.selectFrom("audit_log").selectAll().where("log", "=", log);
  if (page.before > 0) query = query.where("id", "<", page.before);
  if (filter.actorName !== undefined) query = query.where("actor_name", "=", filter.actorName);
  if (filter.target !== undefined) query = query.where("target", "=", filter.target);
  if (filter.since !== undefined) query = query.where("at", ">=", filter.since);
  if (filter.until !== undefined) query = query.where("at", "<", filter.until);
  const { action } = filter;
  if (action !== undefined)
    // "." is followed by "/": everything that starts with `action.`.
    query = query.where((is) =>
      is.or([
        is("action", "=", action),
        is.and([is("action", ">", `${action}.`), is("action", "<", `${action}/`)]),
      ]),
    );
  const rows = await query.orderBy("id", "desc").limit(page.limit).execute();
  return rows.map(fromRow);
}

/** Entries of a log as JSON lines, the newest first, read page by page as the reader takes them. */
export function exportEntries(db: Database, log: string, filter: EntryFilter): ReadableStream<Uint8Array> {
  const limit = 500;
  const encoder = new TextEncoder();
  let before = 0;
  return new ReadableStream(
    {
      async pull(controller) {
        const entries = await listEntries(db, log, filter, { before, limit });
        if (entries.length > 0)
          controller.enqueue(
            encoder.encode(entries.map((entry) => `${JSON.stringify(shapeEntry(entry))}\n`).join("")),
          );
        before = entries.at(-1)?.id ?? 0;
        if (entries.length < limit) controller.close();
      },
    },
    // Nothing is read ahead: a reader who goes away leaves no query behind.
    { highWaterMark: 0 },
  );
}

/** An entry as the JSON API gives it. */
export function shapeEntry({ at, actorName, tokenId, ...entry }: Entry) {
  return { ...entry, at: new Date(at).toISOString(), actor_name: actorName, token_id: tokenId };
}

function fromRow(row: { [Column in keyof AuditLogTable]: unknown }): Entry {
  const parsed = (text: unknown): unknown => (typeof text === "string" ? JSON.parse(text) : null);
  return {
    id: row.id as number,
    at: row.at as number,
    actor: row.actor as string,
    actorName: row.actor_name as string,
    action: row.action as string,
    target: row.target as string,
    tokenId: row.token_id as string | null,
    address: row.address as string | null,
    before: parsed(row.before),
    after: parsed(row.after),
  };
}
