import { sql, type RawBuilder } from "kysely";
import type { Principal } from "./access.ts";
import { everyRepository, matchesPattern } from "./patterns.ts";

/**
 * Who looks at a list of repositories. Plain values: it travels in registry tokens, so that lists and mounts on `/v2` follow the
 * rights of now, not of when the token was made.
 */
export interface Viewer {
  kind: "anonymous" | "user" | "machine";
  /** Of the user, or of whoever owns the machine; "" for anonymous. */
  id: string;
  /** Sees everything. */
  administrator: boolean;
  twoFactor: boolean;
  /** Milliseconds since 1970: of the access token; null: a browser session, or no token. */
  tokenSince: number | null;
  /** Of the repositories that the token may pull. Public ones can be pulled besides. */
  patterns: string[];
}

/** undefined when the access token may not pull. */
export function viewerOf(principal: Principal): Viewer | undefined {
  if (principal.kind === "anonymous")
    return {
      kind: "anonymous",
      id: "",
      administrator: false,
      twoFactor: false,
      tokenSince: null,
      patterns: [everyRepository],
    };
  const { kind, token } = principal;
  const patterns = token ? token.scopes.patterns("pull") : [everyRepository];
  if (patterns.length === 0) return undefined;
  const tokenSince = token?.since ?? null;
  return kind === "machine"
    ? { kind, id: principal.owner.id, administrator: false, twoFactor: true, tokenSince, patterns }
    : {
        kind,
        id: principal.id,
        administrator: principal.administrator,
        twoFactor: principal.twoFactor,
        tokenSince,
        patterns,
      };
}

/** Whether the viewer's token is for a repository of this name. */
export function inPatterns(viewer: Viewer, name: string): boolean {
  return viewer.patterns.some((pattern) => matchesPattern(pattern, name));
}

/**
 * The condition that a row of `repositories` may be one that the viewer's token is for: true of all that `inPatterns` lets pass, and of
 * few others, for patterns are read as far as their first wildcard. undefined: the token is for all of them.
 *
 * @param table the name or alias of `repositories` in the query
 */
export function mayBeInPatterns({ patterns }: Viewer, table: string): RawBuilder<boolean> | undefined {
  if (patterns.includes(everyRepository)) return undefined;
  const name = sql.ref(`${table}.name`);
  const whole = patterns.filter((pattern) => !pattern.includes("*"));
  const beginnings = patterns
    .filter((pattern) => pattern.includes("*"))
    .map((pattern) => pattern.split("*", 1)[0]);
  return sql<boolean>`(${name} in (select value from json_each(${JSON.stringify(whole)}))
    or exists (select 1 from json_each(${JSON.stringify(beginnings)}) where substr(${name}, 1, length(value)) = value))`;
}

/**
 * The condition that a row of `repositories` can be pulled by the viewer: what `decide` says of `pull`, as SQL, without the patterns of
 * the token. A test holds the two together.
 *
 * @param table the name or alias of `repositories` in the query
 * @param now milliseconds since 1970
 */
export function readable(viewer: Viewer, table: string, now: number): RawBuilder<boolean> {
  const row = sql.ref(table);
  return sql<boolean>`(${row}.visibility = 'public' or ${granted(viewer, table, now)})`;
}

/** The same without what everybody may pull: rights that rest on something else than visibility. */
export function granted(viewer: Viewer, table: string, now: number): RawBuilder<boolean> {
  const { id, kind } = viewer;
  if (kind === "anonymous") return sql<boolean>`0`;
  if (viewer.administrator)
    return sql<boolean>`not exists (select 1 from organizations o where o.id = ${sql.ref(table)}.owner_id and ${barred(viewer, now)})`;
  const row = sql.ref(table);
  const own =
    kind === "machine"
      ? sql`select ${id}`
      : sql`select ${id} union all select organization_id from organization_members where user_id = ${id} and role in ('owner', 'maintainer')`;
  const personal = kind === "machine" ? sql`` : sql` or ${row}.id in (${grants(id)})`;
  return sql<boolean>`((${row}.owner_id in (${own})${personal})
      and not exists (select 1 from organizations o where o.id = ${row}.owner_id and ${barred(viewer, now)}))`;
}

/** Organizations whose policy keeps the viewer out. */
function barred({ kind, twoFactor, tokenSince }: Viewer, now: number): RawBuilder<boolean> {
  const age = tokenSince === null ? sql`0` : sql`o.maximum_token_age < ${now - tokenSince}`;
  return sql<boolean>`(${kind === "user" && !twoFactor ? sql`o.require_two_factor = 1` : sql`0`} or coalesce(${age}, 0))`;
}

/** Repositories that something was granted on: directly, to a team, by a default rule. */
function grants(user: string): RawBuilder<number> {
  return sql<number>`
      select repository_id from repository_grants where user_id = ${user}
      union all
      select g.repository_id from team_members m join repository_grants g on g.team_id = m.team_id where m.user_id = ${user}
      union all
      select made.id from default_rules d join repositories made on made.owner_id = d.organization_id
        and (d.creator_id is null or d.creator_id = made.created_by)
        where d.user_id = ${user} or d.team_id in (select team_id from team_members where user_id = ${user})`;
}
