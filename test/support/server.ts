import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";

interface ServerOptions {
  /** Further settings, as the environment of `npm start` takes them. */
  env?: Readonly<Record<string, string>>;
}

/** How long `npm start` may take until it answers, in milliseconds. It takes about two seconds. */
const startDeadline = 60_000;

/**
 * Wherry as `npm start` runs it, on a free port of loopback, with a data directory of its own that is removed at the end. The port
 * and the data stay the same over `kill` and `start`.
 */
export class Server implements AsyncDisposable {
  readonly host: string;
  readonly url: string;
  /** An access token of the user `admin`, with every scope. */
  readonly adminToken = "wherry-test-administrator-token-0123456789";
  readonly #port: number;
  readonly #folder: string;
  #env: Readonly<Record<string, string>>;
  #child: ChildProcess | undefined;
  #output = "";

  private constructor(port: number, folder: string, env: Readonly<Record<string, string>>) {
    this.#port = port;
    this.#folder = folder;
    this.#env = env;
    this.host = `127.0.0.1:${port}`;
    this.url = `http://${this.host}`;
  }

  static async start(options: ServerOptions = {}): Promise<Server> {
    const folder = await mkdtemp(path.join(tmpdir(), "wherry-server-"));
    const server = new Server(await freePort(), folder, options.env ?? {});
    await server.start().catch(async (error: unknown) => {
      await server[Symbol.asyncDispose]();
      throw error;
    });
    return server;
  }

  /** Where everything is kept. */
  get data(): string {
    return path.join(this.#folder, "data");
  }

  /** All that the server has printed. */
  get output(): string {
    return this.#output;
  }

  /** Starts the process again, after `stop` or `kill`, with other settings if there are any. Resolves when the server is ready. */
  async start(env: Readonly<Record<string, string>> = this.#env): Promise<void> {
    this.#env = env;
    const where = ["--host", "127.0.0.1", "--port", String(this.#port), "--data", this.data];
    const child = spawn("sh", ["node-agent/launch.sh", "node-agent/serve/main.ts", ...where], {
      env: { ...process.env, WHERRY_ADMIN_TOKEN: this.adminToken, ...this.#env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => (this.#output += text));
    }
    const end = Date.now() + startDeadline;
    while (!(await answers(`${this.url}/healthz`))) {
      if (child.exitCode !== null || Date.now() > end) {
        throw new Error(`The server is not ready. It printed:\n${this.#output}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** As Ctrl-C does. Resolves to the exit code. */
  async stop(): Promise<number> {
    const child = this.#child;
    if (child === undefined) return 0;
    this.#child = undefined;
    if (child.exitCode !== null) return child.exitCode;
    const closed = once(child, "close");
    child.kill("SIGINT");
    const [code] = (await closed) as [number | null];
    return code ?? -1;
  }

  /** As a power cut does, for the processes: node, and the workerd it has started, at once. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child?.pid === undefined || child.exitCode !== null) return;
    const closed = once(child, "close");
    for (const pid of [child.pid, ...(await descendants(child.pid))]) killOne(pid);
    await closed;
  }

  /** The processes of the server: node first. */
  async processes(): Promise<number[]> {
    const pid = this.#child?.pid;
    return pid === undefined ? [] : [pid, ...(await descendants(pid))];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** A port of loopback that was free a moment ago. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, "close");
  return port;
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(5_000) })).ok;
  } catch {
    return false;
  }
}

/** The processes that descend from one, by /proc. */
async function descendants(pid: number): Promise<number[]> {
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  const lists = await Promise.all(
    threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/children`, "utf8").catch(() => "")),
  );
  const children = lists.flatMap((list) => list.split(" ").filter(Boolean).map(Number));
  const below = await Promise.all(children.map(descendants));
  return [...children, ...below.flat()];
}

function killOne(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It was gone already.
  }
}
