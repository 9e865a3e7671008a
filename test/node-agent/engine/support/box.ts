import path from "node:path";
import { type Outcome, succeed } from "../../../support/command.ts";
import { readFile } from "node:fs/promises";
import { FakeRegistry } from "../../images/support/registry.ts";
import { makeRootfs } from "../../support/rootfs.ts";
import { TemporaryFolder } from "../../support/temporary-folder.ts";
import { Agent } from "./engine.ts";

/** An agent with one image, "box": busybox, with a volume place at /kept that has a file in it. */
export class Box implements AsyncDisposable {
  readonly folder: TemporaryFolder;
  readonly agent: Agent;

  private constructor(folder: TemporaryFolder) {
    this.folder = folder;
    this.agent = new Agent(folder.path);
  }

  static async start(): Promise<Box> {
    const box = new Box(await TemporaryFolder.make());
    await using registry = await FakeRegistry.start();
    const rootfs = await makeRootfs(path.join(box.folder.path, "image"));
    await succeed("sh", ["-c", 'mkdir "$0/kept" && echo old >"$0/kept/file" && chmod 750 "$0/kept"', rootfs]);
    const archive = path.join(box.folder.path, "layer.tar");
    await succeed("tar", ["-cf", archive, "--numeric-owner", "--owner=0", "--group=0", "-C", rootfs, "."]);
    const config = { config: { Cmd: ["sh"], Env: ["PATH=/bin"], Volumes: { "/kept": {} } } };
    registry.addImage({ layers: [await readFile(archive)], config }, "1");
    await box.agent.start();
    await box.agent.succeed("pull", `${registry.host}/box:1`);
    await box.agent.succeed("tag", `${registry.host}/box:1`, "box");
    return box;
  }

  docker(...args: string[]): Promise<Outcome> {
    return this.agent.docker(...args);
  }

  succeed(...args: string[]): Promise<string> {
    return this.agent.succeed(...args);
  }

  /** What `docker run --rm` prints, of a container without a network. */
  run(...args: string[]): Promise<string> {
    return this.succeed("run", "--rm", "--network", "none", ...args);
  }

  /** `docker create`, without a network. */
  create(...args: string[]): Promise<string> {
    return this.succeed("create", "--network", "none", ...args);
  }

  /** Makes a container that runs until it is removed. */
  async keep(name: string, ...args: string[]): Promise<void> {
    const script = "trap exit TERM; while :; do sleep 0.1; done";
    await this.succeed("run", "-d", "--network", "none", "--name", name, ...args, "box", "sh", "-c", script);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { stdout } = await this.docker("ps", "--all", "--quiet");
    const ids = stdout.split("\n").filter(Boolean);
    if (ids.length > 0) await this.docker("rm", "--force", "--volumes", ...ids);
    await this.agent.end("SIGTERM");
    await this.folder[Symbol.asyncDispose]();
  }
}
