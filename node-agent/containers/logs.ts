import { open } from "node:fs/promises";
import path from "node:path";
import { HubError } from "#shared/errors";
import type { HostConfig } from "./create-body.ts";
import { currentLog, logBytes, type LogLimits, oldFiles } from "./log-files.ts";
import { type LogEntry, LogLines, nanoseconds, parseLine } from "./log-lines.ts";

export interface LogQuery {
  stdout: boolean;
  stderr: boolean;
  /** How many of the last lines, of both streams together; all where it is not given. */
  tail?: number | undefined;
  /** Nanoseconds since 1970. */
  since?: bigint | undefined;
  until?: bigint | undefined;
  /** Where to begin instead, as `endOfLog` has given it. */
  from?: LogPlace | undefined;
  /** Goes on until this aborts, and ends once all is read that was written by then. Without it, the log as it is now. */
  follow?: AbortSignal | undefined;
  /** Aborts when nobody reads any more. */
  signal?: AbortSignal | undefined;
}

export interface LogPlace {
  file: number | "current";
  offset: number;
}

/** The records of a log that a query asks for, in the order in which they were written, as many at once as there are. */
export async function* readLog(folder: string, query: LogQuery): AsyncGenerator<LogEntry[]> {
  if (query.tail === 0 && query.follow === undefined) return;
  const from = query.from ?? (query.tail === undefined ? undefined : await placeOfTail(folder, query.tail));
  const lines = new LogLines();
  const wanted = (entry: LogEntry) => {
    if (!query[entry.stream]) return false;
    if (query.since === undefined && query.until === undefined) return true;
    const time = nanoseconds(entry.time);
    return time >= (query.since ?? 0n) && (query.until === undefined || time <= query.until);
  };
  for await (const piece of logBytes(folder, { from, ended: query.follow, signal: query.signal })) {
    const entries = lines.push(piece);
    const found = entries.filter(wanted);
    if (found.length > 0) yield found;
    const last = entries.at(-1);
    if (query.until !== undefined && last !== undefined && nanoseconds(last.time) > query.until) return;
  }
}

/** Behind what has been written by now. */
export async function endOfLog(folder: string): Promise<LogPlace> {
  return placeOfTail(folder, 0);
}

const blockSize = 64 * 1024;

/** Where the last lines begin. A line of several records counts once, also one that has not come to its end. */
async function placeOfTail(folder: string, count: number): Promise<LogPlace> {
  const files: (number | "current")[] = [...(await oldFiles(folder)), "current"];
  let left = count;
  /** Whether what comes behind the place looked at is the last piece of all. */
  let atEnd = true;
  for (const file of files.toReversed()) {
    const handle = await open(
      file === "current" ? currentLog(folder) : path.join(folder, String(file)),
      "r",
    ).catch(() => undefined);
    if (handle === undefined) continue;
    try {
      const { size } = await handle.stat();
      if (count === 0) return { file, offset: size };
      let tail = Buffer.alloc(0);
      for (let end = size; end > 0;) {
        const start = Math.max(0, end - blockSize);
        const block = Buffer.alloc(end - start);
        await handle.read(block, 0, block.length, start);
        tail = Buffer.concat([block, tail]);
        // Backwards over whole records; the first of the block may be cut.
        for (;;) {
          const stop = tail.length > 0 && tail.at(-1) === 0x0a ? tail.length - 1 : tail.length;
          const before = stop === 0 ? -1 : tail.lastIndexOf(0x0a, stop - 1);
          if ((before < 0 && start > 0) || tail.length === 0) break;
          const entry = parseLine(tail.subarray(before + 1, stop));
          if (entry !== undefined && (!entry.partial || atEnd)) {
            if (left === 0) return { file, offset: start + tail.length };
            left -= 1;
          }
          if (entry !== undefined) atEnd = false;
          tail = tail.subarray(0, before + 1);
        }
        end = start;
      }
    } finally {
      await handle.close();
    }
  }
  return { file: files[0] ?? "current", offset: 0 };
}

const usual: LogLimits = { size: 10 * 2 ** 20, files: 3 };
const units: Readonly<Record<string, number>> = { "": 1, b: 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 };

/**
 * How much of a log is kept, of `--log-opt max-size=… max-file=…`.
 *
 * @throws HubError `invalid` for another driver or an option that there is none of.
 */
export function logLimits({ Type, Config }: HostConfig["LogConfig"]): LogLimits {
  if (!["", "json-file", "local", "none"].includes(Type))
    throw new HubError(
      "invalid",
      `logger: no log driver named '${Type}' is registered; this engine keeps logs itself, as json-file does`,
    );
  const limits = { ...usual };
  for (const [name, value] of Object.entries(Config)) {
    if (name === "max-size") {
      const [, number, unit = ""] = /^(\d+(?:\.\d+)?)([bkmg]?)b?$/i.exec(value) ?? [];
      const size = Number(number) * (units[unit.toLowerCase()] ?? 1);
      if (value !== "-1" && !(size > 0)) throw new HubError("invalid", `invalid max-size: '${value}'`);
      limits.size = value === "-1" ? Infinity : size;
    } else if (name === "max-file") {
      if (!/^[1-9]\d{0,3}$/.test(value))
        throw new HubError("invalid", `invalid max-file: '${value}'; it is a number from 1 on`);
      limits.files = Number(value);
    } else if (
      !["mode", "compress", "labels", "labels-regex", "env", "env-regex", "tag", "max-buffer-size"].includes(
        name,
      )
    )
      throw new HubError("invalid", `unknown log opt '${name}' for json-file log driver`);
  }
  return limits;
}
