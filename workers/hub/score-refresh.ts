import { sql } from "kysely";
import type { Database } from "../db/index.ts";
import type { HubContext } from "./context.ts";
import { dayOf } from "./pull-days.ts";
import { scoreOf, type PullSums } from "./pull-scores.ts";

/** Repositories whose days one statement adds up: some ten thousand rows. */
const slice = 200;

/** Slices of one run of the schedule. */
const slicesPerRun = 5;

/** Works out anew what these repositories are ranked by. @param today days since 1970-01-01, UTC */
export async function refreshScores(db: Database, ids: readonly number[], today: number): Promise<void> {
  const last = (days: number) =>
    sql`coalesce(sum(d.clients) filter (where d.day > ${today - days}), 0) as ${sql.ref(`last${days}`)}`;
  const sums = await sql<PullSums & { id: number }>`
    select c.repository_id as id, ${sql.join([1, 7, 31, 35, 183].map((days) => last(days)))}
    from json_each(${JSON.stringify(ids)}) asked
    join repository_counts c on c.repository_id = asked.value
    left join pull_days d on d.repository_id = c.repository_id and d.day > ${today - 183} and d.day <= ${today}
    group by c.repository_id`.execute(db.query);
  const scores = sums.rows.map(({ id, ...found }) => ({ id, ...scoreOf(found) }));
  await sql`update repository_counts set recent_pulls = found.value ->> 'recentPulls', trend = found.value ->> 'trend', scored_day = ${today}
    from json_each(${JSON.stringify(scores)}) found where repository_id = found.value ->> 'id'`.execute(
    db.query,
  );
}

/**
 * Refreshes, some at a time, what has not been since the day began: without pulls a repository falls behind from day to day.
 */
export async function refreshOldScores({ db, clock }: HubContext): Promise<void> {
  const today = dayOf(clock.now());
  for (let run = 0; run < slicesPerRun; run += 1) {
    const old = await db.query
      .selectFrom("repository_counts")
      .select("repository_id")
      .where("recent_pulls", ">", 0)
      .where("scored_day", "<", today)
      .orderBy("scored_day")
      .limit(slice)
      .execute();
    if (old.length > 0)
      await refreshScores(
        db,
        old.map((row) => row.repository_id),
        today,
      );
    if (old.length < slice) return;
  }
}
