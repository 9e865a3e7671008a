import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdir, readFile, readdir, rmdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { findProgram, run } from "../../support/command.ts";

/** How long dockerd may take to start, and to stop, in milliseconds. It takes one second for each. */
const patience = 60_000;

/** Debian's dockerd beside whatever runs on the host: it has its own files, socket, containerd and cgroup. */
export class DockerDaemon implements AsyncDisposable {
  /** For DOCKER_HOST. */
  readonly address: string;
  readonly #child: ChildProcess;
  readonly #cgroup: string;

  private constructor(address: string, child: ChildProcess, cgroup: string) {
    this.address = address;
    this.#child = child;
    this.#cgroup = cgroup;
  }

  /** @param bridge where containers are connected unless they say otherwise; without, they have no network. */
  static async start(folder: string, bridge = "none"): Promise<DockerDaemon> {
    await mkdir(folder, { recursive: true });
    const settings = path.join(folder, "daemon.json");
    await writeFile(settings, "{}");
    const address = `unix://${folder}/docker.sock`;
    const cgroup = `wherry-test-${process.pid}`;
    const log = path.join(folder, "log");
    const output = createWriteStream(log);
    await once(output, "open");
    const child = spawn(
      findProgram("dockerd") ?? "dockerd",
      [
        `--config-file=${settings}`,
        `--host=${address}`,
        `--pidfile=${folder}/pid`,
        `--data-root=${folder}/root`,
        `--exec-root=${folder}/run`,
        `--cgroup-parent=/${cgroup}`,
        `--bridge=${bridge}`,
        "--iptables=false",
        "--ip-masq=false",
        "--log-level=warn",
      ],
      { stdio: ["ignore", output, output] },
    );
    const daemon = new DockerDaemon(address, child, cgroup);
    const end = Date.now() + patience;
    while ((await run("docker", ["--host", address, "version"])).code !== 0) {
      if (child.exitCode !== null || Date.now() > end) {
        await daemon[Symbol.asyncDispose]();
        throw new Error(`dockerd does not answer. It printed:\n${await readFile(log, "utf8")}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return daemon;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const closed = once(this.#child, "close");
      this.#child.kill("SIGTERM");
      // It ends its containerd itself, when it is let.
      const timer = setTimeout(() => this.#child.kill("SIGKILL"), patience);
      await closed;
      clearTimeout(timer);
    }
    const hierarchies = ["", ...(await readdir("/sys/fs/cgroup"))];
    for (const hierarchy of hierarchies) {
      // Only an empty cgroup can be removed, and most hierarchies have none of this name.
      await rmdir(path.join("/sys/fs/cgroup", hierarchy, this.#cgroup)).catch(() => {});
    }
  }
}
