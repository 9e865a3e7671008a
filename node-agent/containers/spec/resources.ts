import { HubError } from "#shared/errors";
import type { DeviceRule, Resources } from "../../runtime/index.ts";
import type { HostConfig } from "../create-body.ts";
import type { HostFacts } from "./host-facts.ts";

type Wanted = Omit<HostConfig, "RestartPolicy">;

const mebibyte = 2 ** 20;
const minimumMemory = 6 * mebibyte;
/** Microseconds: `--cpus 0.5` is half of this in each. */
const period = 100_000;

/** Numbers of a device on the host. */
export type DeviceNumbers = (path: string) => { major: number; minor: number };

/**
 * Limits, as the runtime wants them. What is zero is not limited.
 *
 * @throws HubError `invalid` for limits that contradict each other or that this host cannot keep.
 */
export function resourcesOf(wanted: Wanted, host: HostFacts, numbers: DeviceNumbers): Resources {
  const block = blockResources(wanted, numbers);
  return {
    ...optional("memory", memory(wanted, host)),
    ...optional("cpu", processors(wanted, host)),
    ...(wanted.PidsLimit === 0 ? {} : { pids: { limit: wanted.PidsLimit < 0 ? -1 : wanted.PidsLimit } }),
    ...optional("blockIO", block),
  };
}

function memory(wanted: Wanted, host: HostFacts): NonNullable<Resources["memory"]> {
  const { Memory: limit, MemorySwap: swap, MemoryReservation: reservation, MemorySwappiness } = wanted;
  if (limit !== 0 && limit < minimumMemory) throw invalid("Minimum memory limit allowed is 6MB");
  if (limit > 0 && swap > 0 && swap < limit)
    throw invalid("Minimum memoryswap limit should be larger than memory limit, see usage");
  if (limit === 0 && swap > 0)
    throw invalid("You should always set the Memory limit when using Memoryswap limit, see usage");
  if (reservation !== 0 && reservation < minimumMemory)
    throw invalid("Minimum memory reservation allowed is 6MB");
  if (limit > 0 && reservation > limit)
    throw invalid("Minimum memory limit can not be less than memory reservation limit, see usage");
  if (MemorySwappiness < -1 || MemorySwappiness > 100)
    throw invalid(`Invalid value: ${MemorySwappiness}, valid memory swappiness range is 0-100`);
  return {
    ...(limit > 0 ? { limit } : {}),
    ...(reservation > 0 ? { reservation } : {}),
    // Without a word, as much swap as memory; OCI counts both together.
    ...(host.swap && limit > 0 ? { swap: swap === 0 ? limit * 2 : swap } : {}),
    ...(MemorySwappiness >= 0 && host.cgroups === "v1" ? { swappiness: MemorySwappiness } : {}),
    ...(wanted.OomKillDisable && host.cgroups === "v1" ? { disableOOMKiller: true } : {}),
  };
}

function processors(wanted: Wanted, host: HostFacts): NonNullable<Resources["cpu"]> {
  const { NanoCpus, CpuPeriod, CpuQuota, CpuShares } = wanted;
  if (NanoCpus > 0 && (CpuPeriod > 0 || CpuQuota > 0))
    throw invalid("Conflicting options: Nano CPUs and CPU Period or Quota cannot both be set");
  if (NanoCpus < 0 || NanoCpus > host.cpus * 1e9)
    throw invalid(
      `range of CPUs is from 0.01 to ${host.cpus}.00, as there are only ${host.cpus} CPUs available`,
    );
  if (CpuPeriod !== 0 && (CpuPeriod < 1000 || CpuPeriod > 1_000_000))
    throw invalid("CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)");
  if (CpuQuota > 0 && CpuQuota < 1000) throw invalid("CPU cfs quota can not be less than 1ms (i.e. 1000)");
  for (const [name, value] of [
    ["cpus", wanted.CpusetCpus],
    ["mems", wanted.CpusetMems],
  ] as const)
    if (value !== "" && !/^\d+(-\d+)?(,\d+(-\d+)?)*$/.test(value))
      throw invalid(`Invalid value ${value} for cpuset ${name}`);
  return {
    ...(CpuShares > 0 ? { shares: CpuShares } : {}),
    ...(NanoCpus > 0 ? { period, quota: Math.max(1000, Math.round((NanoCpus / 1e9) * period)) } : {}),
    ...(CpuPeriod > 0 ? { period: CpuPeriod } : {}),
    ...(CpuQuota === 0 ? {} : { quota: CpuQuota }),
    ...(wanted.CpuRealtimePeriod > 0 ? { realtimePeriod: wanted.CpuRealtimePeriod } : {}),
    ...(wanted.CpuRealtimeRuntime > 0 ? { realtimeRuntime: wanted.CpuRealtimeRuntime } : {}),
    ...(wanted.CpusetCpus === "" ? {} : { cpus: wanted.CpusetCpus }),
    ...(wanted.CpusetMems === "" ? {} : { mems: wanted.CpusetMems }),
  };
}

