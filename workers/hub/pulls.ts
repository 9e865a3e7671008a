import { sql } from "kysely";
import type { PresentRepository } from "../auth/index.ts";
import type { Digest } from "../shared/digest.ts";
import type { HubContext } from "./context.ts";
import { dayOf } from "./pull-days.ts";

/** The longest series, in days. */
export const mostPullDays = 365;

interface PullSeries {
  /** Since the repository was made. */
  total: number;
  /** Each day, oldest first, the last one today; `day` counts from 1970-01-01, UTC. */
  days: { day: number; pulls: number }[];
}

/** The pulls of a repository, of the last so many days one by one. One statement. @param days 1 to `mostPullDays` */
export async function readPulls(
  { db, clock }: HubContext,
  { id }: PresentRepository,
  days: number,
): Promise<PullSeries> {
  const today = dayOf(clock.now());
  const first = today - days + 1;
  const row = await sql<{ total: number; found: string }>`
    select pulls as total, (select json_group_array(json_array(day, pulls)) from pull_days
      where repository_id = ${id} and day between ${first} and ${today}) as found
    from repository_counts where repository_id = ${id}`.execute(db.query);
  const [{ total, found } = { total: 0, found: "[]" }] = row.rows;
  const known = new Map(JSON.parse(found) as [day: number, pulls: number][]);
  const series = Array.from({ length: days }, (_, index) => first + index);
  return { total, days: series.map((day) => ({ day, pulls: known.get(day) ?? 0 })) };
}

interface ManifestPulls {
  pulls: number;
  /** Milliseconds since 1970. */
  lastPulledAt: number;
}

/** The pulls of these manifests; of one that nobody pulled there are none. One statement. */
export async function lastPulls(
  { db }: HubContext,
  { id }: PresentRepository,
  digests: readonly Digest[],
): Promise<Map<Digest, ManifestPulls>> {
  const rows = await db.query
    .selectFrom("manifest_pulls")
    .select(["digest", "pulls", "last_pulled_at as lastPulledAt"])
    .where("repository_id", "=", id)
    .where("digest", "in", sql<Digest>`(select value from json_each(${JSON.stringify(digests)}))`)
    .execute();
  return new Map(rows.map(({ digest, ...pulls }) => [digest, pulls]));
}
