import { readFile } from "node:fs/promises";
import path from "node:path";
import type { NetworkCounters, RuntimeStats } from "./runtime.ts";

const root = "/sys/fs/cgroup";

/** Where the cgroup of a process is, by the controller; "" is that of version 2. */
export function cgroupPaths(text: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const line of text.split("\n")) {
    const [, controllers, place] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (controllers === undefined || place === undefined) continue;
    for (const controller of controllers.split(",")) found.set(controller, place);
  }
  return found;
}

/** What the processes of a cgroup have used, by one of them; undefined when it has gone. */
export async function readStats(pid: number): Promise<RuntimeStats | undefined> {
  const own = await readFile(`/proc/${pid}/cgroup`, "utf8").catch(() => undefined);
  if (own === undefined) return undefined;
  const paths = cgroupPaths(own);
  const networks = parseNetworks(await readFile(`/proc/${pid}/net/dev`, "utf8").catch(() => ""));
  const memory = paths.get("memory");
  return memory === undefined
    ? { ...(await version2(path.join(root, paths.get("") ?? "/"))), networks }
    : { ...(await version1(paths)), networks };
}

/** Whether the processes of a cgroup are held, by one of them. */
export async function isFrozen(pid: number): Promise<boolean> {
  const paths = cgroupPaths(await readFile(`/proc/${pid}/cgroup`, "utf8").catch(() => ""));
  const freezer = paths.get("freezer");
  const file =
    freezer === undefined
      ? path.join(paths.get("") ?? "/", "cgroup.freeze")
      : path.join("freezer", freezer, "freezer.state");
  const text = await readFile(path.join(root, file), "utf8").catch(() => "");
  return ["1", "FROZEN"].includes(text.trim());
}

type CgroupStats = Omit<RuntimeStats, "networks">;

async function version1(paths: ReadonlyMap<string, string>): Promise<CgroupStats> {
  const read = (controller: string, file: string) =>
    readFile(path.join(root, controller, paths.get(controller) ?? "/", file), "utf8").catch(() => "");
  const [total, split, throttling, usage, limit, detail, pids, most, bytes] = await Promise.all([
    read("cpuacct", "cpuacct.usage"),
    read("cpuacct", "cpuacct.stat"),
    read("cpu", "cpu.stat"),
    read("memory", "memory.usage_in_bytes"),
    read("memory", "memory.limit_in_bytes"),
    read("memory", "memory.stat"),
    read("pids", "pids.current"),
    read("pids", "pids.max"),
    read("blkio", "blkio.throttle.io_service_bytes"),
  ]);
  const ticks = parseFlat(split);
  const { nr_periods: periods = 0, nr_throttled: throttled = 0, throttled_time = 0 } = parseFlat(throttling);
  // The kernel counts these in hundredths of a second.
  const nanoseconds = (value = 0) => value * 1e7;
  return {
    cpu: {
      total: Number(total),
      user: nanoseconds(ticks["user"]),
      system: nanoseconds(ticks["system"]),
      periods,
      throttled,
      throttledTime: throttled_time,
    },
    memory: { usage: Number(usage), limit: Number(limit), detail: parseFlat(detail) },
    pids: { current: Number(pids), limit: maximum(most) },
    block: bytes.split("\n").flatMap((line) => {
      const [, major, minor, operation, count] = /^(\d+):(\d+) (Read|Write) (\d+)$/.exec(line) ?? [];
      if (count === undefined) return [];
      return [
        {
          major: Number(major),
          minor: Number(minor),
          operation: operation === "Read" ? ("read" as const) : ("write" as const),
          bytes: Number(count),
        },
      ];
    }),
  };
}

async function version2(folder: string): Promise<CgroupStats> {
  const read = (file: string) => readFile(path.join(folder, file), "utf8").catch(() => "");
  const [cpu, usage, limit, detail, pids, most, io] = await Promise.all([
    ...["cpu.stat", "memory.current", "memory.max", "memory.stat", "pids.current", "pids.max"].map(read),
    read("io.stat"),
  ]);
  const times = parseFlat(cpu ?? "");
  const microseconds = (name: string) => (times[name] ?? 0) * 1000;
  return {
    cpu: {
      total: microseconds("usage_usec"),
      user: microseconds("user_usec"),
      system: microseconds("system_usec"),
      periods: times["nr_periods"] ?? 0,
      throttled: times["nr_throttled"] ?? 0,
      throttledTime: microseconds("throttled_usec"),
    },
    memory: { usage: Number(usage), limit: maximum(limit ?? ""), detail: parseFlat(detail ?? "") },
    pids: { current: Number(pids), limit: maximum(most ?? "") },
    block: (io ?? "").split("\n").flatMap((line) => {
      const [, major, minor, rest = ""] = /^(\d+):(\d+) (.*)$/.exec(line) ?? [];
      if (major === undefined) return [];
      const device = { major: Number(major), minor: Number(minor) };
      const count = (name: string) => Number(new RegExp(`\\b${name}=(\\d+)`).exec(rest)?.[1] ?? 0);
      return [
        { ...device, operation: "read" as const, bytes: count("rbytes") },
        { ...device, operation: "write" as const, bytes: count("wbytes") },
      ];
    }),
  };
}

/** 0 is no limit. */
const maximum = (text: string) => (text.trim() === "max" ? 0 : Number(text));

function parseFlat(text: string): Record<string, number> {
  const entries = text.split("\n").flatMap((line) => {
    const [name, value] = line.split(" ");
    return name && value !== undefined ? [[name, Number(value)] as const] : [];
  });
  return Object.fromEntries(entries);
}

/** Of /proc/net/dev, without the loopback. */
function parseNetworks(text: string): Record<string, NetworkCounters> {
  const entries = text.split("\n").flatMap((line) => {
    const [, name = "", rest = ""] = /^\s*([^\s:]+):\s*(.*)$/.exec(line) ?? [];
    const numbers = rest.split(/\s+/).map(Number);
    if (name === "" || name === "lo" || numbers.length < 12) return [];
    const at = (index: number) => numbers[index] ?? 0;
    const counters: NetworkCounters = {
      receivedBytes: at(0),
      receivedPackets: at(1),
      receiveErrors: at(2),
      receiveDropped: at(3),
      sentBytes: at(8),
      sentPackets: at(9),
      sendErrors: at(10),
      sendDropped: at(11),
    };
    return [[name, counters] as const];
  });
  return Object.fromEntries(entries);
}
