import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { PassThrough, Readable, type Writable } from "node:stream";
import { setTimeout as wait } from "node:timers/promises";
import { requireProgram } from "../host/exec.ts";
import { identify, isAlive, type ProcessIdentity } from "../host/process.ts";
import { cgroupPaths, isFrozen, readStats } from "./cgroup-stats.ts";
import { startMonitor, tellMonitor } from "./conmon.ts";
import { ExitFolder } from "./exits.ts";
import type { Resources } from "./oci-spec.ts";
import { lastError, OciRuntime } from "./oci-runtime.ts";
import {
  type CreateRequest,
  type ExecRequest,
  type Found,
  type MonitoredExec,
  type PipedExec,
  type Runtime,
  RuntimeError,
  type RuntimeStats,
} from "./runtime.ts";

/**
 * Containers by conmon and an OCI runtime. Everything is in one folder, which should not outlive a reboot:
 *
 *     bundles/<id>/              the specification and the monitor's files (conmon.ts)
 *     bundles/<id>/execs/<id>/   the same of each further process that is monitored
 *     exits/<id>                 the exit code, once it has ended
 *     oci/                       the runtime's own
 */
export class ConmonRuntime implements Runtime {
  readonly #folder: string;
  readonly #oci: OciRuntime;
  readonly #exits: ExitFolder;

  private constructor(folder: string, oci: OciRuntime) {
    this.#folder = folder;
    this.#oci = oci;
    this.#exits = new ExitFolder(path.join(folder, "exits"));
  }

  /** @param program crun or runc; without, the better one that this host can use. */
  static async open(folder: string, program?: string): Promise<ConmonRuntime> {
    for (const name of ["", "bundles", "exits", "oci"])
      await mkdir(path.join(folder, name), { recursive: true, mode: 0o700 });
    const root = path.join(folder, "oci");
    return new ConmonRuntime(
      folder,
      program === undefined ? OciRuntime.choose(root) : new OciRuntime(program, root),
    );
  }

  async create({ id, spec, ...request }: CreateRequest): Promise<{ pid: number }> {
    const folder = this.#bundle(id);
    try {
      await mkdir(folder, { mode: 0o700 });
      await writeFile(path.join(folder, "config.json"), JSON.stringify(spec), { mode: 0o600 });
      const pid = await startMonitor(this.#oci, {
        ...request,
        id,
        folder,
        exitFolder: path.join(this.#folder, "exits"),
        terminal: spec.process.terminal,
      });
      return { pid };
    } catch (error) {
      await this.delete(id);
      throw error;
    }
  }

