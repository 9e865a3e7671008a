import { sql, type RawBuilder } from "kysely";

/** Steps of a natural logarithm: one is a tenth, so that a count has to grow by a tenth to be another one for the index. */
const steps = 10;

/**
 * The step that a count is on, in SQL. The index holds no count, only its step: then what it holds depends on nothing but what the main
 * database has now. Migration 0014 says the same in its trigger.
 */
export function stepOf(column: string): RawBuilder<number> {
  return sql<number>`cast(ln(1 + ${sql.ref(column)}) * ${sql.lit(steps)} as integer)`;
}

/** What is used how much, by steps. */
export interface Use {
  /** Decayed pulls per day. */
  recent: number;
  /** Of all time. */
  pulls: number;
  stars: number;
}

/** Steps of what a very popular repository has: a million pulls a day, ten thousand millions in all, twenty thousand stars. */
const full: Use = { recent: 138, pulls: 230, stars: 99 };

/** From 0, for what nobody uses, to 1. */
export function popularityOf({ recent, pulls, stars }: Use): number {
  const share = (use: keyof Use, value: number) => Math.min(1, value / full[use]);
  return 0.5 * share("recent", recent) + 0.25 * share("pulls", pulls) + 0.25 * share("stars", stars);
}

/** How many steps of rank there are: few enough that what stands behind one another in the index is near in its numbers. */
const levels = 256;

/** Ids of repositories are smaller. */
const idSpan = 2 ** 32;

/**
 * The place of a repository in the index: the smaller, the earlier it is looked at. It is a function of the repository alone, so nothing
 * else has to move when it does.
 *
 * @param standing from 0 to 1
 */
export function rankOf(standing: number, repositoryId: number): number {
  const level = Math.min(levels - 1, Math.floor((1 - standing) * levels));
  return level * idSpan + repositoryId;
}
