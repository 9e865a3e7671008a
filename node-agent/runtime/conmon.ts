import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { open, readFile } from "node:fs/promises";
import path from "node:path";
import { requireProgram } from "../host/exec.ts";
import { codeOf } from "../host/files.ts";
import { lastError, type OciRuntime } from "./oci-runtime.ts";
import { RuntimeError } from "./runtime.ts";

/**
 * conmon is the parent of a container's first process: it holds its pipes or terminal, writes its log, and leaves its exit code in a
 * file. It belongs to nobody, so it outlives the agent. In its folder lie
 *
 *     monitor   its own number, pid  that of the process it watches
 *     attach    a socket for the standard input (SOCK_SEQPACKET)
 *     ctl       a FIFO: `1 <rows> <columns>` sizes the terminal before the start, `2 0 0` begins a new log
 *     winsz     a FIFO: `<rows> <columns>` sizes the terminal
 *     oom       there when the kernel has killed for want of memory
 */
export interface MonitorRequest {
  /** Of the container. */
  id: string;
  folder: string;
  /** The log; undefined for none. */
  log: string | undefined;
  exitFolder: string;
  terminal: boolean;
  stdin: boolean;
  keepStdin: boolean;
  /** The file that says what to run, where that is one more process in a container. */
  exec?: { execId: string; specification: string };
}

/** Milliseconds until a monitor must have said how it went. */
const deadline = 60_000;

/** Starts a monitor, which makes the container or the process. @returns the number of that process. @throws RuntimeError */
export async function startMonitor(runtime: OciRuntime, request: MonitorRequest): Promise<number> {
  const { folder, id, exec } = request;
  const place = (name: string) => path.join(folder, name);
  const options = {
    "--api-version": "1",
    "--cid": id,
    "--cuuid": exec?.execId ?? id,
    "--runtime": runtime.program,
    "--bundle": folder,
    "--container-pidfile": place("pid"),
    "--conmon-pidfile": place("monitor"),
    "--log-path": request.log === undefined ? "none:" : `k8s-file:${request.log}`,
    "--log-level": "warning",
    "--exit-dir": request.exitFolder,
  };
  const forRuntime = [`--root=${runtime.root}`, "--log-format=json", `--log=${place("runtime.log")}`];
  const args = [
    ...Object.entries(options).flat(),
    ...forRuntime.flatMap((argument) => ["--runtime-arg", argument]),
    "--full-attach",
    "--no-sync-log",
    ...(request.terminal ? ["--terminal"] : []),
    ...(request.stdin ? ["--stdin"] : []),
    ...(request.keepStdin ? ["--leave-stdin-open"] : []),
    ...(exec === undefined ? [] : ["--exec", "--exec-process-spec", exec.specification]),
  ];
  // A file, not a pipe: the monitor outlives who would read it.
  const words = openSync(place("monitor.log"), "a", 0o600);
  try {
    const child = spawn(requireProgram("conmon"), args, {
      cwd: folder,
      stdio: ["ignore", "ignore", words, "pipe"],
      env: { _OCI_SYNCPIPE: "3", PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
      detached: true,
    });
    const report = await firstLine(child.stdio[3] as NodeJS.ReadableStream, child);
    if (report !== undefined && report.data > 0) return report.data;
    const said = lastError(await readFile(place("runtime.log"), "utf8").catch(() => ""));
    const monitorSaid = await readFile(place("monitor.log"), "utf8").catch(() => "");
    throw new RuntimeError(
      said || lastError(report?.message ?? "") || monitorSaid.trim() || "the monitor ended without a word",
    );
  } finally {
    closeSync(words);
  }
}

interface Report {
  data: number;
  message?: string;
}

/** What the monitor says of its beginning; undefined when it has ended without. */
async function firstLine(
  stream: NodeJS.ReadableStream,
  child: ReturnType<typeof spawn>,
): Promise<Report | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<Report | undefined>();
  let text = "";
  const timer = setTimeout(() => {
    child.kill("SIGKILL");
    reject(new RuntimeError(`the monitor has not begun within ${deadline / 1000} s`));
  }, deadline);
  stream.on("data", (piece: Buffer) => {
    text += piece.toString();
    const end = text.indexOf("\n");
    if (end >= 0) resolve(parseReport(text.slice(0, end)));
  });
  stream.on("end", () => resolve(parseReport(text)));
  stream.on("error", () => resolve(undefined));
  child.once("error", reject);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    // The monitor holds the other end for as long as it lives; the agent has no use for it.
    (stream as unknown as { destroy(): void }).destroy();
  }
}

function parseReport(line: string): Report | undefined {
  try {
    const { data, message } = JSON.parse(line) as Partial<Report>;
    return typeof data === "number" ? { data, ...(message === undefined ? {} : { message }) } : undefined;
  } catch {
    return undefined;
  }
}

/** Tells a monitor something by one of its FIFOs. A monitor that has gone is told nothing. */
export async function tellMonitor(folder: string, fifo: "ctl" | "winsz", words: string): Promise<void> {
  try {
    // Read and write: opening a FIFO for writing alone waits for, or fails without, somebody who reads it.
    const handle = await open(path.join(folder, fifo), "r+");
    try {
      await handle.write(words);
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
  }
}
