import { expect, test } from "vitest";
import { chooseAddress } from "../../../node-agent/cli/client/address.ts";
import { canonical, parseImage } from "../../../node-agent/cli/client/image-name.ts";
import { parseExactly } from "../../../node-agent/cli/client/json-lines.ts";
import {
  cgroupFinding,
  diskFinding,
  kernelFinding,
  runtimeFinding,
} from "../../../node-agent/cli/doctor/host.ts";
import { loginValid, reachable, timeSkew } from "../../../node-agent/cli/doctor/network.ts";
import { installCommand } from "../../../node-agent/cli/doctor/packages.ts";
import { holds, text, texts, whole, yes } from "../../../node-agent/cli/line/flags.ts";
import { groupHelp, helpOf, topHelp } from "../../../node-agent/cli/line/help.ts";
import { nearest } from "../../../node-agent/cli/line/nearest.ts";
import { parseLine } from "../../../node-agent/cli/line/parse.ts";
import { findVerb, membersOf, verbs } from "../../../node-agent/cli/line/table.ts";
import { DetachKeys } from "../../../node-agent/cli/terminal/detach-keys.ts";

const flags = {
  all: yes("all", "a"),
  tty: yes("tty", "t"),
  name: text("name", "n"),
  env: texts("env", "e"),
  time: whole("time"),
  proxy: holds("proxy"),
};
const nothing = { all: false, tty: false, name: undefined, env: [], time: undefined, proxy: true };

test.each([
  [["-at", "x"], true, { all: true, tty: true }, ["x"]],
  [["-atn", "web", "x", "-a"], true, { all: true, tty: true, name: "web" }, ["x", "-a"]],
  [["x", "-a"], false, { all: true }, ["x"]],
  [["-nweb", "--env=A=1", "-e=B=2", "-e", "-x"], true, { name: "web", env: ["A=1", "B=2", "-x"] }, []],
  [["--all=false", "--proxy=false", "--time", "-1"], true, { proxy: false, time: -1 }, []],
  [["--", "-a"], true, {}, ["-a"]],
  [["--name", "a", "--name", "b"], true, { name: "b" }, []],
])("%j", (line, passesOn, values, args) => {
  expect(parseLine(flags, line, passesOn)).toEqual({ values: { ...nothing, ...values }, args, help: false });
});

test.each([
  [["--nmae", "x"], "unknown flag: --nmae. Did you mean --name?"],
  [["-z"], "unknown shorthand flag: 'z' in -z"],
  [["--name"], "flag needs an argument: --name"],
  [["--time", "soon"], "takes a whole number"],
  [["--all=perhaps"], "it is true or false"],
])("%j is refused", (line, words) => {
  expect(() => parseLine(flags, line, true)).toThrow(words);
});

test("the nearest name is found, and none for what is far", () => {
  const names = ["run", "rm", "images", "inspect"];
  expect(["rnu", "image", "inspct", "zzzz"].map((name) => nearest(name, names))).toEqual([
    "run",
    "images",
    "inspect",
    undefined,
  ]);
});

test("every verb has flags that can be told apart, examples, and a help that fits 80 columns", async () => {
  for (const { names, says, load } of verbs) {
    const verb = await load();
    const shorts = Object.values(verb.flags).flatMap(({ short }) => short ?? []);
    expect([names[0], new Set(shorts).size]).toEqual([names[0], shorts.length]);
    expect([names[0], verb.examples.length > 0]).toEqual([names[0], true]);
    const help = helpOf(names[0] ?? "", says, verb, names.slice(1), 80);
    // Command lines stand as they are typed.
    const long = help
      .split("\n")
      .filter((line) => line.length > 80 && !/^ {2}wherry |^Also|^Usage/.test(line));
    expect([names[0], long]).toEqual([names[0], []]);
    for (const [line] of verb.examples) expect(line).toContain("wherry");
  }
  expect(
    topHelp(80)
      .split("\n")
      .filter((line) => line.length > 80),
  ).toEqual([]);
  expect(groupHelp("network", membersOf("network"), 80)).toContain("disconnect");
  expect(findVerb(["container", "ls", "-a"])).toMatchObject({ name: "container ls", rest: ["-a"] });
  expect(new Set(verbs.flatMap(({ names }) => names)).size).toBe(verbs.flatMap(({ names }) => names).length);
});

test("the engine is where the flag, the environment or the default says", () => {
  const unix = (path: string) => ({ kind: "unix", path });
  expect(chooseAddress(undefined, {})).toEqual(unix("/run/wherry/wherry.sock"));
  expect(chooseAddress(undefined, { DOCKER_HOST: "unix:///d" })).toEqual(unix("/d"));
  expect(chooseAddress(undefined, { WHERRY_ENGINE: "unix:///w", DOCKER_HOST: "unix:///d" })).toEqual(
    unix("/w"),
  );
  expect(chooseAddress("tcp://[::1]:99", { WHERRY_ENGINE: "/w" })).toEqual({
    kind: "tcp",
    host: "::1",
    port: 99,
  });
  expect(() => chooseAddress("ssh://x", {})).toThrow("no address of an engine");
});

