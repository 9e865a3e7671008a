import { HubError } from "#shared/errors";
import type { Seccomp, Spec } from "../runtime/index.ts";
import type { ContainerConfig } from "./create-body.ts";
import { deviceRulesOf, type FoundDevice, refuseDeviceRequests } from "./spec/devices.ts";
import type { HostFacts } from "./spec/host-facts.ts";
import { type BoundPath, mountsOf, type OwnFiles } from "./spec/mounts.ts";
import { namespacesOf, type NetworkPlace, remapped, type SharedWith } from "./spec/namespaces.ts";
import { mainProcess } from "./spec/process.ts";
import { cgroupsPathOf, type DeviceNumbers, resourcesOf } from "./spec/resources.ts";
import { defaultSeccomp } from "./spec/seccomp.ts";
import { readSeccompProfile } from "./spec/seccomp-profile.ts";
import { parseSecurityOptions } from "./spec/security-options.ts";
import { sysctlsOf } from "./spec/sysctls.ts";
import { resolveUser, type UserFiles } from "./spec/user.ts";

export interface SpecInput {
  id: string;
  /** With what the image says already in it (image-defaults.ts). */
  config: ContainerConfig;
  rootfs: string;
  users: UserFiles;
  host: HostFacts;
  network: NetworkPlace;
  shared: SharedWith;
  bound: readonly BoundPath[];
  files: OwnFiles;
  devices: readonly FoundDevice[];
  deviceNumbers: DeviceNumbers;
}

/** What tells a container about the host, or lets it act on it. */
export const maskedPaths: readonly string[] = [
  ..."/proc/acpi /proc/asound /proc/interrupts /proc/kcore /proc/keys /proc/latency_stats".split(" "),
  ..."/proc/sched_debug /proc/scsi /proc/timer_list /proc/timer_stats /sys/devices/virtual/powercap".split(
    " ",
  ),
  "/sys/firmware",
];
export const readonlyPaths: readonly string[] = [
  "/proc/bus",
  "/proc/fs",
  "/proc/irq",
  "/proc/sys",
  "/proc/sysrq-trigger",
];

/**
 * The OCI specification of a container. It only computes: the same input gives the same output, and nothing of the host is read.
 *
 * @throws HubError `invalid` or `unsupported` for what cannot be, in Docker's words where clients know them.
 */
export function containerSpec(input: SpecInput): Spec {
  const { config, host, network, shared, rootfs } = input;
  const { HostConfig: hostConfig } = config;
  refuseDeviceRequests(hostConfig.DeviceRequests);
  const user = resolveUser(config.User, input.users, hostConfig.GroupAdd);
  const process = mainProcess(config, user, host);
  const namespaces = namespacesOf(hostConfig, host, network, shared);
  const mounts = mountsOf(hostConfig, host, input.bound, input.files, shared);
  const ownName = namespaces.some(({ type }) => type === "uts");
  const sysctl = sysctlsOf(hostConfig, host, network);
  const seccomp = seccompOf(config, host, process.capabilities.bounding);
  const open = hostConfig.Privileged || parseSecurityOptions(hostConfig.SecurityOpt).openSystemPaths;
  const hostDevices = hostConfig.Privileged ? host.devices : [];
  const devices = [...hostDevices, ...input.devices.map(({ device }) => device)];
  return {
    ociVersion: "1.0.2",
    process,
    root: { path: rootfs, readonly: hostConfig.ReadonlyRootfs },
    ...(ownName && config.Hostname !== "" ? { hostname: config.Hostname } : {}),
    mounts,
    linux: {
      namespaces,
      ...(remapped(hostConfig, host) && host.remap !== undefined
        ? { uidMappings: host.remap.uids, gidMappings: host.remap.gids }
        : {}),
      ...(devices.length === 0 ? {} : { devices }),
      cgroupsPath: cgroupsPathOf(input.id, hostConfig.CgroupParent, host),
      resources: {
        devices: deviceRulesOf(hostConfig, input.devices),
        ...resourcesOf(hostConfig, host, input.deviceNumbers),
      },
      ...(seccomp === undefined ? {} : { seccomp }),
      ...(Object.keys(sysctl).length === 0 ? {} : { sysctl }),
      rootfsPropagation: propagationOf(mounts),
      ...(open
        ? {}
        : {
            maskedPaths: hostConfig.MaskedPaths ?? [...maskedPaths],
            readonlyPaths: hostConfig.ReadonlyPaths ?? [...readonlyPaths],
          }),
    },
  };
}

function seccompOf(
  { HostConfig }: ContainerConfig,
  host: HostFacts,
  capabilities: string[],
): Seccomp | undefined {
  const { seccomp } = parseSecurityOptions(HostConfig.SecurityOpt);
  if (seccomp === "unconfined" || (HostConfig.Privileged && seccomp === "default")) return undefined;
  if (seccomp === "default" || seccomp === "builtin")
    return host.seccomp ? defaultSeccomp(host.architecture, host.kernel, capabilities) : undefined;
  if (!host.seccomp)
    throw new HubError(
      "unsupported",
      "seccomp is not enabled in your kernel, cannot run a custom seccomp profile",
    );
  return readSeccompProfile(seccomp, host.architecture, host.kernel, capabilities);
}

/** A mount that is to be seen on the host, or to follow it, needs a root that lets it. */
function propagationOf(mounts: Spec["mounts"]): string {
  const all = mounts.flatMap(({ options }) => options ?? []);
  if (all.includes("rshared") || all.includes("shared")) return "rshared";
  if (all.includes("rslave") || all.includes("slave")) return "rslave";
  return "rprivate";
}
