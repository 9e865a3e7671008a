import { readFile } from "node:fs/promises";
import { CommandError } from "../command-error.ts";
import type { CreateValues, Surroundings } from "./create-body.ts";
import { mapOf } from "./fields.ts";
import {
  capability,
  parseDevice,
  parseGpus,
  parseHost,
  parseRate,
  parseRestart,
  parseUlimit,
  parseWeight,
} from "./limits.ts";
import { parseMount } from "./mounts.ts";
import type { PortBinding, PublishedPort } from "./ports.ts";
import { resourcesOf } from "./resources.ts";
import { parseBytes } from "./sizes.ts";
import { parseTmpfs, parseVolume } from "./volumes.ts";

/** What a container is to be on this host. @throws CommandError. */
export async function hostConfigOf(
  flags: CreateValues,
  { folder, published, mode, size }: Surroundings & { published: readonly PublishedPort[]; mode: string },
): Promise<object> {
  const binds = flags.volume
    .map((volume) => parseVolume(volume, folder))
    .flatMap((wish) => ("bind" in wish ? [wish.bind] : []));
  const mounts = flags.mount.map((mount) => parseMount(mount, folder));
  const restart = parseRestart(flags.restart ?? "no");
  if (flags.rm && restart.Name !== "no")
    throw new CommandError("conflicting options: cannot specify both --restart and --rm", 125);
  const rates = (name: "device-read-bps" | "device-write-bps" | "device-read-iops" | "device-write-iops") =>
    flags[name].map((text) => parseRate(`--${name}`, text, name.endsWith("bps")));
  return {
    Binds: binds.length === 0 ? null : binds,
    LogConfig: { Type: flags["log-driver"] ?? "", Config: mapOf(flags["log-opt"]) },
    NetworkMode: mode,
    PortBindings: portBindings(published),
    RestartPolicy: restart,
    AutoRemove: flags.rm,
    VolumeDriver: flags["volume-driver"] ?? "",
    VolumesFrom: flags["volumes-from"].length === 0 ? null : flags["volumes-from"],
    ConsoleSize: size ?? [0, 0],
    CapAdd: orNothing(flags["cap-add"].map(capability)),
    CapDrop: orNothing(flags["cap-drop"].map(capability)),
    CgroupnsMode: flags.cgroupns ?? "",
    Dns: flags.dns,
    DnsOptions: flags["dns-option"],
    DnsSearch: flags["dns-search"],
    ExtraHosts: orNothing(flags["add-host"].map(parseHost)),
    GroupAdd: orNothing(flags["group-add"]),
    IpcMode: flags.ipc ?? "",
    Cgroup: "",
    Links: orNothing(flags.link),
    OomScoreAdj: flags["oom-score-adj"] ?? 0,
    PidMode: flags.pid ?? "",
    Privileged: flags.privileged,
    PublishAllPorts: flags["publish-all"],
    ReadonlyRootfs: flags["read-only"],
    ...(await securityOf(flags["security-opt"])),
    StorageOpt: mapOf(flags["storage-opt"]),
    Tmpfs: Object.fromEntries(flags.tmpfs.map(parseTmpfs)),
    UTSMode: flags.uts ?? "",
    UsernsMode: flags.userns ?? "",
    ShmSize: flags["shm-size"] === undefined ? 0 : parseBytes("--shm-size", flags["shm-size"]),
    Sysctls: mapOf(flags.sysctl),
    Runtime: flags.runtime ?? "",
    Annotations: mapOf(flags.annotation),
    ...(mounts.length === 0 ? {} : { Mounts: mounts }),
    ...(flags.init ? { Init: true } : {}),
    ...resourcesOf(flags),
    CgroupParent: flags["cgroup-parent"] ?? "",
    BlkioWeightDevice: flags["blkio-weight-device"].map(parseWeight),
    BlkioDeviceReadBps: rates("device-read-bps"),
    BlkioDeviceWriteBps: rates("device-write-bps"),
    BlkioDeviceReadIOps: rates("device-read-iops"),
    BlkioDeviceWriteIOps: rates("device-write-iops"),
    Devices: flags.device.map(parseDevice),
    DeviceCgroupRules: orNothing(flags["device-cgroup-rule"]),
    DeviceRequests: flags.gpus === undefined ? null : [{ Driver: "", Options: {}, ...parseGpus(flags.gpus) }],
    MemorySwappiness: flags["memory-swappiness"] ?? -1,
    OomKillDisable: flags["oom-kill-disable"],
    Ulimits: flags.ulimit.map(parseUlimit),
  };
}

function portBindings(published: readonly PublishedPort[]): Record<string, PortBinding[]> {
  const bindings: Record<string, PortBinding[]> = {};
  for (const { port, binding } of published) (bindings[port] ??= []).push(binding);
  return bindings;
}

function orNothing(list: readonly string[]): readonly string[] | null {
  return list.length === 0 ? null : list;
}

/** A seccomp profile travels as its text. @throws CommandError when it cannot be read. */
async function securityOf(options: readonly string[]) {
  const open = options.includes("systempaths=unconfined");
  const SecurityOpt = await Promise.all(
    options
      .filter((option) => option !== "systempaths=unconfined")
      .map(async (option) => {
        const [, file = "unconfined"] = /^seccomp[=:](.+)$/.exec(option) ?? [];
        if (file === "unconfined" || file === "builtin") return option;
        try {
          return `seccomp=${JSON.stringify(JSON.parse(await readFile(file, "utf8")))}`;
        } catch (cause) {
          throw new CommandError(
            `the seccomp profile ${file} cannot be read: ${(cause as Error).message}`,
            125,
            { cause },
          );
        }
      }),
  );
  return {
    SecurityOpt: orNothing(SecurityOpt),
    ...(open ? { MaskedPaths: [], ReadonlyPaths: [] } : {}),
  };
}
