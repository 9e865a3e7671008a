import { sql } from "kysely";
import type { PresentRepository, Principal } from "../auth/index.ts";
import type { Badge, ReadmeOrigin } from "../db/index.ts";
import type { Digest } from "../shared/digest.ts";
import { badgeOf } from "./badges.ts";
import type { HubContext } from "./context.ts";
import { profileFrom, successorIsReadable, type Profile, type ProfileRow } from "./profiles.ts";
import { dayOf } from "./pull-days.ts";
import { currentHtml, type Readme } from "./readmes.ts";

/** What stands on top of every page of a repository, and on its overview. */
export interface Front {
  profile: Profile;
  /** Of the namespace. */
  badge: Badge | null;
  tags: number;
  pulls: number;
  stars: number;
  /** By whoever asks. */
  starred: boolean;
  /** The image that one gets without saying more: `latest`, or else what was pushed last. undefined: there is no tag. */
  lead: { tag: string; digest: Digest } | undefined;
  /** When a tag was last moved, in milliseconds since 1970; null: there is none. */
  updatedAt: number | null;
  /** undefined: there is none, or it was not asked for. */
  readme: Omit<Readme, "source"> | undefined;
  /** Pulls of each of the last days, oldest first, the last one today; none when they were not asked for. */
  days: { day: number; pulls: number }[];
}

interface FrontRow extends Omit<ProfileRow, "description"> {
  tags: number | null;
  pulls: number | null;
  stars: number | null;
  starred: 0 | 1;
  badge: Badge | null;
  lead: string | null;
  digest: Digest | null;
  moved_at: number | null;
  days: string;
  /** null: there is no profile. */
  description: string | null;
  /** null: there is no README, or it was not asked for. */
  html: string | null;
  renderer: string;
  origin: ReadmeOrigin;
  readme_at: number;
}

/**
 * The front of a repository, for somebody who may pull from it. One statement, and more when the README has to be rendered again.
 *
 * @param parts what is asked for besides: the README, and pulls of so many days
 */
export async function readFront(
  context: HubContext,
  actor: Principal,
  { id }: Pick<PresentRepository, "id">,
  { readme = false, days = 0 }: { readme?: boolean; days?: number } = {},
): Promise<Front> {
  const { db, clock } = context;
  const today = dayOf(clock.now());
  const first = today - days + 1;
  const person = actor.kind === "user" ? actor.id : null;
  const found = await sql<FrontRow>`
    select c.pulls, c.stars, t.tags, ${badgeOf("r")} as badge,
      exists (select 1 from stars where repository_id = r.id and user_id = ${person}) as starred,
      lead.name as lead, lead.digest, (select max(moved_at) from tags where repository_id = r.id) as moved_at,
      (select json_group_array(json_array(day, pulls)) from pull_days
        where repository_id = r.id and day between ${first} and ${today}) as days,
      p.description, p.categories, p.deprecated_at, p.source_url, p.licenses, p.updated_at,
      successor.name as successor, successor.visibility as successor_visibility,
      readmes.html, readmes.renderer, readmes.origin, readmes.updated_at as readme_at
    from repositories r
    left join repository_counts c on c.repository_id = r.id
    left join tag_counts t on t.repository_id = r.id
    left join tags lead on lead.repository_id = r.id and lead.name = coalesce(
      (select name from tags where repository_id = r.id and name = 'latest'),
      (select name from tags where repository_id = r.id and name not glob 'sha256-*' order by moved_at desc limit 1))
    left join repository_profiles p on p.repository_id = r.id
    left join repositories successor on successor.id = p.successor_id
      and ${successorIsReadable(actor, "successor", clock.now())}
    left join readmes on ${readme ? sql`readmes.repository_id = r.id` : sql`0`}
    where r.id = ${id}`.execute(db.query);
  const [row] = found.rows;
  const pulled = new Map(JSON.parse(row?.days ?? "[]") as [day: number, pulls: number][]);
  return {
    profile: profileFrom(row && hasProfile(row) ? row : undefined, actor),
    badge: row?.badge ?? null,
    tags: row?.tags ?? 0,
    pulls: row?.pulls ?? 0,
    stars: row?.stars ?? 0,
    starred: row?.starred === 1,
    lead: row?.lead && row.digest ? { tag: row.lead, digest: row.digest } : undefined,
    updatedAt: row?.moved_at ?? null,
    readme: row && (await readmeOf(context, id, row)),
    days: Array.from({ length: days }, (_, index) => first + index).map((day) => ({
      day,
      pulls: pulled.get(day) ?? 0,
    })),
  };
}

async function readmeOf(context: HubContext, id: number, row: FrontRow): Promise<Front["readme"]> {
  const { html, renderer, origin, readme_at: updatedAt } = row;
  if (html === null) return undefined;
  return { html: await currentHtml(context, id, { html, renderer }), origin, updatedAt };
}

function hasProfile(row: FrontRow): row is FrontRow & ProfileRow {
  return row.description !== null;
}
