import { DurableObject } from "cloudflare:workers";
import { Database } from "../db/index.ts";
import { applyChange, type Change, type Outcome } from "./changes.ts";
import type { NamedRepository } from "./repository-id.ts";

/** Changes that may wait for their turn: some seconds of work, which is as long as a client wants to wait. */
const maximumWaiting = 200;

interface RepositoryObjectEnv {
  DB: D1Database;
}

/**
 * The one writer of a repository's manifests, tags and visibility, and of what takes a name away from it; one object for each
 * repository, by its id. So all of its names, present and old, have the same writer, and to rename it is no change that readers have to
 * know of: what a name leads to stays the same.
 *
 * It lets readers cache without ever being stale. Every change makes a new revision; while a change runs there is none. A reader
 * asks for the revision before it reads the database and keeps what it found under that revision; later it may use it again for
 * as long as the revision is the same. So what was acknowledged is what the next reader anywhere gets.
 *
 * The revision lives in memory only: an object that was evicted, moved or killed comes back with another one, and everything
 * cached before is out of date.
 */
export class RepositoryObject extends DurableObject<RepositoryObjectEnv> {
  readonly #epoch = crypto.randomUUID();
  readonly #db: Database;
  #count = 0;
  #changing = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor(state: DurableObjectState, env: RepositoryObjectEnv) {
    super(state, env);
    this.#db = new Database(env.DB);
  }

  /** What readers may cache under, or null while a change is on its way. */
  revision(): string | null {
    return this.#changing === 0 ? `${this.#epoch}/${this.#count}` : null;
  }

  /** Applies one change after all that came before it. */
  async apply(repository: NamedRepository, change: Change): Promise<Outcome> {
    if (this.#changing >= maximumWaiting) return { result: "busy" };
    this.#changing += 1;
    const turn = this.#last.then(() => applyChange(this.#db, repository, change));
    this.#last = turn.catch(() => undefined);
    try {
      return await turn;
    } finally {
      // Also after a failure: D1 may have committed what it did not get to say.
      this.#changing -= 1;
      this.#count += 1;
    }
  }
}
