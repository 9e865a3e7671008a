import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { Log, LogLevel, Miniflare, type MiniflareOptions } from "miniflare";
import { refusalFor, type Address } from "./address.ts";
import type { ServerDirectory } from "./server-directory.ts";
import type { D1 } from "./migrations.ts";
import type { WranglerSettings } from "./wrangler-settings.ts";

/** What workerd is to run, and where. */
export interface WorkerdSetup {
  settings: WranglerSettings;
  /** The Worker as one ES module. */
  source: string;
  directory: ServerDirectory;
  /** Values beside, or in place of, the `vars` of wrangler.toml. */
  variables: Record<string, string>;
  /** Where people reach it; undefined: nowhere yet. */
  address: Address | undefined;
  /** Takes a line for the operator. */
  log(line: string): void;
  /** workerd has ended by itself and could not be started again. */
  onLost(error: Error): void;
}

/**
 * The Worker in workerd, put together by miniflare. People connect to workerd itself (a "direct socket"): no proxy and no Node stands
 * between them and the Worker.
 */
export class Workerd {
  readonly #miniflare: Miniflare;
  readonly #setup: WorkerdSetup;
  readonly #state: { stopping: boolean };

  private constructor(miniflare: Miniflare, setup: WorkerdSetup, state: { stopping: boolean }) {
    this.#miniflare = miniflare;
    this.#setup = setup;
    this.#state = state;
  }

  /** @throws Refusal when somebody else has come to listen at the address. */
  static async start(setup: WorkerdSetup): Promise<Workerd> {
    const state = { stopping: false };
    const { directory } = setup;
    // Both are read by miniflare at each start of workerd.
    process.env["MINIFLARE_WORKERD_PATH"] = path.join(import.meta.dirname, "workerd.sh");
    process.env["TMPDIR"] = directory.temporary;
    const made: MiniflareOptions = {
      ...options(setup),
      log: new OperatorLog(setup, state),
      handleStructuredLogs: ({ message }) => setup.log(message),
      unsafeHandleRuntimeRestart: () =>
        setup.log(line("error", "workerd ended by itself and was started again")),
      unsafeRuntimeEnv: {
        WHERRY_SERVER_PID: String(process.pid),
        WHERRY_WORKERD: workerdProgram(),
        WHERRY_WORKERD_PID_FILE: pidFile(directory),
      },
    };
    const miniflare = keepingSignals(() => new Miniflare(made));
    try {
      await miniflare.ready;
    } catch (error) {
      await miniflare.dispose().catch(() => {});
      throw setup.address ? refusalFor(setup.address, error) : error;
    }
    return new Workerd(miniflare, setup, state);
  }

