import { readFileSync } from "node:fs";
import { lstat, readdir, readFile, stat } from "node:fs/promises";
import { arch, cpus, release } from "node:os";
import path from "node:path";
import { HubError } from "#shared/errors";
import { findProgram } from "../host/exec.ts";
import type { Device } from "../runtime/index.ts";
import { capabilitiesOf } from "./spec/capabilities.ts";
import type { FoundDevice } from "./spec/devices.ts";
import type { HostFacts } from "./spec/host-facts.ts";
import type { HostConfig } from "./create-body.ts";

/** Reads what specifications depend on of this host. */
export async function readHostFacts(remap?: HostFacts["remap"]): Promise<HostFacts> {
  const status = await text("/proc/self/status");
  const limits = await text("/proc/self/limits");
  const unified = (await text("/sys/fs/cgroup/cgroup.controllers")) !== "";
  return {
    architecture: arch(),
    kernel: release(),
    cgroups: unified ? "v2" : "v1",
    // Only under systemd is there somebody to ask for a scope.
    systemd: unified && (await exists("/run/systemd/system")),
    seccomp: /^Seccomp:/m.test(status),
    apparmor: await apparmorProfile(),
    selinux: await exists("/sys/fs/selinux/enforce"),
    swap: unified
      ? (await text("/proc/swaps")).trim().split("\n").length > 0
      : await exists("/sys/fs/cgroup/memory/memory.memsw.limit_in_bytes"),
    cpus: cpus().length,
    capabilities: capabilitiesOf(/^CapBnd:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? "0"),
    init:
      findProgram("tini-static") ??
      findProgram("tini") ??
      findProgram("docker-init") ??
      findProgram("catatonit"),
    remap,
    openFiles: Number(/^Max open files\s+\d+\s+(\d+)/m.exec(limits)?.[1] ?? 1024),
    devices: await devicesBelow("/dev"),
  };
}

/** The profile that the agent's package brings, where the host has it loaded; else that of Docker's, which is for the same. */
async function apparmorProfile(): Promise<string | undefined> {
  if ((await text("/sys/module/apparmor/parameters/enabled")).trim() !== "Y") return undefined;
  const loaded = await text("/sys/kernel/security/apparmor/profiles");
  return ["wherry-default", "docker-default"].find((name) => loaded.includes(`${name} (`));
}

/** What `--device` names. A folder gives all that is in it. @throws HubError `invalid` for what is no device. */
export async function findDevices(wanted: HostConfig["Devices"]): Promise<FoundDevice[]> {
  const found: FoundDevice[] = [];
  for (const { PathOnHost, PathInContainer, CgroupPermissions } of wanted) {
    const access = CgroupPermissions || "rwm";
    if (!/^[rwm]{1,3}$/.test(access)) throw new HubError("invalid", `invalid device mode: ${access}`);
    const inside = PathInContainer || PathOnHost;
    const state = await stat(PathOnHost).catch(() => undefined);
    const devices = state?.isDirectory()
      ? await devicesBelow(PathOnHost)
      : [await deviceAt(PathOnHost)].filter((device) => device !== undefined);
    if (devices.length === 0)
      throw new HubError(
        "invalid",
        `error gathering device information while adding custom device "${PathOnHost}": ${state === undefined ? "no such file or directory" : "not a device node"}`,
      );
    for (const device of devices)
      found.push({
        device: { ...device, path: path.join(inside, path.relative(PathOnHost, device.path)) },
        access,
      });
  }
  return found;
}

/** Numbers of a block device, for its limits. @throws HubError `invalid`. */
export function blockDevice(place: string): { major: number; minor: number } {
  try {
    const name = path.basename(place);
    const [major, minor] = readFileSync(`/sys/class/block/${name}/dev`, "utf8").trim().split(":").map(Number);
    return { major: major ?? 0, minor: minor ?? 0 };
  } catch (cause) {
    throw new HubError("invalid", `${place} is no block device of this host`, { cause });
  }
}

/** Pseudo-terminals, shared memory and what other containers have bound are everybody's own. */
const passedOver = new Set(["pts", "shm", "mqueue", "fd", ".lxc", ".lxd-mounts", ".udev"]);

async function devicesBelow(folder: string): Promise<Device[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const found: Device[] = [];
  for (const entry of entries) {
    const place = path.join(folder, entry.name);
    if (entry.isDirectory() && !passedOver.has(entry.name)) found.push(...(await devicesBelow(place)));
    else if ((entry.isCharacterDevice() || entry.isBlockDevice()) && entry.name !== "console") {
      const device = await deviceAt(place);
      if (device !== undefined) found.push(device);
    }
  }
  return found;
}

async function deviceAt(place: string): Promise<Device | undefined> {
  const state = await stat(place).catch(() => undefined);
  if (!state?.isCharacterDevice() && !state?.isBlockDevice()) return undefined;
  const { rdev, mode, uid, gid } = state;
  return {
    path: place,
    type: state.isBlockDevice() ? "b" : "c",
    // As glibc puts the two numbers into one.
    major: (rdev >>> 8) & 0xfff,
    minor: (rdev & 0xff) | ((rdev >>> 12) & 0xfff00),
    fileMode: mode & 0o7777,
    uid,
    gid,
  };
}

const text = (file: string) => readFile(file, "utf8").catch(() => "");

const exists = (item: string) =>
  lstat(item).then(
    () => true,
    () => false,
  );
