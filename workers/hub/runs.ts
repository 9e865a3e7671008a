import { sql } from "kysely";
import type { Row } from "../db/index.ts";
import type { HubContext } from "./context.ts";

/** What runs by itself, with how it went. Times are milliseconds since 1970. */
export interface Run {
  name: string;
  succeededAt: number | null;
  failedAt: number | null;
  /** Since it last succeeded. */
  failures: number;
  /** Of the last failure, in its own words. */
  problem: string | null;
}

const maximumProblem = 500;

/**
 * Does something that nobody waits for, and notes how it went for the administrators.
 *
 * @param name how they find it, such as "collect garbage"
 * @throws what `work` throws
 */
export async function noteRun<T>(
  context: Pick<HubContext, "db" | "clock">,
  name: string,
  work: () => Promise<T>,
): Promise<T> {
  try {
    const result = await work();
    await noteSuccess(context, name);
    return result;
  } catch (error) {
    await noteFailure(context, name, error);
    throw error;
  }
}

async function noteSuccess({ db, clock }: Pick<HubContext, "db" | "clock">, name: string): Promise<void> {
  await sql`insert into hub_runs (name, succeeded_at) values (${name}, ${clock.now()})
    on conflict (name) do update set succeeded_at = excluded.succeeded_at, failures = 0`.execute(db.query);
}

async function noteFailure(
  { db, clock }: Pick<HubContext, "db" | "clock">,
  name: string,
  error: unknown,
): Promise<void> {
  const problem = (error instanceof Error ? error.message : String(error)).slice(0, maximumProblem);
  const noted = sql`insert into hub_runs (name, failed_at, failures, problem) values (${name}, ${clock.now()}, 1, ${problem})
    on conflict (name) do update set failed_at = excluded.failed_at, failures = failures + 1, problem = excluded.problem`;
  // It may be the database itself that fails; what `work` threw says more.
  await noted.execute(db.query).catch(() => {});
}

/** Of everything that has run, by name. */
export async function listRuns({ db }: Pick<HubContext, "db">): Promise<Run[]> {
  const rows = await db.query.selectFrom("hub_runs").selectAll().orderBy("name").execute();
  return rows.map(fromRow);
}

function fromRow(row: Row<"hub_runs">): Run {
  return {
    name: row.name,
    succeededAt: row.succeeded_at,
    failedAt: row.failed_at,
    failures: row.failures,
    problem: row.problem,
  };
}
