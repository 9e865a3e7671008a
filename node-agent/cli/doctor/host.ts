import { mkdir, mkdtemp, readFile, rm, stat, statfs } from "node:fs/promises";
import { release } from "node:os";
import path from "node:path";
import { execute, findProgram } from "../../host/exec.ts";
import { humanSize } from "../show/sizes.ts";
import { bad, type Finding, good, poor } from "./finding.ts";
import { installCommand } from "./packages.ts";

const root = () => process.getuid?.() === 0;
const read = (file: string) => readFile(file, "utf8").catch(() => "");
const install = async (...names: string[]) => installCommand(await read("/etc/os-release"), ...names);

/** The first line that a program prints of its version. */
async function versionOf(program: string, ...args: string[]): Promise<string | undefined> {
  if (findProgram(program) === undefined) return undefined;
  const { stdout, stderr } = await execute(program, args.length > 0 ? args : ["--version"], {
    deadline: 10_000,
  });
  return (
    (stdout || stderr)
      .split("\n")
      .find((line) => line.trim() !== "")
      ?.trim() ?? program
  );
}

export async function kernel(): Promise<Finding> {
  return kernelFinding(process.platform, release());
}

/** 4.18 has what the engine needs; from 5.11 on overlay file systems are faster. */
export function kernelFinding(platform: string, text: string): Finding {
  if (platform !== "linux")
    return bad(
      `this is ${platform}; containers need Linux`,
      "run the engine on a Linux server, and this command with -H",
    );
  const [major = 0, minor = 0] = text.split(".").map((part) => Number.parseInt(part, 10));
  const number = major * 1000 + minor;
  if (number < 4018) return bad(`Linux ${text} is older than 4.18`, "install a newer kernel");
  return number < 5011
    ? poor(`Linux ${text} works; 5.11 and later are faster`, "install a newer kernel")
    : good(`Linux ${text}`);
}

export async function cgroups(): Promise<Finding> {
  const unified = await read("/sys/fs/cgroup/cgroup.controllers");
  return cgroupFinding(
    unified,
    await read("/proc/cgroups"),
    await read("/sys/fs/cgroup/unified/cgroup.controllers"),
  );
}

const wanted = ["cpu", "memory", "pids"];

/** @param unified the controllers of cgroup v2. @param old the table /proc/cgroups. @param mixed the controllers of v2 beside v1. */
export function cgroupFinding(unified: string, old: string, mixed: string): Finding {
  const controllers = unified.trim() === "" ? [] : unified.trim().split(/\s+/);
  const legacy = old
    .split("\n")
    .map((line) => line.split("\t"))
    .filter(([name, , , enabled]) => name?.startsWith("#") === false && enabled === "1")
    .map(([name = ""]) => name);
  const [version, found] = controllers.length > 0 ? ["v2", controllers] : ["v1", legacy];
  const lacking = wanted.filter((name) => !found.includes(name));
  if (lacking.length > 0)
    return bad(
      `cgroup ${version} without ${lacking.join(", ")}`,
      'add "cgroup_enable=memory systemd.unified_cgroup_hierarchy=1" to the kernel\'s command line, and start this machine anew',
    );
  if (version === "v1")
    return poor(
      `cgroup v1${mixed.trim() === "" ? "" : " mixed with v2, where only runc works"}; v2 limits memory and disks better`,
      'add "systemd.unified_cgroup_hierarchy=1" to the kernel\'s command line, and start this machine anew',
    );
  return good(`cgroup v2 with ${wanted.join(", ")}`);
}