  /** The port people reach it at, also where any free one was asked for. */
  async port(): Promise<number> {
    return Number((await this.#miniflare.unsafeGetDirectURL()).port);
  }

  database(binding: string): Promise<D1> {
    return this.#miniflare.getD1Database(binding);
  }

  /** Runs the Worker's `scheduled`; what it throws is logged. */
  async runSchedule(cron: string): Promise<void> {
    try {
      const worker = await this.#miniflare.getWorker();
      await worker.scheduled({ cron });
    } catch (error) {
      if (!this.#state.stopping)
        this.#setup.log(line("error", `the schedule "${cron}" failed: ${String(error)}`));
    }
  }

  /**
   * Stops: no new connection is taken, what runs may finish.
   *
   * @param patience ends the waiting when it aborts.
   * @returns whether everything had finished.
   */
  async stop(patience: AbortSignal): Promise<boolean> {
    this.#state.stopping = true;
    // miniflare takes the end of workerd for a crash and starts it again: let it start a program that ends at once.
    process.env["MINIFLARE_WORKERD_PATH"] = "true";
    // Without the file, as when somebody has removed the whole directory, nobody can be asked to finish: miniflare ends it.
    const pid = Number(await readFile(pidFile(this.#setup.directory), "utf8").catch(() => "0"));
    if (isAlive(pid)) process.kill(pid, "SIGTERM");
    while (isAlive(pid) && !patience.aborted) await wait(20);
    const finished = pid > 0 && !isAlive(pid);
    await this.#miniflare.dispose().catch(() => {});
    return finished;
  }
}

function options({ settings, source, directory, variables, address }: WorkerdSetup): MiniflareOptions {
  const { name } = settings;
  const main = "index.js";
  const texts = Object.entries({ ...settings.vars, ...variables });
  const objects = settings.durable_objects.bindings;
  return {
    // miniflare's own socket, for what this program asks of the Worker.
    host: "127.0.0.1",
    cf: false,
    enableDevRegistry: false,
    logRequests: false,
    telemetry: { enabled: false },
    resourcePersistencePath: directory.state,
    resourceTmpPath: directory.temporary,
    workers: [
      {
        config: {
          name,
          compatibilityDate: settings.compatibility_date,
          compatibilityFlags: settings.compatibility_flags,
          manifest: {
            mainModule: main,
            modulesRoot: directory.temporary,
            modules: { [main]: { type: "esm", contents: source } },
          },
          env: {
            ...Object.fromEntries(texts.map(([key, value]) => [key, { type: "text" as const, value }])),
            ...Object.fromEntries(
              settings.d1_databases.map((each) => [
                each.binding,
                { type: "d1" as const, id: each.database_name },
              ]),
            ),
            ...Object.fromEntries(
              objects.map((each) => [
                each.name,
                { type: "durable-object" as const, worker: name, exportName: each.class_name },
              ]),
            ),
            ...Object.fromEntries(
              settings.queues.producers.map((each) => [
                each.binding,
                { type: "queue" as const, name: each.queue },
              ]),
            ),
            DISK: { type: "disk", path: directory.blobs, writable: true },
          },
          exports: Object.fromEntries(
            objects.map((each) => [
              each.class_name,
              { type: "durable-object" as const, storage: "sqlite" as const },
            ]),
          ),
          triggers: settings.queues.consumers.map((each) => ({
            type: "queue" as const,
            name: each.queue,
            maxBatchSize: each.max_batch_size,
            maxBatchTimeout: each.max_batch_timeout,
            maxRetries: each.max_retries,
            deadLetterQueue: each.dead_letter_queue,
          })),
        },
        dev: address ? { unsafeDirectSockets: [address] } : {},
      },
    ],
  };
}

/** What miniflare itself has to say: little of it is for an operator. */
class OperatorLog extends Log {
  readonly #setup: WorkerdSetup;
  readonly #state: { stopping: boolean };

  constructor(setup: WorkerdSetup, state: { stopping: boolean }) {
    super(LogLevel.ERROR);
    this.#setup = setup;
    this.#state = state;
  }

  override error(error: Error): void {
    if (this.#state.stopping) return;
    this.#setup.log(line("error", error.message));
    if ("code" in error && error.code === "ERR_RUNTIME_FAILURE") this.#setup.onLost(error);
  }
  protected override log(): void {}
}

/** miniflare listens to signals, and ends the process at once: they are taken from it again. */
function keepingSignals<T>(make: () => T): T {
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  const ours = signals.map((signal) => process.listeners(signal));
  const made = make();
  for (const [index, signal] of signals.entries())
    for (const listener of process.listeners(signal))
      if (!ours[index]?.includes(listener)) process.removeListener(signal, listener);
  return made;
}

function line(level: "error", message: string): string {
  return JSON.stringify({ level, message });
}

/** The workerd that belongs to this miniflare. */
function workerdProgram(): string {
  const requireBeside = createRequire(createRequire(import.meta.url).resolve("miniflare"));
  return (requireBeside("workerd") as { default: string }).default;
}

function pidFile(directory: ServerDirectory): string {
  return path.join(directory.path, "workerd.pid");
}

function isAlive(pid: number): boolean {
  // 0 would be every process of our own group.
  if (!(pid > 0)) return false;
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
