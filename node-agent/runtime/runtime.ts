import type { Readable, Writable } from "node:stream";
import type { Process, Resources, Spec } from "./oci-spec.ts";

export interface CreateRequest {
  id: string;
  spec: Spec;
  /** Where its output goes, as records `<time> <stream> <F|P> <bytes>`. */
  log: string;
  /** Whether there is a standard input, which `attach` writes. */
  stdin: boolean;
  /** Whether that stays open when who attached goes away. */
  keepStdin: boolean;
}

export interface ExecRequest {
  id: string;
  /** Of this run, unlike that of any other. */
  execId: string;
  process: Process;
  stdin: boolean;
}

/** A process that was started in a container, with pipes of its own: who does not read them holds it up. */
export interface PipedExec {
  pid: number;
  stdin: Writable | undefined;
  stdout: Readable;
  stderr: Readable;
  exitCode: Promise<number>;
}

/** A process that runs on its own: at a terminal, or with nobody who looks. */
export interface MonitoredExec {
  pid: number;
  /** What it has written, in a folder of its own as that of a container's log; it goes with `forgetExec`. */
  logFolder: string;
  exitCode: Promise<number>;
}

/** How a container is found. `unknown`: there is nothing of it. `lost`: its monitor is gone, and so is its exit code. */
export type Found =
  | { kind: "running"; pid: number; paused: boolean }
  | { kind: "created"; pid: number }
  | { kind: "ended"; exitCode: number; oomKilled: boolean; at: number }
  | { kind: "lost" }
  | { kind: "unknown" };

/** What a container has used, in the kernel's own units: nanoseconds, bytes. */
export interface RuntimeStats {
  cpu: {
    total: number;
    user: number;
    system: number;
    periods: number;
    throttled: number;
    throttledTime: number;
  };
  memory: { usage: number; limit: number; detail: Record<string, number> };
  pids: { current: number; limit: number };
  block: { major: number; minor: number; operation: "read" | "write"; bytes: number }[];
  networks: Record<string, NetworkCounters>;
}

export interface NetworkCounters {
  receivedBytes: number;
  receivedPackets: number;
  receiveErrors: number;
  receiveDropped: number;
  sentBytes: number;
  sentPackets: number;
  sendErrors: number;
  sendDropped: number;
}

/**
 * Runs containers from specifications. It keeps no state but the host's own, so what it has started goes on without it, and another
 * that is opened on the same folder finds it.
 *
 * @throws RuntimeError from everything the runtime refuses, in its words.
 */
export interface Runtime {
  /** Makes everything but runs nothing. What a failed one has made is gone again. */
  create(request: CreateRequest): Promise<{ pid: number }>;
  start(id: string): Promise<void>;
  execPiped(request: ExecRequest): Promise<PipedExec>;
  execMonitored(request: ExecRequest): Promise<MonitoredExec>;
  forgetExec(id: string, execId: string): Promise<void>;
  /** Ends what an agent before has started with pipes: nobody reads them any more. */
  abandonExecs(id: string): Promise<void>;
  /** To the first process, or to all. That there is none any more is no error. */
  kill(id: string, signal: number, all?: boolean): Promise<void>;
  pause(id: string): Promise<void>;
  resume(id: string): Promise<void>;
  update(id: string, resources: Resources): Promise<void>;
  /** Rows and columns of the container's terminal, or of that of one `exec`. */
  resize(id: string, rows: number, columns: number, execId?: string): Promise<void>;
  /** Writes to the standard input. Its end is the input's end, unless that is kept. */
  attach(id: string, execId?: string): Promise<Writable>;
  /** Makes the monitor begin a new log file. */
  reopenLog(id: string): Promise<void>;
  find(id: string): Promise<Found>;
  /** Whether it has been started, of one that was not deleted since. */
  wasStarted(id: string): Promise<boolean>;
  stats(id: string): Promise<RuntimeStats | undefined>;
  /** Processes of the container, by their numbers on the host. */
  processes(id: string): Promise<number[]>;
  /** Takes away what is left of a container, also one that runs. That there is nothing is no error. */
  delete(id: string): Promise<void>;
  /** All that there is something of. */
  list(): Promise<string[]>;
  /** Calls back with each container that has ended, once its log is whole, also those that end while nobody listens. */
  onExit(listener: (id: string) => void, signal: AbortSignal): void;
}

/** What a runtime has refused. The message is its own. */
export class RuntimeError extends Error {
  override name = "RuntimeError";
}
