import { randomBytes } from "node:crypto";
import type { Writable } from "node:stream";
import { HubError } from "#shared/errors";
import { type MonitoredExec, type PipedExec, RuntimeError } from "../runtime/index.ts";
import type { Container } from "./container.ts";
import { mayDo } from "./lifecycle.ts";
import type { LogEntry } from "./log-lines.ts";
import { readLog } from "./logs.ts";
import { readRootFile } from "./root-file.ts";
import { processOf } from "./spec/process.ts";
import { resolveUser } from "./spec/user.ts";
import { startFailure } from "./start-errors.ts";
import type { World } from "./world.ts";

/** A process to be run in a container that runs. */
export interface ExecWish {
  args: string[];
  env: string[];
  /** "" is the container's, as for the two below. */
  user: string;
  cwd: string;
  tty: boolean;
  stdin: boolean;
  privileged: boolean;
}

/** One that has been asked for, started or ended. It is forgotten with the agent. */
export interface Exec {
  id: string;
  container: Container;
  wish: ExecWish;
  running: boolean;
  /** On the host; 0 before its start. */
  pid: number;
  /** Undefined before its end. */
  exitCode: number | undefined;
}

/** What a started process says: with pipes of its own, or at a terminal, where both outputs are one. */
export type ExecStreams =
  | ({ kind: "piped" } & PipedExec)
  | {
      kind: "terminal";
      stdin: Writable | undefined;
      output: AsyncGenerator<LogEntry[]>;
      exitCode: Promise<number>;
    };

/** How many are remembered that have ended. */
const remembered = 500;

export class Execs {
  readonly #world: World;
  readonly #execs = new Map<string, Exec>();

  constructor(world: World) {
    this.#world = world;
  }

  /** @throws HubError `conflict` when the container does not run, `invalid` without a command. */
  create(container: Container, wish: ExecWish): Exec {
    mayDo(container, "exec");
    if (wish.args.length === 0) throw new HubError("invalid", "No exec command specified");
    const id = randomBytes(32).toString("hex");
    const exec = { id, container, wish, running: false, pid: 0, exitCode: undefined };
    const ended = this.#execs.values().filter(({ exitCode }) => exitCode !== undefined);
    for (const old of [...ended].slice(0, -remembered)) this.#execs.delete(old.id);
    this.#execs.set(id, exec);
    this.#world.emit(container, "exec_create", { execID: id });
    return exec;
  }

  /** @throws HubError `not-found`. */
  find(id: string): Exec {
    const exec = this.#execs.get(id);
    if (exec === undefined) throw new HubError("not-found", `No such exec instance: ${id}`);
    return exec;
  }

  of(container: Container): Exec[] {
    return [...this.#execs.values()].filter(
      (exec) => exec.container === container && exec.exitCode === undefined,
    );
  }

  forget(container: Container): void {
    for (const exec of this.#execs.values()) if (exec.container === container) this.#execs.delete(exec.id);
  }

  /**
   * Starts it. Who reads its output has to read it all: a process with pipes waits for them.
   *
   * @param detached nobody looks; it goes on without the agent.
   * @throws HubError `conflict` when it was started before, `invalid` for a command that cannot be run.
   */
  async start(exec: Exec, detached: boolean): Promise<ExecStreams | undefined> {
    const { container, wish, id } = exec;
    if (exec.running || exec.exitCode !== undefined)
      throw new HubError("conflict", `exec ${id} has already run`);
    mayDo(container, "exec");
    exec.running = true;
    try {
      const process = await this.#process(exec);
      const request = { id: container.id, execId: id, process, stdin: wish.stdin && !detached };
      this.#world.emit(container, "exec_start", { execID: id });
      if (!wish.tty && !detached) {
        const piped = await this.#world.runtime.execPiped(request);
        this.#follow(exec, piped);
        return { kind: "piped", ...piped };
      }
      const monitored = await this.#world.runtime.execMonitored(request);
      const output = detached ? undefined : this.#output(exec, monitored);
      this.#follow(exec, monitored);
      if (output === undefined) return undefined;
      const stdin = wish.stdin ? await this.#world.runtime.attach(container.id, id) : undefined;
      return { kind: "terminal", stdin, output, exitCode: monitored.exitCode };
    } catch (error) {
      exec.running = false;
      const failure = error instanceof RuntimeError ? startFailure(error.message, "exec") : undefined;
      exec.exitCode = failure?.exitCode ?? 126;
      throw failure?.error ?? error;
    }
  }

  async resize({ container, id, running }: Exec, rows: number, columns: number): Promise<void> {
    if (!running) throw new HubError("conflict", `exec ${id} is not running`);
    await this.#world.runtime.resize(container.id, rows, columns, id);
  }

  async #process({ container, wish }: Exec) {
    const { config, state } = container.record;
    // As the container sees it now: with its mounts, and with what it has written.
    const rootfs = `/proc/${state.pid}/root`;
    const users = {
      passwd: await readRootFile(rootfs, "/etc/passwd"),
      group: await readRootFile(rootfs, "/etc/group"),
    };
    const user = resolveUser(wish.user || config.User, users, config.HostConfig.GroupAdd);
    return processOf(config, user, this.#world.host, {
      args: wish.args,
      env: wish.env,
      cwd: wish.cwd || config.WorkingDir,
      tty: wish.tty,
      privileged: wish.privileged || config.HostConfig.Privileged,
    });
  }

  async *#output(
    { container, id }: Exec,
    { logFolder, exitCode }: MonitoredExec,
  ): AsyncGenerator<LogEntry[]> {
    const ended = new AbortController();
    void exitCode.finally(() => ended.abort());
    try {
      yield* readLog(logFolder, { stdout: true, stderr: true, follow: ended.signal });
    } finally {
      await this.#world.runtime.forgetExec(container.id, id);
    }
  }

  #follow(exec: Exec, started: PipedExec | MonitoredExec): void {
    exec.pid = started.pid;
    const end = (exitCode: number) => {
      exec.running = false;
      exec.exitCode = exitCode;
      this.#world.emit(exec.container, "exec_die", { execID: exec.id, exitCode: String(exitCode) });
    };
    const { promise: ended } = { promise: started.exitCode };
    ended.then(end, () => end(137)).catch(() => {});
    // With its container it ends too, and its monitor may not come to say so.
    exec.container.run.ended.signal.addEventListener("abort", () => {
      if (exec.running) end(137);
    });
  }
}
