import { anonymous, viewerOf } from "../../workers/auth/index.ts";
import type { Env } from "../../workers/env.ts";
import { searchRepositories, suggestRepositories } from "../../workers/search/index.ts";
import { services } from "../../workers/services.ts";

export * from "../../workers/index.ts";

/** What one search took. */
export interface Taken {
  /** Milliseconds inside the Worker. */
  time: number;
  /** Rows that D1 says it read, in both databases. */
  rows: number;
  found: number;
}

const viewer = viewerOf(anonymous);
const read = { rows: 0 };
let watched: Env | undefined;

/** Answers `/<search or suggest>?q=<text>` by what that took, in place of what it found. One question at a time. */
export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const url = new URL(request.url);
    const text = url.searchParams.get("q") ?? "";
    // One for the isolate, as the Worker itself has it: what it has seen of the index is not asked for again.
    watched ??= { ...env, DB: counting(env.DB, read), SEARCH: counting(env.SEARCH, read) };
    const { search } = services(watched);
    if (!viewer) throw new Error("nobody is a viewer");
    read.rows = 0;
    await clockMoves();
    const begun = performance.now();
    const found =
      url.pathname === "/suggest"
        ? (await suggestRepositories(search, viewer, text)).length
        : (await searchRepositories(search, viewer, { text })).hits.length;
    await clockMoves();
    return Response.json({ time: performance.now() - begun, rows: read.rows, found } satisfies Taken);
  },
};

/** The clock of a Worker stands still until something answers from outside it. */
async function clockMoves(): Promise<void> {
  await scheduler.wait(0);
}

/** A database that adds up the rows it reads. */
function counting(database: D1Database, read: { rows: number }): D1Database {
  const add = <T extends D1Result>(result: T): T => {
    read.rows += result.meta.rows_read;
    return result;
  };
  const statement = (made: D1PreparedStatement): D1PreparedStatement =>
    new Proxy(made, {
      get: (target, property) => {
        if (property === "bind") return (...values: unknown[]) => statement(target.bind(...values));
        if (property === "all") return async () => add(await target.all());
        if (property === original) return target;
        return bound(target, property);
      },
    });
  return new Proxy(database, {
    get: (target, property) => {
      if (property === "prepare") return (sql: string) => statement(target.prepare(sql));
      if (property === "batch")
        return async (statements: (D1PreparedStatement & { [original]?: D1PreparedStatement })[]) =>
          (await target.batch(statements.map((each) => each[original] ?? each))).map(add);
      return bound(target, property);
    },
  });
}

/** Leads from a statement that is watched to the one that D1 knows. */
const original = Symbol("original");

function bound(target: object, property: string | symbol): unknown {
  const value: unknown = Reflect.get(target, property);
  return typeof value === "function" ? value.bind(target) : value;
}
