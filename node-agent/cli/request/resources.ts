import { text, whole, type Values } from "../line/flags.ts";
import { parseBytes, parseBytesOrNone, parseProcessors } from "./sizes.ts";

/** The limits that `run`, `create` and `update` share. */
export const resourceFlags = {
  "blkio-weight": whole("share of disk time, 10 to 1000"),
  "cpu-period": whole("length of a period, in microseconds"),
  "cpu-quota": whole("processor time in each period, in microseconds"),
  "cpu-rt-period": whole("length of a real-time period, in microseconds"),
  "cpu-rt-runtime": whole("real-time processor time in each period, in microseconds"),
  "cpu-shares": whole("share of processor time, where there is too little", "c"),
  cpus: text("how many processors it may keep busy, such as 1.5", undefined, { value: "number" }),
  "cpuset-cpus": text("processors it may run on, such as 0-2,4"),
  "cpuset-mems": text("memory nodes it may use, such as 0-1"),
  memory: text("how much memory it may use, such as 512m", "m", { value: "size" }),
  "memory-reservation": text("how much it is asked to shrink to, where there is too little", undefined, {
    value: "size",
  }),
  "memory-swap": text("memory and swap together; -1 for any amount of swap", undefined, { value: "size" }),
  "pids-limit": whole("how many processes it may have; -1 for any number"),
};

/** As the API has them; 0 and nothing leave a limit as it is. @throws CommandError. */
export function resourcesOf(flags: Values<typeof resourceFlags>): object {
  const bytes = (name: "memory" | "memory-reservation") => {
    const value = flags[name];
    return value === undefined ? 0 : parseBytes(`--${name}`, value);
  };
  return {
    CpuShares: flags["cpu-shares"] ?? 0,
    Memory: bytes("memory"),
    NanoCpus: flags.cpus === undefined ? 0 : parseProcessors(flags.cpus),
    BlkioWeight: flags["blkio-weight"] ?? 0,
    CpuPeriod: flags["cpu-period"] ?? 0,
    CpuQuota: flags["cpu-quota"] ?? 0,
    CpuRealtimePeriod: flags["cpu-rt-period"] ?? 0,
    CpuRealtimeRuntime: flags["cpu-rt-runtime"] ?? 0,
    CpusetCpus: flags["cpuset-cpus"] ?? "",
    CpusetMems: flags["cpuset-mems"] ?? "",
    MemoryReservation: bytes("memory-reservation"),
    MemorySwap:
      flags["memory-swap"] === undefined ? 0 : parseBytesOrNone("--memory-swap", flags["memory-swap"]),
    PidsLimit: flags["pids-limit"] ?? null,
  };
}
