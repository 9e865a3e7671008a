import { expect, test } from "vitest";
import { landing, parsePlace, renaming } from "../../../node-agent/cli/request/copy-plan.ts";
import { createBody } from "../../../node-agent/cli/request/create-body.ts";
import { createFlags } from "../../../node-agent/cli/request/create-flags.ts";
import { environmentOf } from "../../../node-agent/cli/request/environment.ts";
import { fieldsOf } from "../../../node-agent/cli/request/fields.ts";
import {
  capability,
  parseDevice,
  parseGpus,
  parseHost,
  parseRate,
  parseRestart,
  parseUlimit,
} from "../../../node-agent/cli/request/limits.ts";
import { parseMount } from "../../../node-agent/cli/request/mounts.ts";
import { parseNetworks } from "../../../node-agent/cli/request/networks.ts";
import { parseExposed, parsePublished } from "../../../node-agent/cli/request/ports.ts";
import { parseBytes, parseBytesOrNone, parseProcessors } from "../../../node-agent/cli/request/sizes.ts";
import { parseTmpfs, parseVolume } from "../../../node-agent/cli/request/volumes.ts";
import { parseLine } from "../../../node-agent/cli/line/parse.ts";

/** `undefined` stands for: it is refused, with the flag's form. */
function tell(
  title: string,
  parse: (text: string) => unknown,
  rows: readonly (readonly [string, unknown])[],
): void {
  test.each(rows)(`${title} %s`, (text, wanted) => {
    if (wanted === undefined) expect(() => parse(text)).toThrow("it is written");
    else expect(parse(text)).toEqual(wanted);
  });
}

