import path from "node:path";
import { HubError } from "#shared/errors";
import type { Mount } from "../../runtime/index.ts";
import type { HostConfig } from "../create-body.ts";
import type { HostFacts } from "./host-facts.ts";
import type { SharedWith } from "./namespaces.ts";

/** A folder or file of the host that the container sees: a bind, or a volume once it is known where it lies. */
export interface BoundPath {
  source: string;
  destination: string;
  readOnly: boolean;
  /** "" is `rprivate`. */
  propagation: string;
  /** Without the mounts below it. */
  nonRecursive: boolean;
}

/** Files that the engine writes for the container; undefined where it brings its own. */
export interface OwnFiles {
  hostname?: string;
  hosts?: string;
  resolv?: string;
}

const defaultShm = 64 * 2 ** 20;
const propagations = ["", "private", "rprivate", "shared", "rshared", "slave", "rslave"];
const tmpfsOptions = ["rw", "noexec", "nosuid", "nodev"];

/**
 * All mounts of a container in the order in which they are made: an outer one before those inside it.
 *
 * @throws HubError `invalid` for a place that is no absolute path, is taken twice, or is the root.
 */
export function mountsOf(
  hostConfig: HostConfig,
  host: HostFacts,
  bound: readonly BoundPath[],
  files: OwnFiles,
  shared: SharedWith,
): Mount[] {
  const { Privileged } = hostConfig;
  const own = Object.entries({
    "/etc/hostname": files.hostname,
    "/etc/hosts": files.hosts,
    "/etc/resolv.conf": files.resolv,
  });
  const asked = [
    ...bound.map(bindOf),
    ...Object.entries(hostConfig.Tmpfs).map(([place, options]) => tmpfsOf(place, options)),
    ...hostConfig.Mounts.filter(({ Type }) => Type === "tmpfs").map(tmpfsMountOf),
  ];
  const taken = new Set<string>();
  for (const { destination } of asked) {
    if (taken.has(destination)) throw new HubError("invalid", `Duplicate mount point: ${destination}`);
    taken.add(destination);
  }
  const base = [
    ...systemMounts(hostConfig, host, shared),
    ...own.flatMap(([destination, source]) =>
      source === undefined
        ? []
        : [bindOf({ source, destination, readOnly: false, propagation: "", nonRecursive: false })],
    ),
  ].filter(({ destination }) => !taken.has(destination));
  const inner = asked.toSorted((a, b) => depth(a.destination) - depth(b.destination));
  const init = hostConfig.Init ? [initMount(host)] : [];
  return Privileged ? [...base, ...inner, ...init].map(writable) : [...base, ...inner, ...init];
}

export const initPlace = "/sbin/docker-init";

function initMount({ init }: HostFacts): Mount {
  if (init === undefined)
    throw new HubError(
      "unsupported",
      "--init needs the program tini, which is not on this host; install the distribution's package tini",
    );
  return { destination: initPlace, type: "bind", source: init, options: ["bind", "ro"] };
}

function systemMounts({ ShmSize, IpcMode }: HostConfig, host: HostFacts, shared: SharedWith): Mount[] {
  const safe = ["nosuid", "noexec", "nodev"];
  const shm =
    IpcMode === "host" || shared.ipc !== undefined
      ? {
          destination: "/dev/shm",
          type: "bind",
          // Of whoever owns the IPC namespace.
          source: shared.ipc === undefined ? "/dev/shm" : `/proc/${shared.ipc}/root/dev/shm`,
          options: ["rbind", "nosuid", "noexec", "nodev"],
        }
      : {
          destination: "/dev/shm",
          type: "tmpfs",
          source: "shm",
          options: [...safe, "mode=1777", `size=${shmSize(ShmSize)}`],
        };
  return [
    { destination: "/proc", type: "proc", source: "proc", options: safe },
    {
      destination: "/dev",
      type: "tmpfs",
      source: "tmpfs",
      options: ["nosuid", "strictatime", "mode=755", "size=65536k"],
    },
    {
      destination: "/dev/pts",
      type: "devpts",
      source: "devpts",
      options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"],
    },
    { destination: "/sys", type: "sysfs", source: "sysfs", options: [...safe, "ro"] },
    {
      destination: "/sys/fs/cgroup",
      type: "cgroup",
      source: "cgroup",
      options: [...safe, "ro", ...(host.cgroups === "v1" ? ["relatime"] : [])],
    },
    { destination: "/dev/mqueue", type: "mqueue", source: "mqueue", options: safe },
    ...(IpcMode === "none" ? [] : [shm]),
  ];
}

function shmSize(size: number): number {
  if (size < 0) throw new HubError("invalid", "SHM size can not be less than 0");
  return size || defaultShm;
}

function bindOf({ source, destination, readOnly, propagation, nonRecursive }: BoundPath): Mount {
  if (!propagations.includes(propagation))
    throw new HubError("invalid", `invalid bind propagation "${propagation}" of ${destination}`);
  const options = [nonRecursive ? "bind" : "rbind", readOnly ? "ro" : "rw", propagation || "rprivate"];
  return { destination: placeOf(destination), type: "bind", source: placeOf(source), options };
}

function tmpfsOf(place: string, options: string): Mount {
  const given = options.split(",").filter(Boolean);
  const wrong = given.find(
    (option) =>
      !/^(?:rw|ro|(?:no)?exec|(?:no)?suid|(?:no)?dev|sync|async|(?:no|rel|strict)?atime|(?:size|nr_inodes|nr_blocks)=\d+[kmg%]?|(?:mode|uid|gid)=\d+|mpol=[\w:=,-]+)$/i.test(
        option,
      ),
  );
  if (wrong !== undefined) throw new HubError("invalid", `Invalid tmpfs option "${wrong}" of ${place}`);
  // What is given later wins.
  return {
    destination: placeOf(place),
    type: "tmpfs",
    source: "tmpfs",
    options: [...tmpfsOptions, ...given],
  };
}

function tmpfsMountOf({ Target, ReadOnly, TmpfsOptions }: HostConfig["Mounts"][number]): Mount {
  const { SizeBytes = 0, Mode = 0 } = TmpfsOptions ?? {};
  return {
    destination: placeOf(Target),
    type: "tmpfs",
    source: "tmpfs",
    options: [
      ...tmpfsOptions,
      ...(ReadOnly ? ["ro"] : []),
      ...(SizeBytes > 0 ? [`size=${SizeBytes}`] : []),
      ...(Mode > 0 ? [`mode=${Mode.toString(8)}`] : []),
    ],
  };
}

/** @throws HubError `invalid` for a path that is not absolute or is the root itself. */
function placeOf(place: string): string {
  if (!path.posix.isAbsolute(place))
    throw new HubError("invalid", `invalid mount path: '${place}' mount path must be absolute`);
  const clean = path.posix.normalize(place).replace(/(?<=.)\/$/, "");
  if (clean === "/") throw new HubError("invalid", `invalid specification: destination can't be '/'`);
  return clean;
}

/** Who is privileged may change the kernel's settings and its cgroup. */
function writable(mount: Mount): Mount {
  if (mount.type !== "sysfs" && mount.type !== "cgroup") return mount;
  return { ...mount, options: (mount.options ?? []).map((option) => (option === "ro" ? "rw" : option)) };
}

const depth = (place: string) => place.split("/").length;
