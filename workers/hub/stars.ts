import { sql } from "kysely";
import { requireRepository, type PresentRepository, type Principal, type SignedIn } from "../auth/index.ts";
import type { Page } from "../platform/pagination.ts";
import { HubError } from "../shared/errors.ts";
import type { HubContext } from "./context.ts";

interface Stargazer {
  name: string;
  /** Milliseconds since 1970. */
  starredAt: number;
}

/**
 * Stars a repository for somebody who may pull from it; a second time changes nothing.
 *
 * @throws HubError `not-found`; `denied` to machines and to accounts whose address is not verified.
 */
export async function star(context: HubContext, actor: SignedIn, name: string): Promise<void> {
  const { id } = await requireRepository(context.auth, actor, name, "pull");
  const person = requireVerified(actor, name);
  // Deleted meanwhile, either of them, it makes nothing.
  await sql`insert into stars (repository_id, user_id, starred_at)
    select r.id, u.id, ${context.clock.now()} from repositories r, users u where r.id = ${id} and u.id = ${person}
    on conflict do nothing`.execute(context.db.query);
}

/** Takes the star back; without one nothing changes. @throws HubError as `star` does. */
export async function unstar(context: HubContext, actor: SignedIn, name: string): Promise<void> {
  const { id } = await requireRepository(context.auth, actor, name, "pull");
  const person = requireVerified(actor, name);
  await context.db.query
    .deleteFrom("stars")
    .where("repository_id", "=", id)
    .where("user_id", "=", person)
    .execute();
}

/** The user's id. */
function requireVerified(actor: SignedIn, name: string): string {
  if (actor.kind === "machine")
    throw new HubError(
      "denied",
      `stars are given by people; ${actor.name} is a token of ${actor.owner.name}`,
    );
  if (!actor.emailVerified)
    throw new HubError(
      "denied",
      `${actor.name} may not star "${name}" before the account's e-mail address is verified; use the link in the mail, or ask for another in the settings`,
      { detail: { reason: "unverified" } },
    );
  return actor.id;
}

/** How many stars a repository has, and whether one is the actor's. One statement. */
export async function readStars(
  { db }: HubContext,
  actor: Principal,
  { id }: PresentRepository,
): Promise<{ stars: number; starred: boolean }> {
  const person = actor.kind === "user" ? actor.id : null;
  const found = await sql<{ stars: number; starred: 0 | 1 }>`
    select stars, exists (select 1 from stars where repository_id = ${id} and user_id = ${person}) as starred
    from repository_counts where repository_id = ${id}`.execute(db.query);
  const [row] = found.rows;
  return { stars: row?.stars ?? 0, starred: row?.starred === 1 };
}

/** Who starred a repository, the latest first. @param page `last` is a `next` of this function */
export async function listStargazers(
  { db }: HubContext,
  { id }: PresentRepository,
  { limit, last }: Page,
): Promise<{ people: Stargazer[]; next: string | undefined }> {
  const { at, key } = readKey(last);
  const rows = await db.query
    .selectFrom("stars")
    .innerJoin("users", "users.id", "stars.user_id")
    .select(["users.name", "stars.starred_at as starredAt", "stars.user_id as key"])
    .where("stars.repository_id", "=", id)
    .where(sql<boolean>`(starred_at, user_id) < (${at}, ${key})`)
    .orderBy("stars.starred_at", "desc")
    .orderBy("stars.user_id", "desc")
    .limit(limit + 1)
    .execute();
  const { shown, next } = cut(rows, limit);
  return { people: shown.map(({ name, starredAt }) => ({ name, starredAt })), next };
}

/** A place in a list with the latest first: when, and whom or what. */
export function readKey(last: string): { at: number; key: string } {
  const [, at, key = ""] = /^(\d{1,15}) (.*)$/s.exec(last) ?? [];
  return at === undefined ? { at: Number.MAX_SAFE_INTEGER, key: "" } : { at: Number(at), key };
}

/** What is shown of what was asked for, which was one more, and the key of the last that is. */
export function cut<Row extends { starredAt: number; key: string | number }>(
  rows: readonly Row[],
  limit: number,
): { shown: Row[]; next: string | undefined } {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return { shown, next: last && rows.length > limit ? `${last.starredAt} ${last.key}` : undefined };
}
