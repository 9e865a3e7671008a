import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { withImageDefaults } from "../../../node-agent/containers/image-defaults.ts";
import { readHostFacts } from "../../../node-agent/containers/host.ts";
import { writtenBytes } from "../../../node-agent/containers/log-lines.ts";
import { readLog } from "../../../node-agent/containers/logs.ts";
import { parseCreateBody } from "../../../node-agent/containers/create-body.ts";
import { containerSpec } from "../../../node-agent/containers/spec.ts";
import { execute } from "../../../node-agent/host/exec.ts";
import { identify } from "../../../node-agent/host/process.ts";
import type { Process, Runtime } from "../../../node-agent/runtime/index.ts";
import { makeRootfs } from "../support/rootfs.ts";
import { TemporaryFolder } from "../support/temporary-folder.ts";

/** What every `Runtime` does. @param open opens one on a folder, as the agent does when it comes up. */
export function runtimeContract(open: (folder: string) => Promise<Runtime>): void {
  let folder: TemporaryFolder;
  let runtime: Runtime;
  let rootfs: string;

  beforeAll(async () => {
    folder = await TemporaryFolder.make();
    rootfs = await makeRootfs(path.join(folder.path, "rootfs"));
    runtime = await open(path.join(folder.path, "run"));
  });

  afterAll(async () => {
    for (const id of await runtime.list()) await runtime.delete(id);
    await folder[Symbol.asyncDispose]();
  });

  async function create(command: string, body: object = {}, options: { stdin?: boolean } = {}) {
    const id = randomBytes(32).toString("hex");
    const logFolder = path.join(folder.path, "logs", id);
    await mkdir(logFolder, { recursive: true });
    const config = withImageDefaults(
      parseCreateBody({ Cmd: ["sh", "-c", command], Hostname: "box", ...body }),
      {},
    );
    const spec = containerSpec({
      id,
      config,
      rootfs,
      users: { passwd: undefined, group: undefined },
      host: await readHostFacts(),
      network: { kind: "none" },
      shared: {},
      bound: [],
      files: {},
      devices: [],
      deviceNumbers: () => ({ major: 8, minor: 0 }),
    });
    const log = path.join(logFolder, "current");
    const { pid } = await runtime.create({
      id,
      spec,
      log,
      stdin: options.stdin ?? false,
      keepStdin: config.Tty,
    });
    return { id, pid, logFolder, process: spec.process };
  }

  async function run(command: string, body: object = {}) {
    const made = await create(command, body);
    await runtime.start(made.id);
    return made;
  }

  async function end(id: string): Promise<number> {
    for (let turn = 0; turn < 1000; turn++) {
      const found = await runtime.find(id);
      if (found.kind === "ended") return found.exitCode;
      if (found.kind !== "running") throw new Error(`${id} is ${found.kind}`);
      await wait(10);
    }
    throw new Error(`${id} has not ended`);
  }

  async function output(logFolder: string, stream: "stdout" | "stderr" = "stdout"): Promise<string> {
    const found: Buffer[] = [];
    const query = { stdout: stream === "stdout", stderr: stream === "stderr" };
    for await (const entries of readLog(logFolder, query)) found.push(...entries.map(writtenBytes));
    return Buffer.concat(found).toString();
  }

  async function printed(logFolder: string, words: string): Promise<string> {
    for (let turn = 0; turn < 500; turn++) {
      const all = await output(logFolder);
      if (all.includes(words)) return all;
      await wait(10);
    }
    throw new Error(`"${words}" was not printed: ${await output(logFolder)}`);
  }

  const execOf = (process: Process, command: string, terminal = false): Process => ({
    ...process,
    terminal,
    args: ["sh", "-c", command],
  });

  test("makes, starts and ends: output of both streams, byte by byte, and the exit code", async () => {
    const { id, pid, logFolder } = await create("printf 'a\\n\\0b'; echo c >&2; exit 42");
    expect(identify(pid)).toBeDefined();
    expect(await runtime.find(id)).toMatchObject({ kind: "created", pid });
    await runtime.start(id);
    expect(await end(id)).toBe(42);
    expect(await output(logFolder)).toBe("a\n\0b");
    expect(await output(logFolder, "stderr")).toBe("c\n");
    await runtime.delete(id);
    expect(await runtime.find(id)).toEqual({ kind: "unknown" });
    expect(await runtime.list()).not.toContain(id);
  });

  test("tells of the end of each, once", async () => {
    const told: string[] = [];
    await using stack = new AsyncDisposableStack();
    const stop = new AbortController();
    stack.defer(() => stop.abort());
    runtime.onExit((id) => told.push(id), stop.signal);
    const { id } = await run("true");
    await end(id);
    for (let turn = 0; turn < 500 && !told.includes(id); turn++) await wait(10);
    await wait(50);
    expect(told.filter((each) => each === id)).toEqual([id]);
    await runtime.delete(id);
  });

  test("says what was wrong, and leaves nothing", async () => {
    const missing = { Entrypoint: ["/no/such"], Cmd: [] };
    await expect(create("", missing)).rejects.toThrow(/no such file or directory/i);
    await expect(create("", { Entrypoint: ["nope"], Cmd: [] })).rejects.toThrow(/not found in \$PATH/);
    await expect(create("", { Entrypoint: ["/etc/passwd"], Cmd: [] })).rejects.toThrow(/permission denied/i);
    expect(await runtime.list()).toEqual([]);
  });

  test("gives what is written to it to the standard input, and its end", async () => {
    const { id, logFolder } = await create("cat; echo end", { OpenStdin: true }, { stdin: true });
    const input = await runtime.attach(id);
    input.end("typed\n");
    await runtime.start(id);
    expect(await end(id)).toBe(0);
    expect(await output(logFolder)).toBe("typed\nend\n");
    await runtime.delete(id);
  });

  test("has a terminal of the size that it is given, before and while it runs", async () => {
    // The monitor hears of the size beside the start: on a busy machine the process may be there first.
    const sized = "until stty size 2>/dev/null; do sleep 0.05; done";
    const script = `${sized}; trap 'stty size; exit 0' WINCH; echo ready; while :; do sleep 0.1; done`;
    const { id, logFolder } = await create(script, { Tty: true, OpenStdin: true }, { stdin: true });
    await runtime.resize(id, 24, 100);
    await runtime.start(id);
    expect(await printed(logFolder, "ready")).toContain("24 100");
    await runtime.resize(id, 50, 132);
    expect(await end(id)).toBe(0);
    expect(await output(logFolder)).toContain("50 132");
    await runtime.delete(id);
  });

  test("signals reach the first process; one without a handler ends by KILL as 137", async () => {
    const { id, logFolder } = await run(
      "trap 'echo got; exit 3' TERM; echo ready; while :; do sleep 0.05; done",
    );
    await printed(logFolder, "ready");
    await runtime.kill(id, 15);
    expect(await end(id)).toBe(3);
    await runtime.kill(id, 15);
    const other = await run("sleep 600");
    await runtime.kill(other.id, 9);
    expect(await end(other.id)).toBe(137);
    for (const each of [id, other.id]) await runtime.delete(each);
  });

  test("a process with pipes: input, both outputs, exit code", async () => {
    const { id, process } = await run("sleep 600");
    const found = await runtime.execPiped({
      id,
      execId: "e1",
      process: execOf(process, "cat; echo out; echo err >&2; exit 5"),
      stdin: true,
    });
    found.stdin?.end("in ");
    const [stdout, stderr, code] = await Promise.all([
      text(found.stdout),
      text(found.stderr),
      found.exitCode,
    ]);
    expect([stdout, stderr, code]).toEqual(["in out\n", "err\n", 5]);
    await runtime.forgetExec(id, "e1");
    const nope = { ...process, args: ["nope"] };
    await expect(runtime.execPiped({ id, execId: "e2", process: nope, stdin: false })).rejects.toThrow(
      /not found in \$PATH/,
    );
    await runtime.delete(id);
  });

  test("a process at a terminal of its own", async () => {
    const { id, process } = await run("sleep 600");
    const found = await runtime.execMonitored({
      id,
      execId: "t1",
      process: execOf(process, "read line; echo got $line; stty size; exit 6", true),
      stdin: true,
    });
    await runtime.resize(id, 33, 99, "t1");
    const input = await runtime.attach(id, "t1");
    input.write("hello\n");
    expect(await found.exitCode).toBe(6);
    input.end();
    const all = await output(found.logFolder);
    expect(all).toContain("got hello");
    expect(all).toContain("33 99");
    await runtime.delete(id);
  });

  test("pauses, goes on, counts, and is limited anew", async () => {
    const { id } = await run("while :; do :; done", { HostConfig: { Memory: 64 << 20 } });
    await wait(50);
    await runtime.pause(id);
    const before = await runtime.stats(id);
    await wait(100);
    const paused = await runtime.stats(id);
    expect(before?.cpu.total).toBeGreaterThan(0);
    expect(paused?.cpu.total).toBe(before?.cpu.total);
    expect(paused?.memory.limit).toBe(64 << 20);
    await runtime.resume(id);
    await runtime.update(id, { memory: { limit: 32 << 20 }, pids: { limit: 77 } });
    const later = await runtime.stats(id);
    expect(later?.memory.limit).toBe(32 << 20);
    expect(later?.pids).toMatchObject({ current: 1, limit: 77 });
    expect(await runtime.processes(id)).toHaveLength(1);
    await runtime.delete(id);
  });

  test("goes on without us, and another finds it: running, ended, and its monitor lost", async () => {
    const lives = await run("echo one; sleep 600");
    const ends = await run("echo last; exit 9");
    const lost = await run("sleep 600");
    await end(ends.id);
    runtime = await open(path.join(folder.path, "run"));
    expect(await runtime.find(lives.id)).toEqual({ kind: "running", pid: lives.pid, paused: false });
    expect(await runtime.find(ends.id)).toMatchObject({ kind: "ended", exitCode: 9 });
    const { stdout } = await execute("ps", ["-o", "ppid=", "-p", String(lost.pid)]);
    process.kill(Number(stdout), "SIGKILL");
    for (let turn = 0; turn < 200 && (await runtime.find(lost.id)).kind === "running"; turn++) await wait(10);
    expect(await runtime.find(lost.id)).toEqual({ kind: "lost" });
    for (const { id, pid } of [lives, ends, lost]) {
      await runtime.delete(id);
      for (let turn = 0; turn < 200 && identify(pid) !== undefined; turn++) await wait(10);
      expect(identify(pid)).toBeUndefined();
    }
    expect(await runtime.list()).toEqual([]);
  });
}
