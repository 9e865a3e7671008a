import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { succeed } from "../../../../node-agent/host/exec.ts";
import { mountsBelow, unmount } from "../../../../node-agent/host/mounts.ts";
import { type Outcome, run } from "../../../support/command.ts";
import { programs, root } from "../../../support/needs.ts";
import { makeRootfs } from "../../support/rootfs.ts";
import { Agent } from "../../engine/support/engine.ts";

/** Addresses of the host that the agent is on, and of another machine beside it. */
export const host = { address: "198.51.100.2", address6: "fd00:5e57::2" };
export const neighbour = { address: "198.51.100.1", address6: "fd00:5e57::1" };

/**
 * An agent on a host of its own, as far as networks go: a network namespace with one way out, to a neighbour in another. Nothing of the
 * machine's own network is touched.
 */
class TestHost extends Agent implements AsyncDisposable {
  readonly #children: ChildProcess[] = [];
  #names: ChildProcess | undefined;

  /** The files that hold the namespaces of the host and its neighbour. */
  get #here(): string {
    return path.join(this.folder, "here");
  }

  get #there(): string {
    return path.join(this.folder, "there");
  }

  async make(): Promise<void> {
    for (const file of [this.#here, this.#there]) {
      await succeed("touch", [file]);
      await succeed("unshare", [`--net=${file}`, "ip", "link", "set", "lo", "up"]);
    }
    await this.ip(`link add up0 type veth peer name down0 netns ${this.#there}`);
    for (const line of [
      `addr add ${host.address}/24 dev up0`,
      `addr add ${host.address6}/64 dev up0 nodad`,
      "link set up0 up",
    ])
      await this.ip(line);
    for (const line of [
      `addr add ${neighbour.address}/24 dev down0`,
      `addr add ${neighbour.address6}/64 dev down0 nodad`,
      "link set down0 up",
    ])
      await this.fromNeighbour("ip", ...line.split(" "));
    await this.ip(`route add default via ${neighbour.address}`);
    await this.ip(`-6 route add default via ${neighbour.address6}`);
  }

  override spawn(): ChildProcess {
    const places = ["--socket", this.socket, "--data", `${this.folder}/data`, "--run", `${this.folder}/run`];
    const agent = ["sh", "node-agent/launch.sh", "node-agent/agent.ts", ...places];
    return spawn("nsenter", [`--net=${this.#here}`, ...agent], { stdio: ["ignore", "pipe", "pipe"] });
  }

  /** A command on the host. */
  onHost(...command: string[]): Promise<Outcome> {
    return run("nsenter", [`--net=${this.#here}`, ...command], { deadline: 20_000 });
  }

  /** A command on the machine beside it. */
  fromNeighbour(...command: string[]): Promise<Outcome> {
    return run("nsenter", [`--net=${this.#there}`, ...command], { deadline: 20_000 });
  }

  /** A program that goes on there until the end of the test. */
  serve(where: "host" | "neighbour", ...command: string[]): ChildProcess {
    const file = where === "host" ? this.#here : this.#there;
    const child = spawn("nsenter", [`--net=${file}`, ...command], { stdio: ["ignore", "ignore", "inherit"] });
    this.#children.push(child);
    return child;
  }

  /** A program that goes on in a container's network until the end of the test. */
  serveIn(namespace: string, ...command: string[]): void {
    this.#children.push(
      spawn("nsenter", [`--net=${namespace}`, ...command], { stdio: ["ignore", "ignore", "inherit"] }),
    );
  }

  /** A name server on the machine beside it: it knows known.example.test, and no other name. */
  async serveNames(): Promise<void> {
    if (this.#names !== undefined) return;
    const program = path.join(import.meta.dirname, "name-server.ts");
    this.#names = spawn("nsenter", [`--net=${this.#there}`, process.execPath, program, neighbour.address], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    this.#children.push(this.#names);
    await once(this.#names.stdout as NodeJS.ReadableStream, "data");
  }

  async ip(line: string): Promise<string> {
    const { code, stdout, stderr } = await this.onHost("ip", ...line.split(" "));
    if (code !== 0) throw new Error(`ip ${line}: ${stderr}`);
    return stdout;
  }

  /** What is there of our making: links, rules, files of namespaces. */
  async traces(): Promise<{ links: string[]; tables: string[]; namespaces: string[] }> {
    const links = await this.ip("-oneline link show");
    const { stdout: tables } = await this.onHost("nft", "list", "tables");
    const { stdout: files } = await run("ls", [`${this.folder}/run/netns`]);
    return {
      links: [...links.matchAll(/^\d+: (w[^:@]+)/gm)].map(([, name = ""]) => name),
      tables: tables.split("\n").filter((line) => / w\w{5}$/.test(line)),
      namespaces: files.split("\n").filter(Boolean),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // A test that has failed may have left it ended.
    if ((await this.docker("version")).code !== 0) await this.start();
    const ids = (await this.docker("ps", "--all", "--quiet")).stdout.split("\n").filter(Boolean);
    if (ids.length > 0) await this.docker("rm", "--force", ...ids);
    await this.end("SIGTERM");
    for (const child of this.#children) {
      const closed = once(child, "close");
      if (child.exitCode === null && child.kill("SIGKILL")) await closed;
    }
  }
}

export const testHostNeeds = [
  root,
  programs(
    "docker",
    "conmon",
    "runc",
    "socat",
    "busybox",
    "tar",
    "nft",
    "ip",
    "iptables",
    "nsenter",
    "unshare",
  ),
];

/** A host for the tests of a group, with an image "box"; after each test its containers and networks go. */
export function testHost() {
  const folder = path.join(tmpdir(), `wherry-agent-${randomBytes(3).toString("hex")}`);
  const agent = new TestHost(folder);

  beforeAll(async () => {
    await mkdir(folder);
    await agent.make();
    await agent.start();
    const rootfs = await makeRootfs(path.join(folder, "image"));
    const archive = path.join(folder, "image.tar");
    await succeed("tar", ["--create", "--file", archive, "-C", rootfs, "."]);
    await agent.succeed("import", "--change", "ENV PATH=/bin", archive, "box");
  }, 180_000);

  afterEach(async () => {
    const ids = (await agent.succeed("ps", "--all", "--quiet")).split("\n").filter(Boolean);
    if (ids.length > 0) await agent.succeed("rm", "--force", ...ids);
    await agent.succeed("network", "prune", "--force");
  });

  afterAll(async () => {
    try {
      await agent[Symbol.asyncDispose]();
      expect(await agent.traces()).toEqual({ links: [], tables: [], namespaces: [] });
    } finally {
      for (const mount of await mountsBelow(folder)) await unmount(mount);
      await succeed("rm", ["-rf", "--one-file-system", folder]);
    }
  });

  return {
    agent,
    /** A web server in a container that says its name; it listens. */
    serve: async (name: string, ...args: string[]): Promise<string> => {
      const script = `echo ${name} >/tmp/index.html; exec busybox httpd -f -p 80 -h /tmp`;
      const id = await agent.succeed("run", "-d", "--name", name, ...args, "box", "sh", "-c", script);
      const listens = "until busybox wget -q --spider http://127.0.0.1/; do sleep 0.02; done";
      await agent.succeed("exec", name, "busybox", "timeout", "10", "sh", "-c", listens);
      return id;
    },
    /** Exit code and output of a command in a container. */
    exec: async (name: string, ...command: string[]) => {
      const { code, stdout } = await agent.docker("exec", name, ...command);
      return { code, stdout };
    },
    inspect: (name: string, format: string) => agent.succeed("inspect", "-f", format, name),
    remove: (...names: string[]) => agent.succeed("rm", "--force", ...names),
    /** A command that fetches a page, or fails soon. */
    get: (url: string) => ["busybox", "timeout", "3", "busybox", "wget", "-qO-", url],
  };
}
