import { PassThrough, type Writable } from "node:stream";
import type { Container } from "./container.ts";
import type { LogEntry } from "./log-lines.ts";
import { endOfLog, readLog } from "./logs.ts";
import type { World } from "./world.ts";

export interface AttachOptions {
  stdin?: boolean;
  /** What it has written before, too. */
  logs?: boolean;
  /** Aborts when nobody reads any more. */
  signal: AbortSignal;
}

export interface Attached {
  output: AsyncGenerator<LogEntry[]>;
  stdin: Writable | undefined;
}

/**
 * What a container writes from now on, until its run ends, and its standard input. One that is not started is waited for: so who
 * attaches before the start sees all.
 */
export async function attach(world: World, container: Container, options: AttachOptions): Promise<Attached> {
  const { run } = container;
  // In its turn: nobody renames a file of the log between the look at it and its opening.
  const from = options.logs ? undefined : await container.inTurn(() => endOfLog(container.logFolder));
  const query = { stdout: true, stderr: true, follow: run.ended.signal, signal: options.signal, from };
  const stdin = options.stdin && container.record.config.OpenStdin ? new PassThrough() : undefined;
  if (stdin !== undefined) void connect(world, container, run.started.promise, stdin);
  stdin?.on("error", () => {});
  world.emit(container, "attach");
  return { output: held(container, readLog(container.logFolder, query)), stdin };
}

/** Passes on what is written, once there is somebody to read it. */
async function connect(
  world: World,
  container: Container,
  started: Promise<void>,
  stdin: PassThrough,
): Promise<void> {
  try {
    await started;
    const input = await world.runtime.attach(container.id);
    input.once("close", () => stdin.destroy());
    stdin.pipe(input);
  } catch (error) {
    stdin.destroy(error instanceof Error ? error : new Error(String(error)));
  }
}

/** Keeps what has not been read yet from going, however long that takes. */
async function* held(container: Container, output: AsyncGenerator<LogEntry[]>): AsyncGenerator<LogEntry[]> {
  container.logReaders += 1;
  try {
    yield* output;
  } finally {
    container.logReaders -= 1;
  }
}
