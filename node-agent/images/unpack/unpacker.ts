/* oxlint-disable unicorn/require-post-message-target-origin -- threads have no origins, windows have */
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { HubError } from "#shared/errors";
import { Slots } from "../slots.ts";
import type { FromThread, ToThread, UnpackedLayer, UnpackJob } from "./messages.ts";

/** How long a thread waits for another layer before it ends, in milliseconds. Its memory is worth more than its start of 30 ms. */
const idleTime = 5_000;

/** The compressed bytes of a layer: how many are there, and when there are more. */
export interface Front {
  readonly available: number;
  /** Calls back with each change, at once for the first. @returns a function that ends that. */
  follow(listener: (available: number) => void): () => void;
}

/** A front that has arrived. */
export function whole(size: number): Front {
  return {
    available: size,
    follow: () => () => {},
  };
}

type Outcome = Exclude<FromThread, { progress: number }>;

/** Unpacks layers in threads, as many at once as there are processors. */
export class Unpacker implements AsyncDisposable {
  readonly #limit: number;
  readonly #slots: Slots;
  readonly #idle: { thread: Worker; timer: NodeJS.Timeout }[] = [];
  #busy = 0;

  constructor(limit = Math.min(Math.max(availableParallelism(), 2), 8)) {
    this.#limit = limit;
    this.#slots = new Slots(limit);
  }

  /** Starts a thread that will be wanted soon. */
  prepare(): void {
    if (this.#idle.length === 0 && this.#busy < this.#limit) this.#rest(start());
  }

  /**
   * Unpacks one layer. Until it resolves, nothing in the folder is to be trusted.
   *
   * @param onProgress gets how many compressed bytes have been worked through.
   * @throws HubError `invalid` for a layer that is not what its digests say or holds what it must not, `too-large` beyond the limits,
   *   `unavailable` when the disk is full; the signal's reason.
   */
  async unpack(
    job: UnpackJob,
    front: Front,
    signal: AbortSignal,
    onProgress: (bytes: number) => void = () => {},
  ): Promise<UnpackedLayer> {
    return this.#slots.use(signal, async () => {
      this.#busy += 1;
      try {
        const thread = this.#take();
        const outcome = await this.#run(thread, job, front, signal, onProgress);
        this.#rest(thread);
        if ("failure" in outcome) throw failureOf(outcome.failure);
        return outcome.unpacked;
      } finally {
        this.#busy -= 1;
      }
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const threads = this.#idle.splice(0);
    for (const { timer } of threads) clearTimeout(timer);
    await Promise.all(threads.map(({ thread }) => thread.terminate()));
  }

  async #run(
    thread: Worker,
    job: UnpackJob,
    front: Front,
    signal: AbortSignal,
    onProgress: (bytes: number) => void,
  ): Promise<Outcome> {
    const { promise, resolve, reject } = Promise.withResolvers<Outcome>();
    const onMessage = (message: FromThread) => {
      if ("progress" in message) onProgress(message.progress);
      else resolve(message);
    };
    const onAbort = () => reject(signal.reason);
    const onExit = () => reject(new HubError("unavailable", "the thread that unpacks layers has ended"));
    thread.on("message", onMessage).on("error", reject).on("exit", onExit);
    signal.addEventListener("abort", onAbort);
    let unfollow = () => {};
    try {
      signal.throwIfAborted();
      thread.postMessage({ job, available: front.available } satisfies ToThread);
      unfollow = front.follow((available) => thread.postMessage({ available } satisfies ToThread));
      return await promise;
    } catch (error) {
      // It is in the middle of a layer, or gone.
      thread.off("exit", onExit);
      await thread.terminate();
      throw error;
    } finally {
      unfollow();
      signal.removeEventListener("abort", onAbort);
      thread.off("message", onMessage).off("error", reject).off("exit", onExit);
    }
  }

  #take(): Worker {
    const idle = this.#idle.pop();
    if (idle === undefined) return start();
    clearTimeout(idle.timer);
    idle.thread.ref();
    return idle.thread;
  }

  #rest(thread: Worker): void {
    // Keeps no program from ending.
    thread.unref();
    const timer = setTimeout(() => {
      const at = this.#idle.findIndex((each) => each.thread === thread);
      if (at >= 0) this.#idle.splice(at, 1);
      void thread.terminate();
      // A process that has nothing to do collects nothing by itself, and would keep all that a pull has taken.
      if (this.#idle.length === 0 && this.#busy === 0) globalThis.gc?.();
    }, idleTime).unref();
    this.#idle.push({ thread, timer });
  }
}

function start(): Worker {
  const thread = new Worker(new URL("./thread.ts", import.meta.url), {
    // A hostile layer may end its thread, and nothing else.
    resourceLimits: { maxOldGenerationSizeMb: 1024 },
  });
  // Between two jobs nobody else listens; its end is seen by the next job.
  thread.on("error", () => {});
  return thread;
}

function failureOf({ kind, message }: { kind: HubError["kind"] | undefined; message: string }): Error {
  return kind === undefined ? new Error(message) : new HubError(kind, message);
}
