import { DurableObject } from "cloudflare:workers";
import { spend, type Limit, type Verdict } from "./attempts.ts";

/** Buckets that are forgotten at once when they are full; before there are so many nobody looks. */
const tidyAt = 1000;

/** The tries of some of all keys (attempts.ts). They survive an eviction: a pause is no way around a limit. */
export class AttemptsObject extends DurableObject {
  readonly #sql: SqlStorage;
  #written = 0;

  constructor(state: DurableObjectState, env: unknown) {
    super(state, env as Cloudflare.Env);
    this.#sql = state.storage.sql;
    this.#sql.exec(
      "create table if not exists buckets (key text primary key, full_at integer) without rowid",
    );
  }

  /** @param key what is tried, already without names and addresses; `now` in milliseconds since 1970 */
  spend(key: string, limit: Limit, now: number): Verdict {
    const verdict = spend(this.#fullAt(key), now, limit);
    if (!verdict.allowed) return verdict;
    this.#sql.exec("insert or replace into buckets (key, full_at) values (?, ?)", key, verdict.full);
    this.#tidy(now);
    return verdict;
  }

  giveBack(key: string, limit: Limit): void {
    this.#sql.exec("update buckets set full_at = full_at - ? where key = ?", limit.every, key);
  }

  #fullAt(key: string): number {
    const [row] = this.#sql.exec<{ full_at: number }>("select full_at from buckets where key = ?", key);
    return row?.full_at ?? 0;
  }

  #tidy(now: number): void {
    this.#written += 1;
    if (this.#written % tidyAt === 0) this.#sql.exec("delete from buckets where full_at <= ?", now);
  }
}
