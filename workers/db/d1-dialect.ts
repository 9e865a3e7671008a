import {
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
} from "kysely";

/**
 * Kysely on D1. D1 has no interactive transactions, so this dialect refuses them: what must happen together is built as
 * compiled queries and handed to `Database.batch`, which D1 runs as one transaction.
 */
export class D1Dialect implements Dialect {
  readonly #d1: D1Database;

  constructor(d1: D1Database) {
    this.#d1 = d1;
  }

  createDriver(): Driver {
    return new D1Driver(this.#d1);
  }
  createQueryCompiler(): SqliteQueryCompiler {
    return new SqliteQueryCompiler();
  }
  createAdapter(): SqliteAdapter {
    return new D1Adapter();
  }
  createIntrospector(...args: ConstructorParameters<typeof SqliteIntrospector>): SqliteIntrospector {
    return new SqliteIntrospector(...args);
  }
}

class D1Adapter extends SqliteAdapter {
  /**
   * A binding takes any number of statements at once. Otherwise Kysely has them wait for one another behind a lock, and a request that
   * the runtime cancels while it holds the lock, because its client has gone, would stop all the others for ever.
   */
  override get supportsMultipleConnections(): boolean {
    return true;
  }
}

class D1Driver implements Driver {
  readonly #connection: D1Connection;

  constructor(d1: D1Database) {
    this.#connection = new D1Connection(d1);
  }

  async init(): Promise<void> {}
  async acquireConnection(): Promise<DatabaseConnection> {
    return this.#connection;
  }
  async releaseConnection(): Promise<void> {}
  async destroy(): Promise<void> {}

  async beginTransaction(): Promise<void> {
    throw new Error("D1 has no interactive transactions: hand compiled queries to Database.batch instead");
  }
  async commitTransaction(): Promise<void> {}
  async rollbackTransaction(): Promise<void> {}
}

class D1Connection implements DatabaseConnection {
  readonly #d1: D1Database;

  constructor(d1: D1Database) {
    this.#d1 = d1;
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    return readResult(await prepare(this.#d1, query).all<Row>());
  }

  // oxlint-disable-next-line require-yield -- the interface asks for a generator; D1 answers whole results only
  async *streamQuery<Row>(): AsyncIterableIterator<QueryResult<Row>> {
    throw new Error("D1 does not stream results: page with a keyset instead");
  }
}

/** A compiled query as D1's own prepared statement. */
export function prepare(d1: D1Database, query: CompiledQuery): D1PreparedStatement {
  return d1.prepare(query.sql).bind(...query.parameters);
}

export function readResult<Row>(result: D1Result<Row>): QueryResult<Row> {
  return {
    rows: result.results,
    numAffectedRows: BigInt(result.meta.changes),
    insertId: BigInt(result.meta.last_row_id),
  };
}