  async start(id: string): Promise<void> {
    // These tell a container that runs from one that only was made, when nobody remembers; in between, the runtime is asked.
    await writeFile(path.join(this.#bundle(id), "starting"), "");
    await this.#oci.run("start", [id]);
    await writeFile(path.join(this.#bundle(id), "started"), "");
  }

  async execPiped({ id, execId, process, stdin }: ExecRequest): Promise<PipedExec> {
    const folder = await this.#execFolder(id, execId);
    const specification = path.join(folder, "process.json");
    await writeFile(specification, JSON.stringify(process), { mode: 0o600 });
    const pidFile = path.join(folder, "pid");
    const log = path.join(folder, "runtime.log");
    const global = [`--root=${this.#oci.root}`, "--log-format=json", `--log=${log}`];
    const args = [...global, "exec", `--process=${specification}`, `--pid-file=${pidFile}`, id];
    const child = spawn(this.#oci.program, args, {
      stdio: [stdin ? "pipe" : "ignore", "pipe", "pipe"],
      env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
    });
    // At the end of a child Node drops what nobody has asked for yet; so it is asked for now.
    const [stdout, stderr] = [child.stdout, child.stderr].map((stream) => stream?.pipe(new PassThrough()));
    const exited = Promise.withResolvers<number>();
    child.once("error", exited.reject);
    child.once("exit", (code) => exited.resolve(code ?? 137));
    // Who has no use for the input any more is no error.
    child.stdin?.on("error", () => {});
    let over = false;
    const ended = exited.promise.then((code) => {
      over = true;
      return code;
    });
    ended.catch(() => {});
    const pid = await this.#pidOnceThere(pidFile, () => over);
    const said = pid === undefined ? lastError(await readFile(log, "utf8").catch(() => "")) : "";
    if (said !== "") {
      await rm(folder, { recursive: true, force: true });
      throw new RuntimeError(said);
    }
    return {
      pid: pid ?? 0,
      stdin: child.stdin ?? undefined,
      stdout: stdout ?? Readable.from([]),
      stderr: stderr ?? Readable.from([]),
      exitCode: ended,
    };
  }

  async execMonitored({ id, execId, process, stdin }: ExecRequest): Promise<MonitoredExec> {
    const folder = await this.#execFolder(id, execId);
    const place = (name: string) => path.join(folder, name);
    await writeFile(place("process.json"), JSON.stringify(process), { mode: 0o600 });
    for (const name of ["log", "exit"]) await mkdir(place(name), { mode: 0o700 });
    try {
      const pid = await startMonitor(this.#oci, {
        id,
        folder,
        log: place("log/current"),
        exitFolder: place("exit"),
        terminal: process.terminal,
        stdin,
        keepStdin: process.terminal,
        exec: { execId, specification: place("process.json") },
      });
      const exitCode = Promise.withResolvers<number>();
      const seen = new AbortController();
      const exits = new ExitFolder(place("exit"));
      exits.watch((name) => {
        seen.abort();
        void exits.read(name).then((found) => exitCode.resolve(found?.exitCode ?? 137));
      }, seen.signal);
      return { pid, logFolder: place("log"), exitCode: exitCode.promise };
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  async forgetExec(id: string, execId: string): Promise<void> {
    await rm(path.join(this.#bundle(id), "execs", execId), { recursive: true, force: true });
  }

  async kill(id: string, signal: number, all = false): Promise<void> {
    try {
      await this.#oci.run("kill", [...(all ? ["--all"] : []), id, String(signal)]);
    } catch (error) {
      const found = await this.find(id);
      if (found.kind === "running" || found.kind === "created") throw error;
    }
  }

  async abandonExecs(id: string): Promise<void> {
    const folder = path.join(this.#bundle(id), "execs");
    const inside = await this.processes(id);
    for (const execId of await readdir(folder).catch((): string[] => [])) {
      const place = path.join(folder, execId);
      if (await exists(path.join(place, "monitor"))) continue;
      const pid = await readNumber(path.join(place, "pid"));
      if (inside.includes(pid)) process.kill(pid, "SIGKILL");
      await rm(place, { recursive: true, force: true });
    }
  }

  async pause(id: string): Promise<void> {
    await this.#oci.run("pause", [id]);
  }

  async resume(id: string): Promise<void> {
    await this.#oci.run("resume", [id]);
  }

  async update(id: string, resources: Resources): Promise<void> {
    // A file, not the standard input: crun cannot open a socket, which is what Node gives.
    const file = path.join(this.#bundle(id), "resources.json");
    await writeFile(file, JSON.stringify(resources), { mode: 0o600 });
    await this.#oci.run("update", [`--resources=${file}`, id]);
  }

  async resize(id: string, rows: number, columns: number, execId?: string): Promise<void> {
    const folder = this.#monitored(id, execId);
    // Before the start there is nobody yet who reads the other FIFO.
    if (execId === undefined && !(await exists(path.join(folder, "started"))))
      await tellMonitor(folder, "ctl", `1 ${rows} ${columns}\n`);
    else await tellMonitor(folder, "winsz", `${rows} ${columns}\n`);
  }

  async attach(id: string, execId?: string): Promise<Writable> {
    // Relative: a path to a socket may have 107 bytes. What comes back is read, so that the container is not held up, and dropped.
    const child = spawn(requireProgram("socat"), ["-", "UNIX-CONNECT:attach,type=5"], {
      cwd: this.#monitored(id, execId),
      stdio: ["pipe", "ignore", "ignore"],
    });
    child.stdin.on("error", () => {});
    child.on("error", () => child.stdin.destroy());
    child.once("exit", () => child.stdin.destroy());
    await once(child, "spawn");
    return child.stdin;
  }

  async reopenLog(id: string): Promise<void> {
    await tellMonitor(this.#bundle(id), "ctl", "2 0 0\n");
  }

  async find(id: string): Promise<Found> {
    const folder = this.#bundle(id);
    // In this order: a monitor writes the exit code before it goes.
    const monitor = identify(await readNumber(path.join(folder, "monitor")));
    const ended = await this.#exits.read(id);
    if (ended !== undefined)
      return { kind: "ended", ...ended, oomKilled: await exists(path.join(folder, "oom")) };
    if (!(await exists(folder))) return { kind: "unknown" };
    if (monitor === undefined) return { kind: "lost" };
    const pid = await readNumber(path.join(folder, "pid"));
    if (!(await this.#runs(id))) return { kind: "created", pid };
    return { kind: "running", pid, paused: await isFrozen(pid) };
  }

  wasStarted(id: string): Promise<boolean> {
    return exists(path.join(this.#bundle(id), "starting"));
  }

  async stats(id: string): Promise<RuntimeStats | undefined> {
    const pid = await readNumber(path.join(this.#bundle(id), "pid"));
    return identify(pid) === undefined ? undefined : readStats(pid);
  }

  async processes(id: string): Promise<number[]> {
    const pid = await readNumber(path.join(this.#bundle(id), "pid"));
    const own = await readFile(`/proc/${pid}/cgroup`, "utf8").catch(() => "");
    const paths = cgroupPaths(own);
    const pids = paths.get("pids");
    const folder = pids === undefined ? paths.get("") : `pids${pids}`;
    if (folder === undefined) return [];
    const text = await readFile(path.join("/sys/fs/cgroup", folder, "cgroup.procs"), "utf8").catch(() => "");
    return text.split("\n").filter(Boolean).map(Number);
  }

  async delete(id: string): Promise<void> {
    const folder = this.#bundle(id);
    const monitor = identify(await readNumber(path.join(folder, "monitor")));
    if (await exists(path.join(this.#folder, "oci", id)))
      await this.#oci.run("delete", ["--force", id]).catch((error: unknown) => {
        if (!/does not exist/i.test(String(error))) throw error;
      });
    // It would leave its exit code behind.
    if (monitor !== undefined) await untilGone(monitor);
    await rm(folder, { recursive: true, force: true });
    await rm(path.join(this.#folder, "exits", id), { force: true });
  }

  async list(): Promise<string[]> {
    const folders = ["bundles", "exits", "oci"].map((name) => readdir(path.join(this.#folder, name)));
    const names = (await Promise.all(folders)).flat();
    return [...new Set(names)].filter((name) => !name.includes("."));
  }

  onExit(listener: (id: string) => void, signal: AbortSignal): void {
    this.#exits.watch(listener, signal);
  }

  async #runs(id: string): Promise<boolean> {
    if (await exists(path.join(this.#bundle(id), "started"))) return true;
    if (!(await this.wasStarted(id))) return false;
    const { status } = JSON.parse(await this.#oci.run("state", [id])) as { status?: string };
    return status !== "created" && status !== "creating";
  }

  #bundle(id: string): string {
    return path.join(this.#folder, "bundles", id);
  }

  #monitored(id: string, execId: string | undefined): string {
    return execId === undefined ? this.#bundle(id) : path.join(this.#bundle(id), "execs", execId);
  }

  async #execFolder(id: string, execId: string): Promise<string> {
    const folder = path.join(this.#bundle(id), "execs", execId);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return folder;
  }

  /** The process, once the runtime has started it; undefined when that has ended without. */
  async #pidOnceThere(file: string, over: () => boolean): Promise<number | undefined> {
    for (;;) {
      const last = over();
      const pid = await readNumber(file);
      if (pid > 0) return pid;
      if (last) return undefined;
      await wait(2);
    }
  }
}

/** A monitor ends with its container; one that does not is killed. */
async function untilGone(monitor: ProcessIdentity): Promise<void> {
  for (const end = Date.now() + 5000; isAlive(monitor); await wait(2))
    if (Date.now() > end) process.kill(monitor.pid, "SIGKILL");
}

/** 0 where there is none. */
async function readNumber(file: string): Promise<number> {
  const text = await readFile(file, "utf8").catch(() => "");
  return /^\d+\s*$/.test(text) ? Number(text) : 0;
}

async function exists(item: string): Promise<boolean> {
  return stat(item).then(
    () => true,
    () => false,
  );
}