function blockResources(wanted: Wanted, numbers: DeviceNumbers): NonNullable<Resources["blockIO"]> {
  const weight = wanted.BlkioWeight;
  if (weight !== 0 && (weight < 10 || weight > 1000))
    throw invalid("Range of blkio weight is from 10 to 1000");
  const throttles = {
    throttleReadBpsDevice: wanted.BlkioDeviceReadBps,
    throttleWriteBpsDevice: wanted.BlkioDeviceWriteBps,
    throttleReadIOPSDevice: wanted.BlkioDeviceReadIOps,
    throttleWriteIOPSDevice: wanted.BlkioDeviceWriteIOps,
  };
  const limited = Object.entries(throttles).filter(([, devices]) => devices.length > 0);
  return {
    ...(weight === 0 ? {} : { weight }),
    ...(wanted.BlkioWeightDevice.length === 0
      ? {}
      : {
          weightDevice: wanted.BlkioWeightDevice.map(({ Path, Weight }) => ({
            ...numbers(Path),
            weight: Weight,
          })),
        }),
    ...Object.fromEntries(
      limited.map(([key, devices]) => [
        key,
        devices.map(({ Path, Rate }) => ({ ...numbers(Path), rate: Rate })),
      ]),
    ),
  };
}

/** `--device-cgroup-rule`, such as `c 1:3 mr`. @throws HubError `invalid`. */
export function parseDeviceRule(text: string): DeviceRule {
  const [, type, major, minor, access] = /^([acb]) (\d+|\*):(\d+|\*) ([rwm]{1,3})$/.exec(text) ?? [];
  if (access === undefined) throw invalid(`invalid device cgroup rule format: '${text}'`);
  return {
    allow: true,
    type: type as "a" | "c" | "b",
    ...(major === "*" ? {} : { major: Number(major) }),
    ...(minor === "*" ? {} : { minor: Number(minor) }),
    access,
  };
}

/**
 * Where the container's cgroup is: a path below the controllers' roots, or for systemd `slice:prefix:name`.
 *
 * @throws HubError `invalid` for a parent that leaves the tree, or that is no slice where systemd makes them.
 */
export function cgroupsPathOf(id: string, parent: string, host: HostFacts): string {
  if (host.systemd) {
    if (parent !== "" && !/^[\w.@-]+\.slice$/.test(parent))
      throw invalid(
        `cgroup-parent for systemd cgroup should be a valid slice named as "xxx.slice", got "${parent}"`,
      );
    return `${parent || "system.slice"}:wherry:${id}`;
  }
  const parts = parent.split("/").filter((part) => part !== "" && part !== ".");
  if (parts.includes(".."))
    throw invalid(`cgroup-parent "${parent}" leaves the tree; give a path without ..`);
  return `/${[...(parts.length === 0 ? ["wherry"] : parts), id].join("/")}`;
}

function optional<K extends string, T extends object>(key: K, value: T): { [P in K]?: T } {
  return (Object.keys(value).length === 0 ? {} : { [key]: value }) as { [P in K]?: T };
}

const invalid = (message: string) => new HubError("invalid", message);
