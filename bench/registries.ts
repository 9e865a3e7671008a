import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort, Server } from "../test/support/server.ts";
import { type Credential, RegistryClient } from "./registry-client.ts";

/** A registry that runs for one benchmark, with an empty store of its own. */
export interface Registry extends AsyncDisposable {
  name: string;
  /** host:port, as image names begin. */
  host: string;
  base: string;
  credential: Credential | undefined;
  client: RegistryClient;
  /** Its process ids. */
  processes(): Promise<number[]>;
}

/** Wherry as `npm start` runs it. */
export async function startWherry(): Promise<Registry> {
  const server = await Server.start();
  const credential = { user: "admin", password: server.adminToken };
  return {
    name: "ours",
    host: server.host,
    base: server.url,
    credential,
    client: new RegistryClient(server.url, credential),
    processes: () => server.processes(),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/**
 * Debian's docker-registry as its package configures it (file system, deletes allowed, descriptors cached in memory), but
 * without password and without a log line for each request.
 *
 * @param directory gets its settings and its store.
 * @throws Error with what it printed when it does not answer within some seconds.
 */
export async function startPeer(directory: string): Promise<Registry> {
  await mkdir(directory, { recursive: true });
  const host = `127.0.0.1:${await freePort()}`;
  const settings = `${directory}/settings.yml`;
  await writeFile(settings, settingsOf(host, `${directory}/data`));
  const child = spawn("docker-registry", ["serve", settings], { stdio: ["ignore", "ignore", "pipe"] });
  let output = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (output += text));
  const closed = once(child, "close");
  const stop = async () => {
    child.kill("SIGKILL");
    await closed;
  };
  const end = Date.now() + 20_000;
  while (!(await answers(`http://${host}/v2/`))) {
    if (child.exitCode !== null || Date.now() > end) {
      await stop();
      throw new Error(`docker-registry is not ready. It printed:\n${output}`);
    }
    await sleep(50);
  }
  return {
    name: "docker-registry",
    host,
    base: `http://${host}`,
    credential: undefined,
    client: new RegistryClient(`http://${host}`, undefined),
    processes: async () => [child.pid ?? 0],
    [Symbol.asyncDispose]: stop,
  };
}

const settingsOf = (address: string, directory: string): string => `version: 0.1
log: {level: error, accesslog: {disabled: true}}
storage:
  cache: {blobdescriptor: inmemory}
  filesystem: {rootdirectory: ${directory}}
  delete: {enabled: true}
http: {addr: "${address}"}
`;

async function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    (response) => response.ok,
    () => false,
  );
}