tell("--memory", (text) => parseBytes("--memory", text), [
  ["512m", 536_870_912],
  ["1.5g", 1_610_612_736],
  ["64KiB", 65_536],
  ["100", 100],
  ["10 GB", 10 * 1024 ** 3],
  ["-1", undefined],
  ["many", undefined],
]);
tell("--memory-swap", (text) => parseBytesOrNone("--memory-swap", text), [
  ["-1", -1],
  ["1g", 1024 ** 3],
]);
tell("--cpus", parseProcessors, [
  ["1.5", 1_500_000_000],
  [".25", 250_000_000],
  ["0.1234567891", undefined],
  ["two", undefined],
]);
const bound = (port: string, HostPort: string, HostIp = "") => ({ port, binding: { HostIp, HostPort } });
tell("-p", parsePublished, [
  ["80", [bound("80/tcp", "")]],
  ["8080:80", [bound("80/tcp", "8080")]],
  ["127.0.0.1:8080:80/udp", [bound("80/udp", "8080", "127.0.0.1")]],
  ["127.0.0.1::80", [bound("80/tcp", "", "127.0.0.1")]],
  ["[::1]:53:53/UDP", [bound("53/udp", "53", "::1")]],
  ["8000-8001:80-81", [bound("80/tcp", "8000"), bound("81/tcp", "8001")]],
  ["8000-8010:80", [bound("80/tcp", "8000-8010")]],
  ["published=8080,target=80,protocol=udp,host_ip=127.0.0.1", [bound("80/udp", "8080", "127.0.0.1")]],
  ["8000-8002:80-81", undefined],
  ["80:81:82", undefined],
  ["70000:80", undefined],
  ["80/icmp", undefined],
  ["web:80", undefined],
]);
tell("--expose", parseExposed, [
  ["80", ["80/tcp"]],
  ["53-54/udp", ["53/udp", "54/udp"]],
  ["x", undefined],
]);
tell("-v", (text) => parseVolume(text, "/home/a"), [
  ["/data", { anonymous: "/data" }],
  ["site:/data:ro", { bind: "site:/data:ro" }],
  ["/srv:/data", { bind: "/srv:/data" }],
  ["./site:/data", { bind: "/home/a/site:/data" }],
  ["..:/data", { bind: "/home:/data" }],
  ["data", undefined],
  ["site:data", undefined],
]);
tell("--tmpfs", parseTmpfs, [
  ["/run", ["/run", ""]],
  ["/run:size=64m,mode=1777", ["/run", "size=64m,mode=1777"]],
  ["run", undefined],
]);
tell("--mount", (text) => parseMount(text, "/home/a"), [
  ["type=bind,src=./x,dst=/y,ro", { Type: "bind", Source: "/home/a/x", Target: "/y", ReadOnly: true }],
  ["target=/y", { Type: "volume", Target: "/y" }],
  [
    'source=v,target=/y,volume-nocopy,"volume-opt=o=a,b",volume-label=x=1',
    {
      Type: "volume",
      Source: "v",
      Target: "/y",
      VolumeOptions: { NoCopy: true, DriverConfig: { Options: { o: "a,b" } }, Labels: { x: "1" } },
    },
  ],
  [
    "type=tmpfs,destination=/t,tmpfs-size=1m,tmpfs-mode=1770",
    { Type: "tmpfs", Target: "/t", TmpfsOptions: { SizeBytes: 1_048_576, Mode: 0o1770 } },
  ],
  [
    "type=bind,source=/a,target=/b,bind-propagation=rshared,bind-recursive=readonly",
    {
      Type: "bind",
      Source: "/a",
      Target: "/b",
      BindOptions: { Propagation: "rshared", ReadOnlyForceRecursive: true },
    },
  ],
  ["type=bind,target=/y", undefined],
  ["src=x", undefined],
  ["target=/y,nonsense=1", undefined],
  ["target=/y,readonly=maybe", undefined],
]);
tell("--ulimit", parseUlimit, [
  ["nofile=10", { Name: "nofile", Soft: 10, Hard: 10 }],
  ["nofile=10:20", { Name: "nofile", Soft: 10, Hard: 20 }],
  ["core=-1", { Name: "core", Soft: -1, Hard: -1 }],
  ["nofile=20:10", undefined],
  ["nofile", undefined],
]);
const device = (PathOnHost: string, PathInContainer: string, CgroupPermissions: string) => ({
  PathOnHost,
  PathInContainer,
  CgroupPermissions,
});
tell("--device", parseDevice, [
  ["/dev/fuse", device("/dev/fuse", "/dev/fuse", "rwm")],
  ["/dev/sda:r", device("/dev/sda", "/dev/sda", "r")],
  ["/dev/sda:/dev/xvda:rw", device("/dev/sda", "/dev/xvda", "rw")],
  ["fuse", undefined],
  ["/dev/sda:/dev/b:xyz", undefined],
]);
tell("--device-read-bps", (text) => parseRate("--device-read-bps", text, true), [
  ["/dev/sda:1mb", { Path: "/dev/sda", Rate: 1_048_576 }],
  ["/dev/sda", undefined],
]);
tell("--restart", parseRestart, [
  ["no", { Name: "no", MaximumRetryCount: 0 }],
  ["on-failure:3", { Name: "on-failure", MaximumRetryCount: 3 }],
  ["always:3", undefined],
  ["often", undefined],
]);
tell("--add-host", parseHost, [
  ["web:10.0.0.2", "web:10.0.0.2"],
  ["web=::1", "web:::1"],
  ["gate:host-gateway", "gate:host-gateway"],
  ["web", undefined],
]);
tell("--gpus", parseGpus, [
  ["all", { Count: -1, Capabilities: [["gpu"]] }],
  ["device=0,1", { Count: 0, DeviceIDs: ["0", "1"], Capabilities: [["gpu"]] }],
  ["some", undefined],
]);

test("capabilities have the kernel's names", () => {
  expect(["net_admin", "CAP_KILL", "all"].map(capability)).toEqual(["CAP_NET_ADMIN", "CAP_KILL", "ALL"]);
});

test("variables come from files, flags and the own environment, in this order", () => {
  const file = "\uFEFF# a comment\nA=1\n\n  B=two words\nHOME\nABSENT\n";
  expect(environmentOf([file], ["A=2", "HOME"], { HOME: "/root" })).toEqual([
    "A=1",
    "B=two words",
    "HOME=/root",
    "A=2",
    "HOME=/root",
  ]);
  expect(() => environmentOf(["A B=1"], [], {})).toThrow("space in its name");
  expect(() => environmentOf([], ["=1"], {})).toThrow("NAME=value");
});

test("fields are parted as CSV parts them", () => {
  expect(fieldsOf('a=1,b,"c=2,3","d=""x"""')).toEqual([
    ["a", "1"],
    ["b", undefined],
    ["c", "2,3"],
    ["d", '"x"'],
  ]);
});

