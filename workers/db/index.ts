import { Kysely, type CompiledQuery, type Compilable, type QueryResult, type Selectable } from "kysely";
import { D1Dialect, prepare, readResult } from "./d1-dialect.ts";
import type { Tables } from "./tables/index.ts";

export type { Tables } from "./tables/index.ts";
/** A row as it is read. */
export type Row<Table extends keyof Tables> = Selectable<Tables[Table]>;
export type * from "./tables/audit.ts";
export type * from "./tables/curation.ts";
export type * from "./tables/counts.ts";
export type * from "./tables/idempotency.ts";
export type * from "./tables/images.ts";
export type * from "./tables/organizations.ts";
export type * from "./tables/people.ts";
export type * from "./tables/profiles.ts";
export type * from "./tables/registry.ts";
export type * from "./tables/search.ts";
export type * from "./tables/sign-in.ts";
export type * from "./tables/tokens.ts";

/** A database, the main one unless told: typed queries, and `batch` as the unit of atomic writing. */
export class Database<Schema = Tables> {
  readonly query: Kysely<Schema>;
  readonly #d1: D1Database;

  constructor(d1: D1Database) {
    this.#d1 = d1;
    this.query = new Kysely<Schema>({ dialect: new D1Dialect(d1) });
  }

  /**
   * Runs all statements in one transaction, in order, in one round trip. One that fails undoes them all and is thrown.
   *
   * @returns a result for each statement, in the same order.
   */
  async batch(statements: readonly (CompiledQuery | Compilable)[]): Promise<QueryResult<unknown>[]> {
    const compiled = statements.map((each) => ("compile" in each ? each.compile() : each));
    const results = await this.#d1.batch(compiled.map((query) => prepare(this.#d1, query)));
    return results.map((result) => readResult(result));
  }
}
