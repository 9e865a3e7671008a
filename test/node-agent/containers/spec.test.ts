import { describe, expect, test } from "vitest";
import { defaultCapabilities } from "../../../node-agent/containers/spec/capabilities.ts";
import { server, specOf } from "./support/hosts.ts";

const host = (HostConfig: object) => specOf({ HostConfig });
const capabilities = (HostConfig: object) => host(HostConfig).process.capabilities.bounding;
const namespaces = (HostConfig: object, changes = {}) =>
  specOf({ HostConfig }, changes).linux.namespaces.map(({ type, path }) => (path ? `${type} ${path}` : type));
const mountAt = (place: string, HostConfig: object, changes = {}) =>
  specOf({ HostConfig }, changes).mounts.find(({ destination }) => destination === place);

describe("a container that asks for nothing", () => {
  const spec = specOf();

  test("has Docker's fourteen capabilities and none to inherit", () => {
    expect(spec.process.capabilities.bounding.toSorted()).toEqual(defaultCapabilities.toSorted());
    expect(spec.process.capabilities.effective).toEqual(spec.process.capabilities.bounding);
    expect(spec.process.capabilities.inheritable).toBeUndefined();
  });

  test("sees nothing of the kernel's that tells of the host, and changes nothing of it", () => {
    expect(spec.linux.maskedPaths).toEqual(
      expect.arrayContaining(["/proc/kcore", "/proc/keys", "/sys/firmware"]),
    );
    expect(spec.linux.readonlyPaths).toEqual(expect.arrayContaining(["/proc/sys", "/proc/sysrq-trigger"]));
    expect(spec.mounts.find(({ destination }) => destination === "/sys")?.options).toContain("ro");
    expect(spec.mounts.find(({ destination }) => destination === "/sys/fs/cgroup")?.options).toContain("ro");
  });

  test("has namespaces of its own, also that of cgroups where version 2 is", () => {
    expect(namespaces({})).toEqual(["mount", "network", "pid", "ipc", "uts", "cgroup"]);
    expect(namespaces({}, { host: { ...server, cgroups: "v1" } })).not.toContain("cgroup");
  });

  test("opens no device but the harmless ones", () => {
    const [first, ...rest] = spec.linux.resources.devices ?? [];
    expect(first).toEqual({ allow: false, access: "rwm" });
    expect(rest.filter(({ access, major }) => access !== "m" && ![1, 5, 136].includes(major ?? -1))).toEqual(
      [],
    );
  });

  test("is filtered, not limited, and runs as root in its own root", () => {
    expect(spec.linux.seccomp?.defaultAction).toBe("SCMP_ACT_ERRNO");
    expect(Object.keys(spec.linux.resources)).toEqual(["devices"]);
    expect(spec.process.user).toEqual({ uid: 0, gid: 0, additionalGids: [0] });
    expect(spec.process).toMatchObject({ cwd: "/", noNewPrivileges: false, terminal: false, args: ["true"] });
    expect(spec.process.env).toEqual([
      "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
      "HOSTNAME=box",
      "HOME=/root",
    ]);
  });
});