test.each([
  ["alpine", "docker.io/library/alpine:latest"],
  ["team/web:1", "docker.io/team/web:1"],
  ["127.0.0.1:5000/a/b", "127.0.0.1:5000/a/b:latest"],
  ["localhost/a@sha256:00", "localhost/a@sha256:00"],
])("the image %s is %s", (name, whole_) => {
  expect(canonical(parseImage(name))).toBe(whole_);
});

test("what no image can be called is refused", () => {
  for (const name of ["a b", "a:", "a:b:c/d:-", ""])
    expect(() => parseImage(name)).toThrow("no name of an image");
});

test("nanoseconds stay whole", () => {
  expect(parseExactly('{"timeNano":1763935200123456789,"n":1.5}')).toEqual({
    timeNano: 1763935200123456789n,
    n: 1.5,
  });
});

test("detach keys are taken out, and what only begins like them is passed on", () => {
  const take = (keys: DetachKeys, typed: string) => {
    const { passed, detached } = keys.take(Buffer.from(typed, "latin1"));
    return [passed.toString("latin1"), detached];
  };
  const usual = new DetachKeys(undefined);
  expect(take(usual, "a\x10")).toEqual(["a", false]);
  expect(take(usual, "b")).toEqual(["\x10b", false]);
  expect(take(usual, "c\x10\x11d")).toEqual(["c", true]);
  expect(take(new DetachKeys("a,ctrl-x"), "ba\x18")).toEqual(["b", true]);
  expect(() => new DetachKeys("ctrl-p,nonsense")).toThrow("neither a letter");
});

test("doctor judges what it finds", async () => {
  expect(kernelFinding("linux", "4.14.1").verdict).toBe("bad");
  expect(kernelFinding("linux", "5.4.0-100-generic").verdict).toBe("poor");
  expect(kernelFinding("linux", "6.1.0").verdict).toBe("good");
  expect(kernelFinding("darwin", "25.0").verdict).toBe("bad");
  expect(cgroupFinding("cpuset cpu io memory pids\n", "", "").verdict).toBe("good");
  expect(cgroupFinding("cpu pids\n", "", "")).toMatchObject({
    verdict: "bad",
    says: "cgroup v2 without memory",
  });
  const old = "#subsys_name\thierarchy\tnum\tenabled\ncpu\t1\t1\t1\nmemory\t2\t1\t1\npids\t3\t1\t1\n";
  expect(cgroupFinding("", old, "io").says).toContain("mixed");
  expect(runtimeFinding("crun 1", "runc 1", true, "").says).toContain("runc 1; crun refuses");
  expect(runtimeFinding("crun 1", undefined, true, "apt").verdict).toBe("bad");
  expect(runtimeFinding("crun 1", undefined, false, "").verdict).toBe("good");
  expect(diskFinding("/d", 5e8, 1e12, 1).verdict).toBe("bad");
  expect(diskFinding("/d", 2e9, 1e10, 1).verdict).toBe("poor");
  expect(diskFinding("/d", 2e11, 1e12, 0.01).verdict).toBe("bad");
  expect(diskFinding("/d", 2e11, 1e12, 1).verdict).toBe("good");
  expect(installCommand('ID=ubuntu\nID_LIKE="debian"', "crun")).toBe("apt-get install -y crun");
  expect(installCommand("ID=rocky\nID_LIKE='rhel fedora'".replaceAll("'", '"'), "runc")).toBe(
    "dnf install -y runc",
  );
  expect(installCommand("ID=guix", "runc", "tar")).toContain("runc and tar");
});

test("doctor judges a registry by its answer", async () => {
  const at = Date.parse("Mon, 23 Nov 2026 12:00:00 GMT");
  const answered = (status: number, date: string | null) => ({
    host: "hub.example",
    answer: { status, challenge: null, date },
  });
  const date = new Date(at).toUTCString();
  expect(reachable(answered(401, date)).verdict).toBe("good");
  expect(reachable(answered(502, date)).verdict).toBe("bad");
  expect(reachable({ host: "hub.example", answer: { failed: "refused" } }).mend).toContain("curl");
  expect(timeSkew(answered(401, date), at + 2000).verdict).toBe("good");
  expect(timeSkew(answered(401, date), at - 30_000).says).toContain("30 s behind");
  expect(timeSkew(answered(401, date), at + 120_000).verdict).toBe("bad");
  expect(timeSkew(answered(401, null), at).verdict).toBe("poor");
  expect((await loginValid({ host: "nobody.invalid", answer: { failed: "x" } })).mend).toBe(
    "wherry login nobody.invalid",
  );
});
