import type { Device, IdMapping } from "../../runtime/index.ts";

/** What a specification depends on besides the container: plain values, so that tests can be any host. */
export interface HostFacts {
  /** Node's name of it, such as `x64`. */
  architecture: string;
  /** As uname gives it. */
  kernel: string;
  cgroups: "v1" | "v2";
  /** Whether cgroups are made by asking systemd for a scope. */
  systemd: boolean;
  seccomp: boolean;
  /** The profile for containers that ask for none; undefined where the host has no AppArmor. */
  apparmor: string | undefined;
  selinux: boolean;
  /** Whether the kernel counts swap. */
  swap: boolean;
  cpus: number;
  /** Of the agent's bounding set. */
  capabilities: readonly string[];
  /** Where `--init` finds its program, such as tini; undefined where there is none. */
  init: string | undefined;
  /** What containers' ids of users are on the host, where they are others. */
  remap: { uids: IdMapping[]; gids: IdMapping[] } | undefined;
  /** The most open files the agent may give, unless it has CAP_SYS_RESOURCE. */
  openFiles: number;
  /** All that privileged containers get. */
  devices: readonly Device[];
}