/** Mounts one where nobody sees it; as somebody else, asks the kernel. */
export async function overlay(data: string): Promise<Finding> {
  const known = /\boverlay$/m.test(await read("/proc/filesystems"));
  if (!known && !root()) return bad("the kernel has no overlay file system loaded", "modprobe overlay");
  if (!root()) return good("the kernel has it; as root this command would mount one");
  const base = await existing(data);
  const folder = await mkdtemp(path.join(base, "doctor-"));
  try {
    const [lower, upper, work, merged] = ["l", "u", "w", "m"].map((name) => path.join(folder, name));
    for (const place of [lower, upper, work, merged]) await mkdir(place ?? "");
    const options = `lowerdir=${lower},upperdir=${upper},workdir=${work}`;
    // In a mount namespace of its own: the mount ends with the program.
    const mount = ["--mount", "mount", "-t", "overlay", "overlay", "-o", options, merged ?? ""];
    const { code, stderr } = await execute("unshare", mount, { deadline: 10_000 });
    if (code === 0) return good(`mounts in ${base}`);
    return bad(
      `it does not mount in ${base}: ${stderr.trim()}`,
      "modprobe overlay; or put the data on ext4 or xfs: wherry agent --data <directory>",
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export async function nft(): Promise<Finding> {
  const version = await versionOf("nft");
  if (version === undefined)
    return bad("nft is missing; it holds the rules of containers' networks", await install("nftables"));
  if (!root()) return good(version);
  const { code, stderr } = await execute("nft", ["list", "tables"], { deadline: 10_000 });
  return code === 0
    ? good(version)
    : bad(`nft does not work: ${stderr.trim().split("\n")[0]}`, "modprobe nf_tables");
}

export async function tar(): Promise<Finding> {
  const version = await versionOf("tar");
  if (version === undefined) return bad("tar is missing", await install("tar"));
  return version.includes("GNU tar") ? good(version) : bad(`${version} is not GNU tar`, await install("tar"));
}

export async function runtime(): Promise<Finding> {
  const [crun, runc] = [await versionOf("crun"), await versionOf("runc")];
  const mixed = (await read("/sys/fs/cgroup/unified/cgroup.controllers")).trim() !== "";
  return runtimeFinding(crun, runc, mixed, await install(mixed ? "runc" : "crun"));
}

/** crun is faster, and refuses hosts that mix cgroup v1 with v2. */
export function runtimeFinding(
  crun: string | undefined,
  runc: string | undefined,
  mixed: boolean,
  mend: string,
): Finding {
  if (crun !== undefined && !mixed) return good(crun);
  if (runc === undefined)
    return bad(
      crun === undefined
        ? "neither crun nor runc is there"
        : "crun refuses the mixed cgroups of this machine",
      mend,
    );
  return mixed
    ? good(`${runc}; crun refuses the mixed cgroups of this machine`)
    : poor(`${runc}; crun starts containers faster`, mend);
}

/** A program whose presence is all that counts. */
export async function program(name: string, packageName: string, purpose: string): Promise<Finding> {
  const version = await versionOf(name, ...(name === "ip" || name === "socat" ? ["-V"] : []));
  if (version === undefined) return bad(`${name} is missing; it ${purpose}`, await install(packageName));
  return good(name === "socat" ? "installed" : version);
}

export async function disk(data: string): Promise<Finding> {
  const place = await existing(data);
  const { bavail, bsize, blocks, files, ffree } = await statfs(place);
  return diskFinding(place, bavail * bsize, blocks * bsize, files > 0 ? ffree / files : 1);
}

/** The folder, or the one above it that is there: what is not there yet will be made in it. */
async function existing(folder: string): Promise<string> {
  const found = await stat(folder).catch(() => undefined);
  return found?.isDirectory() || path.dirname(folder) === folder ? folder : existing(path.dirname(folder));
}

/** @param free bytes. @param total bytes. @param entries how much of the room for files is left, 0 to 1. */
export function diskFinding(place: string, free: number, total: number, entries: number): Finding {
  const says = `${humanSize(free)} of ${humanSize(total)} are free at ${place}`;
  const mend = "wherry system prune --all; or give other room to `wherry agent --data <directory>`";
  if (entries < 0.02) return bad(`hardly any files can be made at ${place}: its inodes are used up`, mend);
  if (free < 1e9) return bad(says, mend);
  return free < 5e9 || free < total * 0.05 ? poor(says, mend) : good(says);
}
