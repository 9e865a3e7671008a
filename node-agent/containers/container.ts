import path from "node:path";
import type { LogLimits } from "./log-files.ts";
import { logLimits } from "./logs.ts";
import { type Happening, next } from "./state.ts";
import type { ContainerRecord, ContainerStore } from "./store.ts";

export type WaitCondition = "not-running" | "next-exit" | "removed";

/** From before a start to the end: what waits for it is told here. */
export interface Run {
  started: PromiseWithResolvers<void>;
  /** Aborts when it has ended and its log is whole, or when it could not be started. */
  ended: AbortController;
}

interface Waiter {
  condition: WaitCondition;
  resolve: (exitCode: number) => void;
}

/** One container: what is known of it, who waits for it, and whose turn it is to change it. */
export class Container {
  readonly #store: ContainerStore;
  readonly folder: string;
  record: ContainerRecord;
  run: Run = newRun();
  /** The wait before its next start, where there is one. */
  restart: NodeJS.Timeout | undefined;
  /** How many read its log who must not miss anything: meanwhile no old file goes. */
  logReaders = 0;
  #waiting: Waiter[] = [];
  #turn: Promise<unknown> = Promise.resolve();

  constructor(store: ContainerStore, record: ContainerRecord, folder: string) {
    this.#store = store;
    this.record = record;
    this.folder = folder;
  }

  get id(): string {
    return this.record.id;
  }

  get logFolder(): string {
    return path.join(this.folder, "log");
  }

  get logLimits(): LogLimits {
    return logLimits(this.record.config.HostConfig.LogConfig);
  }

  get runs(): boolean {
    return this.record.state.status === "running" || this.record.state.status === "paused";
  }

  /** One change after the other. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => {});
    return result;
  }

  /** Notes what has happened, on the disk before anybody is told. */
  note(happening: Happening): void {
    this.change({ state: next(this.record.state, happening) });
  }

  change(changes: Partial<ContainerRecord>): void {
    this.record = { ...this.record, ...changes };
    this.#store.put(this.record);
  }

  /** The exit code, once the condition is met. It is noted at once that somebody waits. */
  wait(condition: WaitCondition): Promise<number> {
    const { status, exitCode } = this.record.state;
    if (condition === "not-running" && !this.runs && status !== "restarting")
      return Promise.resolve(exitCode);
    const { promise, resolve } = Promise.withResolvers<number>();
    this.#waiting.push({ condition, resolve });
    return promise;
  }

  /** Tells who waits for the end of a run; when it is the container's own, all. */
  tell(removed: boolean): void {
    const { exitCode } = this.record.state;
    const stays = ({ condition }: Waiter) => condition === "removed" && !removed;
    const told = this.#waiting.filter((waiter) => !stays(waiter));
    this.#waiting = this.#waiting.filter(stays);
    for (const { resolve } of told) resolve(exitCode);
  }

  /** Ends the run for all who look at it, and makes ready for another. */
  endRun(): void {
    const { run } = this;
    this.run = newRun();
    run.ended.abort();
  }
}

function newRun(): Run {
  const started = Promise.withResolvers<void>();
  return { started, ended: new AbortController() };
}