describe("flags", () => {
  test.each<[string, object, object]>([
    ["--memory", { Memory: 64 << 20 }, { memory: { limit: 64 << 20, swap: 128 << 20 } }],
    ["--memory-swap -1", { Memory: 64 << 20, MemorySwap: -1 }, { memory: { limit: 64 << 20, swap: -1 } }],
    ["--memory-reservation", { MemoryReservation: 32 << 20 }, { memory: { reservation: 32 << 20 } }],
    ["--cpus", { NanoCpus: 1.5e9 }, { cpu: { period: 100_000, quota: 150_000 } }],
    ["--cpu-shares", { CpuShares: 512 }, { cpu: { shares: 512 } }],
    ["--cpu-quota", { CpuQuota: 50_000, CpuPeriod: 25_000 }, { cpu: { period: 25_000, quota: 50_000 } }],
    ["--cpuset-cpus", { CpusetCpus: "0-1,3", CpusetMems: "0" }, { cpu: { cpus: "0-1,3", mems: "0" } }],
    ["--pids-limit", { PidsLimit: 100 }, { pids: { limit: 100 } }],
    ["--pids-limit -1", { PidsLimit: -1 }, { pids: { limit: -1 } }],
    ["--blkio-weight", { BlkioWeight: 300 }, { blockIO: { weight: 300 } }],
    [
      "--device-read-bps",
      { BlkioDeviceReadBps: [{ Path: "/dev/sda", Rate: 1024 }] },
      { blockIO: { throttleReadBpsDevice: [{ major: 8, minor: 0, rate: 1024 }] } },
    ],
  ])("%s limits", (_, HostConfig, resources) => {
    const { devices, ...limits } = host(HostConfig).linux.resources;
    expect(limits).toEqual(resources);
    expect(devices?.[0]).toEqual({ allow: false, access: "rwm" });
  });

  test("--oom-kill-disable and swappiness are of cgroup v1 only", () => {
    const HostConfig = { Memory: 64 << 20, OomKillDisable: true, MemorySwappiness: 10 };
    expect(
      specOf({ HostConfig }, { host: { ...server, cgroups: "v1" } }).linux.resources.memory,
    ).toMatchObject({
      disableOOMKiller: true,
      swappiness: 10,
    });
    expect(host(HostConfig).linux.resources.memory).not.toHaveProperty("disableOOMKiller");
  });

  test("--cap-add and --cap-drop, with ALL, in both spellings", () => {
    expect(capabilities({ CapAdd: ["net_admin"] })).toContain("CAP_NET_ADMIN");
    expect(capabilities({ CapDrop: ["CAP_CHOWN", "kill"] })).toHaveLength(12);
    expect(capabilities({ CapDrop: ["ALL"] })).toEqual([]);
    expect(capabilities({ CapDrop: ["ALL"], CapAdd: ["CHOWN"] })).toEqual(["CAP_CHOWN"]);
    expect(capabilities({ CapAdd: ["ALL"] })).toHaveLength(41);
    expect(capabilities({ CapAdd: ["ALL"], CapDrop: ["SYS_ADMIN"] })).toHaveLength(40);
    expect(() => capabilities({ CapAdd: ["FLY"] })).toThrow('unknown capability: "CAP_FLY"');
  });

  test("nobody gets what the agent has not", () => {
    const few = { ...server, capabilities: ["CAP_CHOWN"] };
    expect(specOf({ HostConfig: { Privileged: true } }, { host: few }).process.capabilities.bounding).toEqual(
      ["CAP_CHOWN"],
    );
  });

  test("--privileged takes everything off", () => {
    const spec = host({ Privileged: true });
    expect(spec.process.capabilities.effective).toHaveLength(41);
    expect(spec.linux).not.toHaveProperty("seccomp");
    expect(spec.linux).not.toHaveProperty("maskedPaths");
    expect(spec.linux.resources.devices).toEqual([{ allow: true, access: "rwm" }]);
    expect(spec.linux.devices).toEqual(server.devices);
    expect(mountAt("/sys", { Privileged: true })?.options).toContain("rw");
  });

  test("--user by name, number and group; who is not root has no capability in effect", () => {
    expect(specOf({ User: "www" }).process.user).toEqual({ uid: 33, gid: 34, additionalGids: [34, 8] });
    expect(specOf({ User: "www:tape" }).process.user).toEqual({ uid: 33, gid: 26, additionalGids: [26] });
    expect(specOf({ User: "1000:1001" }).process.user).toEqual({
      uid: 1000,
      gid: 1001,
      additionalGids: [1001],
    });
    expect(specOf({ User: "1000" }).process.user).toEqual({ uid: 1000, gid: 0, additionalGids: [0] });
    const { capabilities: sets, env } = specOf({ User: "www" }).process;
    expect(Object.keys(sets)).toEqual(["bounding"]);
    expect(env).toContain("HOME=/var/www");
    expect(() => specOf({ User: "nobody" })).toThrow("unable to find user nobody");
    expect(() => specOf({ User: "www:none" })).toThrow("unable to find group none");
    expect(() => specOf({ User: "4294967296" })).toThrow("must be in range");
  });

  test("--group-add", () => {
    expect(specOf({ User: "1000", HostConfig: { GroupAdd: ["tape", "99"] } }).process.user).toEqual({
      uid: 1000,
      gid: 0,
      additionalGids: [0, 26, 99],
    });
  });

  test("-e, -w, -t and the size of the terminal", () => {
    const { process } = specOf({
      Env: ["PATH=/bin", "A=1", "A=2", "HOSTNAME"],
      WorkingDir: "/a/../b",
      Tty: true,
      HostConfig: { ConsoleSize: [40, 120] },
    });
    expect(process).toMatchObject({
      env: ["PATH=/bin", "TERM=xterm", "HOME=/root", "A=2"],
      cwd: "/b",
      terminal: true,
      consoleSize: { height: 40, width: 120 },
    });
    expect(() => specOf({ WorkingDir: "relative" })).toThrow("needs to be an absolute path");
  });

  test("--entrypoint and --init", () => {
    expect(specOf({ Entrypoint: ["/run"], Cmd: ["x"] }).process.args).toEqual(["/run", "x"]);
    const spec = host({ Init: true });
    expect(spec.process.args).toEqual(["/sbin/docker-init", "--", "true"]);
    expect(spec.mounts.at(-1)).toMatchObject({ source: "/usr/bin/tini", destination: "/sbin/docker-init" });
    expect(() => specOf({ HostConfig: { Init: true } }, { host: { ...server, init: undefined } })).toThrow(
      "tini",
    );
  });

  test("--read-only, --tmpfs, --shm-size, -v and --mount", () => {
    expect(host({ ReadonlyRootfs: true }).root).toEqual({ path: "/store/rootfs", readonly: true });
    expect(mountAt("/run", { Tmpfs: { "/run": "size=1m,exec" } })?.options).toEqual(
      expect.arrayContaining(["noexec", "nosuid", "nodev", "size=1m", "exec"]),
    );
    expect(mountAt("/dev/shm", { ShmSize: 1 << 20 })?.options).toContain("size=1048576");
    const bound = [
      {
        source: "/srv/inner",
        destination: "/site/inner",
        readOnly: true,
        propagation: "rslave",
        nonRecursive: false,
      },
      { source: "/srv", destination: "/site/", readOnly: false, propagation: "", nonRecursive: false },
    ];
    const spec = specOf({}, { bound });
    const places = spec.mounts.map(({ destination }) => destination);
    expect(places.indexOf("/site")).toBeLessThan(places.indexOf("/site/inner"));
    expect(spec.linux.rootfsPropagation).toBe("rslave");
    expect(mountAt("/site/inner", {}, { bound })?.options).toEqual(["rbind", "ro", "rslave"]);
    const mount = { Type: "tmpfs", Target: "/cache", TmpfsOptions: { SizeBytes: 4096, Mode: 0o700 } };
    expect(mountAt("/cache", { Mounts: [mount] })?.options).toEqual(
      expect.arrayContaining(["size=4096", "mode=700"]),
    );
  });

  test("a mount of one's own takes the place of ours", () => {
    const bound = [
      { source: "/mine", destination: "/etc/hosts", readOnly: true, propagation: "", nonRecursive: false },
    ];
    const found = specOf({}, { bound, files: { hosts: "/ours", resolv: "/dns" } }).mounts;
    expect(found.filter(({ destination }) => destination === "/etc/hosts")).toMatchObject([
      { source: "/mine" },
    ]);
    expect(found).toContainEqual(
      expect.objectContaining({ destination: "/etc/resolv.conf", source: "/dns" }),
    );
  });

  test("--pid, --ipc, --uts, --network and --cgroupns of the host, or of another container", () => {
    const shared = { pid: 42, ipc: 43 };
    expect(namespaces({ PidMode: "host", IpcMode: "host", UTSMode: "host", CgroupnsMode: "host" })).toEqual([
      "mount",
      "network",
    ]);
    expect(namespaces({ PidMode: "container:a", IpcMode: "container:b" }, { shared })).toEqual(
      expect.arrayContaining(["pid /proc/42/ns/pid", "ipc /proc/43/ns/ipc"]),
    );
    expect(mountAt("/dev/shm", { IpcMode: "container:b" }, { shared })?.source).toBe("/proc/43/root/dev/shm");
    expect(namespaces({}, { network: { kind: "host" } })).not.toContain("network");
    expect(namespaces({}, { network: { kind: "path", path: "/run/netns/x" } })).toContain(
      "network /run/netns/x",
    );
    expect(() => namespaces({ PidMode: "container:gone" })).toThrow("invalid PID mode: container:gone");
  });

  test("--hostname, which the host's namespace has none of", () => {
    expect(specOf().hostname).toBe("box");
    expect(host({ UTSMode: "host" })).not.toHaveProperty("hostname");
  });

  test("--device, its rules, and --gpus refused clearly", () => {
    const device = { path: "/dev/kvm", type: "c" as const, major: 10, minor: 232 };
    const spec = specOf(
      { HostConfig: { DeviceCgroupRules: ["c 189:* rmw"] } },
      { devices: [{ device, access: "rw" }] },
    );
    expect(spec.linux.devices).toEqual([device]);
    expect(spec.linux.resources.devices).toEqual(
      expect.arrayContaining([
        { allow: true, type: "c", major: 10, minor: 232, access: "rw" },
        { allow: true, type: "c", major: 189, access: "rmw" },
      ]),
    );
    expect(() => host({ DeviceRequests: [{ Count: -1, Capabilities: [["gpu"]] }] })).toThrow(
      "this engine hands out no GPUs",
    );
  });

  test("--ulimit, which is lowered to what can be given", () => {
    const Ulimits = [
      { Name: "nofile", Soft: 100_000, Hard: 200_000 },
      { Name: "core", Soft: 0, Hard: -1 },
    ];
    expect(host({ Ulimits }).process.rlimits).toContainEqual({
      type: "RLIMIT_NOFILE",
      soft: 100_000,
      hard: 200_000,
    });
    const poor = { ...server, openFiles: 20_000, capabilities: ["CAP_CHOWN"] };
    expect(specOf({ HostConfig: { Ulimits } }, { host: poor }).process.rlimits).toContainEqual({
      type: "RLIMIT_NOFILE",
      soft: 20_000,
      hard: 20_000,
    });
    expect(() => host({ Ulimits: [{ Name: "nofile", Soft: 2, Hard: 1 }] })).toThrow("soft limit");
  });

  test("--sysctl of the container's own namespaces only", () => {
    expect(host({ Sysctls: { "net.core.somaxconn": "5" } }).linux.sysctl).toMatchObject({
      "net.core.somaxconn": "5",
    });
    expect(() => host({ Sysctls: { "kernel.panic": "1" } })).toThrow("not in a separate kernel namespace");
    expect(() =>
      specOf({ HostConfig: { Sysctls: { "net.core.somaxconn": "5" } } }, { network: { kind: "host" } }),
    ).toThrow("not allowed in host network namespace");
    expect(specOf({}, { network: { kind: "host" } }).linux).not.toHaveProperty("sysctl");
  });

  test("--security-opt", () => {
    const options = (...SecurityOpt: string[]) => host({ SecurityOpt });
    expect(options("no-new-privileges").process.noNewPrivileges).toBe(true);
    expect(options("no-new-privileges=false").process.noNewPrivileges).toBe(false);
    expect(options("seccomp=unconfined").linux).not.toHaveProperty("seccomp");
    expect(options("systempaths=unconfined").linux).not.toHaveProperty("maskedPaths");
    const armoured = { ...server, apparmor: "wherry-default" };
    expect(specOf({}, { host: armoured }).process.apparmorProfile).toBe("wherry-default");
    const own = { HostConfig: { SecurityOpt: ["apparmor=mine"] } };
    expect(specOf(own, { host: armoured }).process.apparmorProfile).toBe("mine");
    expect(specOf(own).process).not.toHaveProperty("apparmorProfile");
    expect(() => options("fly=true")).toThrow('invalid --security-opt: "fly=true"');
    expect(
      specOf({ HostConfig: { SecurityOpt: ["label=type:x_t"] } }, { host: { ...server, selinux: true } })
        .process.selinuxLabel,
    ).toBe("system_u:system_r:x_t:s0");
  });

  test("users of the container are others on the host where that is set, but for --userns=host", () => {
    const map = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
    const remapping = { host: { ...server, remap: { uids: map, gids: map } } };
    const spec = specOf({}, remapping);
    expect(spec.linux).toMatchObject({ uidMappings: map, gidMappings: map });
    expect(spec.linux.namespaces).toContainEqual({ type: "user" });
    expect(specOf({ HostConfig: { UsernsMode: "host" } }, remapping).linux).not.toHaveProperty("uidMappings");
    expect(() => specOf({ HostConfig: { Privileged: true } }, remapping)).toThrow(
      "incompatible with user namespaces",
    );
  });

  test("the cgroup is a path, or a scope where systemd makes them", () => {
    const id = "c".repeat(64);
    const without = { host: { ...server, systemd: false } };
    expect(specOf().linux.cgroupsPath).toBe(`system.slice:wherry:${id}`);
    expect(host({ CgroupParent: "batch.slice" }).linux.cgroupsPath).toBe(`batch.slice:wherry:${id}`);
    expect(specOf({}, without).linux.cgroupsPath).toBe(`/wherry/${id}`);
    expect(specOf({ HostConfig: { CgroupParent: "/a/b" } }, without).linux.cgroupsPath).toBe(`/a/b/${id}`);
  });
});

