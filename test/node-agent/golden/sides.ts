import { mkdir, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { once } from "node:events";
import path from "node:path";
import { type Outcome, run, succeed } from "../../support/command.ts";
import { Server } from "../../support/server.ts";
import { DockerDaemon } from "../../together/support/docker-daemon.ts";
import { Agent, pushBusybox } from "../engine/support/engine.ts";
import { TemporaryFolder } from "../support/temporary-folder.ts";
import { answerOf, type Names } from "./answers.ts";
import type { Exchange } from "./transcript.ts";

/** Debian's own before whatever else is on this machine: the answers are of one version of the client. */
const systemPath = `/usr/sbin:/usr/bin:/sbin:/bin:${process.env["PATH"] ?? ""}`;
const bridge = "wherry-golden";

/** A daemon with one image, `box`, and a registry to pull it from. */
export class Side implements AsyncDisposable {
  readonly #folder: string;
  readonly #host: string;
  readonly #variables: Readonly<Record<string, string>>;
  readonly #cleanup: AsyncDisposableStack;

  private constructor(
    folder: string,
    host: string,
    variables: Readonly<Record<string, string>>,
    cleanup: AsyncDisposableStack,
  ) {
    this.#folder = folder;
    this.#host = host;
    this.#variables = variables;
    this.#cleanup = cleanup;
  }

  static async start(kind: "docker" | "ours"): Promise<Side> {
    await using cleanup = new AsyncDisposableStack();
    const folder = cleanup.use(await TemporaryFolder.make()).path;
    const server = cleanup.use(await Server.start());
    const login = { user: "admin", token: server.adminToken };
    const image = await pushBusybox(server, login, folder);
    const taken = createServer().listen(0, "0.0.0.0");
    await once(taken, "listening");
    cleanup.defer(() => void taken.close());
    const host = kind === "docker" ? await startDocker(folder, cleanup) : await startAgent(folder, cleanup);
    const auth = Buffer.from(`${login.user}:${login.token}`).toString("base64");
    await mkdir(path.join(folder, "docker"), { recursive: true });
    await writeFile(
      path.join(folder, "docker/config.json"),
      JSON.stringify({ auths: { [server.host]: { auth } } }),
    );
    const variables = {
      REGISTRY: server.host,
      REPOSITORY: image.replace(/:1$/, ""),
      IMAGE: image,
      PORT: String((taken.address() as AddressInfo).port),
    };
    const side = new Side(folder, host, variables, cleanup.move());
    const made = await side.#run(`docker pull ${image} && docker tag ${image} box`, folder);
    if (made.code !== 0) throw new Error(`there is no image: ${made.stderr}`);
    return side;
  }

  /** The answers to the commands of one script, one after the other, in a folder of its own. */
  async answer(name: string, exchanges: readonly Exchange[]): Promise<string[][]> {
    const folder = path.join(this.#folder, "work", name);
    await mkdir(folder, { recursive: true });
    const names: Names = [
      [folder, "FOLDER"],
      [this.#variables["REGISTRY"] ?? "", "REGISTRY"],
      [this.#host, "SOCKET"],
      [`:${this.#variables["PORT"]}`, ":TAKEN"],
    ];
    const answers: string[][] = [];
    for (const { command, comparison } of exchanges)
      answers.push(answerOf(await this.#run(command, folder), comparison, names));
    return answers;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#run(
      "docker rm --force $(docker ps --all --quiet); docker network prune --force",
      this.#folder,
    );
    await this.#cleanup[Symbol.asyncDispose]();
  }

  #run(command: string, cwd: string): Promise<Outcome> {
    const env = {
      ...this.#variables,
      PATH: systemPath,
      DOCKER_HOST: this.#host,
      DOCKER_CONFIG: path.join(this.#folder, "docker"),
      LC_ALL: "C",
    };
    return run("sh", ["-c", command], { env, cwd, deadline: 30_000 });
  }
}

async function startAgent(folder: string, cleanup: AsyncDisposableStack): Promise<string> {
  const agent = new Agent(folder);
  cleanup.defer(async () => void (await agent.end("SIGTERM")));
  await agent.start();
  return `unix://${agent.socket}`;
}

/** With a bridge of its own, as the machine's dockerd may have the usual one. */
async function startDocker(folder: string, cleanup: AsyncDisposableStack): Promise<string> {
  cleanup.defer(async () => void (await run("ip", ["link", "delete", bridge])));
  await succeed("ip", ["link", "add", bridge, "type", "bridge"]);
  await succeed("ip", ["address", "add", "172.31.77.1/24", "dev", bridge]);
  const daemon = cleanup.use(await DockerDaemon.start(path.join(folder, "dockerd"), bridge));
  return daemon.address;
}
