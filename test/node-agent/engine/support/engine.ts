import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { type IncomingMessage, request } from "node:http";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { type Outcome, run, succeed } from "../../../support/command.ts";
import { digestOf, OciClient, type Login } from "../../../support/oci-client.ts";
import { Server } from "../../../support/server.ts";
import { makeRootfs } from "../../support/rootfs.ts";
import { TemporaryFolder } from "../../support/temporary-folder.ts";

/** `wherry agent` on a folder of its own, and Docker's client for it. */
export class Agent {
  readonly folder: string;
  readonly socket: string;
  #child: ChildProcess | undefined;
  output = "";

  constructor(folder: string) {
    this.folder = folder;
    this.socket = path.join(folder, "engine.sock");
  }

  /** A process of the agent, also a second one. */
  spawn(): ChildProcess {
    const places = ["--socket", this.socket, "--data", `${this.folder}/data`, "--run", `${this.folder}/run`];
    return spawn("sh", ["node-agent/launch.sh", "node-agent/agent.ts", ...places], {
      stdio: ["ignore", "pipe", "pipe"],
    });
  }

  async start(): Promise<void> {
    const child = this.spawn();
    this.#child = child;
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding("utf8").on("data", (text: string) => (this.output += text));
    const end = Date.now() + 20_000;
    while (
      !(await this.ask("GET", "/_ping").then(
        ({ status }) => status === 200,
        () => false,
      ))
    ) {
      if (child.exitCode !== null || Date.now() > end)
        throw new Error(`the agent does not answer. It printed:\n${this.output}`);
      await wait(20);
    }
  }

  /** @throws Error when it does not run. */
  get pid(): number {
    const pid = this.#child?.pid;
    if (pid === undefined) throw new Error("the agent does not run");
    return pid;
  }

  async end(signal: "SIGKILL" | "SIGTERM"): Promise<number | null> {
    const child = this.#child;
    if (child === undefined) return null;
    this.#child = undefined;
    // It may have ended by itself.
    if (child.exitCode !== null) return child.exitCode;
    const closed = once(child, "close");
    child.kill(signal);
    const [code] = (await closed) as [number | null];
    return code;
  }

  docker(...args: string[]): Promise<Outcome> {
    const env = { DOCKER_CONFIG: path.join(this.folder, "docker"), DOCKER_HOST: `unix://${this.socket}` };
    return run("docker", args, { env, deadline: 30_000 });
  }

  /** @returns what was printed, without the last line feed. @throws Error when it fails. */
  async succeed(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.docker(...args);
    if (code !== 0) throw new Error(`docker ${args.join(" ")}: ${code} ${stdout}${stderr}\n${this.output}`);
    return stdout.trimEnd();
  }

  /** A request of the API with any body. */
  async ask(
    method: string,
    place: string,
    body?: string | Buffer,
    headers: Record<string, string> = {},
  ): Promise<{ status: number; text: string; headers: NodeJS.Dict<string | string[]> }> {
    const sent = request({ socketPath: this.socket, method, path: place, headers, timeout: 20_000 });
    const answered = once(sent, "response");
    sent.on("error", () => {});
    sent.end(body);
    const [response] = (await answered) as [IncomingMessage];
    const pieces: Buffer[] = [];
    for await (const piece of response as AsyncIterable<Buffer>) pieces.push(piece);
    return {
      status: response.statusCode ?? 0,
      text: Buffer.concat(pieces).toString(),
      headers: response.headers,
    };
  }
}

/** An agent that has the image `box`, with what is to be done at the end: its containers are removed, and it ends. */
export async function startAgentWithBox(cleanup: AsyncDisposableStack): Promise<Agent> {
  const folder = cleanup.use(await TemporaryFolder.make()).path;
  const agent = new Agent(folder);
  await using server = await Server.start();
  const login = { user: "admin", token: server.adminToken };
  const image = await pushBusybox(server, login, folder);
  cleanup.defer(async () => {
    const ids = (await agent.docker("ps", "--all", "--quiet")).stdout.split("\n").filter(Boolean);
    if (ids.length > 0) await agent.docker("rm", "--force", "--volumes", ...ids);
    await agent.end("SIGTERM");
  });
  await agent.start();
  const auth = Buffer.from(`${login.user}:${login.token}`).toString("base64");
  await mkdir(path.join(folder, "docker"), { recursive: true });
  const config = path.join(folder, "docker/config.json");
  await writeFile(config, JSON.stringify({ auths: { [server.host]: { auth } } }));
  await agent.succeed("pull", image);
  await agent.succeed("tag", image, "box");
  await agent.succeed("rmi", image);
  await writeFile(config, "{}");
  return agent;
}

/** Pushes an image of busybox to a hub. @returns its name there. */
export async function pushBusybox(server: Server, login: Login, folder: string): Promise<string> {
  const rootfs = await makeRootfs(path.join(folder, "image"));
  const archive = path.join(folder, "layer.tar");
  await succeed("tar", [
    "--create",
    "--file",
    archive,
    "--numeric-owner",
    "--owner=0",
    "--group=0",
    "-C",
    rootfs,
    ".",
  ]);
  const tar = await readFile(archive);
  const layer = gzipSync(tar);
  const config = Buffer.from(
    JSON.stringify({
      created: "2026-11-20T08:30:00Z",
      os: "linux",
      architecture: process.arch === "arm64" ? "arm64" : "amd64",
      config: { Cmd: ["sh"], Env: ["PATH=/bin"], Labels: { purpose: "tests" } },
      rootfs: { type: "layers", diff_ids: [digestOf(tar)] },
      history: [{ created: "2026-11-20T08:30:00Z", created_by: "busybox" }],
    }),
  );
  const client = new OciClient(server.url, login);
  const repository = `${login.user}/box`;
  for (const blob of [layer, config])
    await client.finishUpload(repository, await client.startUpload(repository), digestOf(blob), blob);
  const mediaType = "application/vnd.oci.image.manifest.v1+json";
  const bytes = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType,
      config: {
        mediaType: "application/vnd.oci.image.config.v1+json",
        digest: digestOf(config),
        size: config.length,
      },
      layers: [
        {
          mediaType: "application/vnd.oci.image.layer.v1.tar+gzip",
          digest: digestOf(layer),
          size: layer.length,
        },
      ],
    }),
  );
  await client.putManifest(repository, "1", { bytes, mediaType });
  return `${server.host}/${repository}:1`;
}
