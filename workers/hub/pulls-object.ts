import { DurableObject } from "cloudflare:workers";
import { Database } from "../db/index.ts";
import { minute, second } from "../platform/clock.ts";
import { describeError, log } from "../platform/log.ts";
import { beginOf, dayOf } from "./pull-days.ts";
import { PullLedger, type RecordedPull } from "./pull-ledger.ts";
import { writePulls } from "./pull-writes.ts";
import { refreshScores } from "./score-refresh.ts";

/** How long pulls are gathered before they are written to the database, in milliseconds. */
const gathering = 10 * second;

/** How long nothing is tried after a failure, in milliseconds; the next pull ends it earlier. */
const pause = minute;

/** Manifests of one statement. */
const slice = 500;

interface PullsObjectEnv {
  DB: D1Database;
}

/**
 * Counts the pulls of one repository, by its id: so its names, present and old, have the same counts.
 *
 * What `record` has answered to is on disk. An alarm brings it to the database, again and again until that has it; what is written twice
 * counts once (pull-writes.ts). When a day is over and written, the object forgets all of it, and takes up no room until the next pull.
 */
export class PullsObject extends DurableObject<PullsObjectEnv> {
  readonly #db: Database;
  /** undefined: not opened, or nothing in it. */
  #ledger: PullLedger | undefined;
  /** Milliseconds since 1970, of the next alarm; undefined: not known. */
  #alarmAt: number | undefined;

  constructor(state: DurableObjectState, env: PullsObjectEnv) {
    super(state, env);
    this.#db = new Database(env.DB);
  }

  /** @param pulls in their order; all of them are kept, or none */
  async record(pulls: readonly RecordedPull[]): Promise<void> {
    const ledger = this.#opened();
    // Only what comes to an end is kept; what the ledger knows in memory is read again after what does not.
    this.#ledger = undefined;
    this.ctx.storage.transactionSync(() => {
      for (const pull of pulls) ledger.record(pull);
    });
    this.#ledger = ledger;
    this.#alarmAt ??= (await this.ctx.storage.getAlarm()) ?? Infinity;
    if (this.#alarmAt > Date.now() + gathering) await this.#wake(Date.now() + gathering);
  }

  override async alarm(): Promise<void> {
    this.#alarmAt = undefined;
    try {
      await this.#write(this.#opened());
    } catch (error) {
      // Thrown, it would be tried six times and then never again.
      log("error", "pulls could not be written; they are kept, and written later", describeError(error));
      await this.#wake(Date.now() + pause);
    }
  }

  async #write(ledger: PullLedger): Promise<void> {
    const { open } = ledger;
    if (!open) return;
    let wrote = false;
    for (let next = ledger.unwritten(slice); next; next = ledger.unwritten(slice)) {
      if (!(await writePulls(this.#db, open.repositoryId, next))) return this.#forget();
      ledger.written(next);
      wrote = true;
    }
    if (wrote) await refreshScores(this.#db, [open.repositoryId], open.day);
    // Pulls that came in meanwhile have set an alarm of their own, and maybe opened the next day.
    if (ledger.unwritten(1) || ledger.open?.day !== open.day) return;
    if (dayOf(Date.now()) > open.day) return this.#forget();
    await this.#wake(beginOf(open.day + 1) + second);
  }

  #opened(): PullLedger {
    this.#ledger ??= new PullLedger(this.ctx.storage.sql);
    return this.#ledger;
  }

  async #wake(at: number): Promise<void> {
    this.#alarmAt = at;
    await this.ctx.storage.setAlarm(at);
  }

  /** Nobody pulls meanwhile. */
  async #forget(): Promise<void> {
    await this.ctx.blockConcurrencyWhile(async () => {
      await this.ctx.storage.deleteAll();
      this.#ledger = undefined;
      this.#alarmAt = undefined;
    });
  }
}