const plain = { aliases: [], links: [], ip: undefined, ip6: undefined, linkLocal: [], mac: undefined };
test.each([
  [[], plain, { mode: "default", endpoints: {} }],
  [["host"], plain, { mode: "host", endpoints: {} }],
  [["container:x"], plain, { mode: "container:x", endpoints: {} }],
  [["back"], plain, { mode: "back", endpoints: { back: {} } }],
  [
    ["name=back,alias=a,ip=10.0.0.5"],
    { ...plain, aliases: ["b"] },
    { mode: "back", endpoints: { back: { Aliases: ["a", "b"], IPAMConfig: { IPv4Address: "10.0.0.5" } } } },
  ],
  [["back", "front"], plain, { mode: "back", endpoints: { back: {}, front: {} } }],
])("--network %j", (texts, flags, wanted) => {
  expect(parseNetworks(texts, flags)).toEqual(wanted);
});

test.each([
  ["web:/etc/hosts", { kind: "container", container: "web", path: "/etc/hosts" }],
  ["./web:1", { kind: "here", path: "./web:1" }],
  ["web:", { kind: "container", container: "web", path: "/" }],
  ["-", { kind: "stream" }],
])("cp: %s", (text, wanted) => {
  expect(parsePlace(text)).toEqual(wanted);
});

test.each([
  ["/a/f", "file", "/b", "folder", "/b", "f"],
  ["/a/f", "file", "/b/g", "nothing", "/b", "g"],
  ["/a", "folder", "/b", "folder", "/b", "a"],
  ["/a/.", "folder", "/b", "folder", "/b", "."],
  ["/a", "folder", "/b/c", "nothing", "/b", "c"],
  ["/a/.", "folder", "/b/c/", "nothing", "/b", "c"],
] as const)("cp %s (%s) to %s (%s)", (from, kind, to, found, folder, name) => {
  expect(landing({ path: from, is: kind }, { path: to, is: found })).toEqual({ folder, name });
});

test("cp refuses what cannot be, and tar is told names as they are", () => {
  const folder = { path: "/a", is: "folder" } as const;
  expect(() => landing(folder, { path: "/b", is: "file" })).toThrow("to the file /b");
  expect(() => landing({ path: "/a", is: "file" }, { path: "/b/", is: "nothing" })).toThrow("does not exist");
  expect(renaming("a&b\\c")).toContain("\u0001a\\&b\\\\c\u0001");
});

const around = { folder: "/", environment: {}, size: undefined, detached: false };
const body = async (...line: string[]) => {
  const { values, args } = parseLine(createFlags, line, true);
  return createBody(args[0] ?? "", args.slice(1), values, around);
};

test("run's flags become the API's body", async () => {
  const line = [
    "-it -p8080:80 -e A=1 -e=B=2 --label x=y -m 64m --cpus=.5 --rm -v/d --entrypoint sh -u1:2 -w /w",
    "--cap-add=net_admin --stop-timeout 3 --init --security-opt no-new-privileges --health-cmd true",
    "--health-interval 1m30s --restart=no --dns 1.1.1.1 --sysctl a=1 box -c --rm",
  ].join(" ");
  const made = await body(...line.split(" "));
  expect(made).toMatchObject({
    Image: "box",
    Cmd: ["-c", "--rm"],
    Tty: true,
    OpenStdin: true,
    AttachStdin: true,
    StdinOnce: true,
    Env: ["A=1", "B=2"],
    Labels: { x: "y" },
    Entrypoint: ["sh"],
    User: "1:2",
    WorkingDir: "/w",
    StopTimeout: 3,
    ExposedPorts: { "80/tcp": {} },
    Volumes: { "/d": {} },
    Healthcheck: { Test: ["CMD-SHELL", "true"], Interval: 90e9 },
    HostConfig: {
      AutoRemove: true,
      Binds: null,
      Memory: 67_108_864,
      NanoCpus: 500_000_000,
      CapAdd: ["CAP_NET_ADMIN"],
      PortBindings: { "80/tcp": [{ HostIp: "", HostPort: "8080" }] },
      SecurityOpt: ["no-new-privileges"],
      Dns: ["1.1.1.1"],
      Sysctls: { a: "1" },
      Init: true,
      MemorySwappiness: -1,
    },
  });
});

test.each([
  [["--rm", "--restart", "always", "box"], "both --restart and --rm"],
  [["--no-healthcheck", "--health-cmd", "x", "box"], "conflicts"],
  [["--env-file", "/absent", "box"], "--env-file /absent cannot be read"],
  [["--security-opt", "seccomp=/absent", "box"], "seccomp profile /absent"],
  [["-a", "stdnothing", "box"], "stdin, stdout or stderr"],
])("%j is refused", async (line, words) => {
  await expect(body(...line)).rejects.toThrow(words);
});