describe("what cannot be is refused as invalid, in Docker's words where clients know them", () => {
  test.each<[string, object]>([
    ["Minimum memory limit allowed is 6MB", { Memory: 1024 }],
    ["always set the Memory limit", { MemorySwap: 1 << 30 }],
    ["larger than memory limit", { Memory: 64 << 20, MemorySwap: 32 << 20 }],
    ["range of CPUs", { NanoCpus: 5e9 }],
    ["Nano CPUs and CPU Period", { NanoCpus: 1e9, CpuQuota: 1000 }],
    ["Invalid value 0; rm -rf for cpuset cpus", { CpusetCpus: "0; rm -rf" }],
    ["blkio weight", { BlkioWeight: 5 }],
    ["device cgroup rule", { DeviceCgroupRules: ["c 1:3 rwm; a"] }],
    ["oom score adj", { OomScoreAdj: 2000 }],
    ["must be absolute", { Tmpfs: { run: "" } }],
    ["destination can't be '/'", { Tmpfs: { "/a/..": "" } }],
    ['Invalid tmpfs option "lowerdir=/etc"', { Tmpfs: { "/a": "lowerdir=/etc" } }],
    ["Duplicate mount point", { Tmpfs: { "/a": "", "/a/": "" } }],
    ["invalid userns mode", { UsernsMode: "mine" }],
    ["invalid IPC mode", { IpcMode: "/proc/1/ns/ipc" }],
    ["valid slice", { CgroupParent: "../../escape" }],
    ["Decoding seccomp profile failed", { SecurityOpt: ["seccomp={}"] }],
    ["must not contain a null byte", { SecurityOpt: ["apparmor=a\0b"] }],
  ])("%s", (message, HostConfig) => {
    expect(() => host(HostConfig)).toThrow(
      expect.objectContaining({ kind: "invalid", message: expect.stringContaining(message) }),
    );
  });

  test("a cgroup stays in its tree", () => {
    const without = { host: { ...server, systemd: false } };
    expect(() => specOf({ HostConfig: { CgroupParent: "a/../../b" } }, without)).toThrow("leaves the tree");
  });
});
