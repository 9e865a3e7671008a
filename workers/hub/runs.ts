import { sql, type RawBuilder } from "kysely";
import type { Row } from "../db/index.ts";
import { describeError, log } from "../platform/log.ts";
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
 * Does something that nobody waits for, and notes how it went for the administrators. That it cannot be noted changes nothing of what it did.
 *
 * @param name how they find it, such as "collect garbage"
 * @throws what `work` throws
 */
export async function noteRun<T>(context: Noted, name: string, work: () => Promise<T>): Promise<T> {
  try {
    const result = await work();
    await note(context, succeeded(name, context.clock.now()));
    return result;
  } catch (error) {
    await note(context, failed(name, context.clock.now(), error));
    throw error;
  }
}

type Noted = Pick<HubContext, "db" | "clock">;

async function note({ db }: Noted, statement: RawBuilder<unknown>): Promise<void> {
  await statement.execute(db.query).catch((error: unknown) => {
    log("error", "how something went could not be noted", describeError(error));
  });
}

function succeeded(name: string, now: number): RawBuilder<unknown> {
  return sql`insert into hub_runs (name, succeeded_at) values (${name}, ${now})
    on conflict (name) do update set succeeded_at = excluded.succeeded_at, failures = 0`;
}

function failed(name: string, now: number, error: unknown): RawBuilder<unknown> {
  const problem = (error instanceof Error ? error.message : String(error)).slice(0, maximumProblem);
  return sql`insert into hub_runs (name, failed_at, failures, problem) values (${name}, ${now}, 1, ${problem})
    on conflict (name) do update set failed_at = excluded.failed_at, failures = failures + 1, problem = excluded.problem`;
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
