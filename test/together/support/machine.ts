import { mkdir, mkdtemp, readFile, readdir, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { findProgram, run, succeed, type Outcome } from "../../support/command.ts";
import { DockerDaemon } from "./docker-daemon.ts";

/** The clients that people push and pull with. */
export const clients = ["docker", "podman", "skopeo", "buildah"] as const;
export type Client = (typeof clients)[number];

/**
 * Somebody's machine: image stores, a Docker daemon and logins of its own under one temporary folder. Nothing of the host's own
 * engines is read or changed. At the end everything is unmounted and removed, and what would stay behind is an error.
 */
export class Machine implements AsyncDisposable {
  /** For what a test puts on the machine. */
  readonly folder: string;
  readonly #daemon: DockerDaemon;

  private constructor(folder: string, daemon: DockerDaemon) {
    this.folder = folder;
    this.#daemon = daemon;
  }

  static async start(): Promise<Machine> {
    const folder = await mkdtemp(path.join(await realpath(tmpdir()), "wherry-machine-"));
    try {
      await writeFile(path.join(folder, "storage.conf"), storageSettings(folder));
      await writeFile(path.join(folder, "containers.conf"), podmanSettings(folder));
      return new Machine(folder, await DockerDaemon.start(path.join(folder, "docker")));
    } catch (error) {
      await removeFolder(folder);
      throw error;
    }
  }

  /** Runs a client and returns how it ended. */
  async run(client: Client, args: readonly string[], input?: string): Promise<Outcome> {
    return run(client, args, await this.#options(client, input));
  }

  /** Runs a client and returns what it printed, without the last line feed. @throws Error when it fails. */
  async succeed(client: Client, args: readonly string[], input?: string): Promise<string> {
    return (await succeed(client, args, await this.#options(client, input))).trimEnd();
  }

  /** Runs a client that has to fail, and returns all it printed. @throws Error when it succeeds. */
  async fail(client: Client, args: readonly string[], input?: string): Promise<string> {
    const { code, stdout, stderr } = await this.run(client, args, input);
    if (code === 0) throw new Error(`${client} ${args.join(" ")} succeeded:\n${stdout}${stderr}`);
    return stdout + stderr;
  }

  /** What of the environment leads a client to this machine's own daemon, images and logins. */
  async environment(client: Client): Promise<Readonly<Record<string, string>>> {
    const logins = await this.#prepareLogins(client);
    return client === "docker"
      ? { DOCKER_HOST: this.#daemon.address, DOCKER_CONFIG: logins, DOCKER_CONTEXT: "" }
      : {
          CONTAINERS_STORAGE_CONF: path.join(this.folder, "storage.conf"),
          CONTAINERS_CONF: path.join(this.folder, "containers.conf"),
          REGISTRY_AUTH_FILE: path.join(logins, "auth.json"),
        };
  }

  /** Forgets images, so that a pull has to fetch them. */
  async forgetImages(client: "docker" | "podman"): Promise<void> {
    const images = await this.succeed(client, ["image", "ls", "--quiet", "--no-trunc"]);
    const ids = [...new Set(images.split("\n").filter(Boolean))];
    if (ids.length > 0) await this.succeed(client, ["image", "rm", "--force", ...ids]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#daemon[Symbol.asyncDispose]();
    await removeFolder(this.folder);
  }

  async #options(client: Client, input: string | undefined) {
    return {
      env: await this.environment(client),
      deadline: 180_000,
      cwd: this.folder,
      ...(input === undefined ? {} : { input }),
    };
  }

  /** The folder of a client's logins. podman refuses a file of logins that is not there. */
  async #prepareLogins(client: Client): Promise<string> {
    const folder = path.join(this.folder, "logins", client);
    await mkdir(folder, { recursive: true });
    await writeFile(path.join(folder, "auth.json"), "{}", { flag: "wx" }).catch(() => {});
    return folder;
  }
}

function storageSettings(folder: string): string {
  return `[storage]
driver = "overlay"
graphroot = "${folder}/podman/images"
runroot = "${folder}/podman/run"
`;
}

/** What works also inside a container: no systemd, no journal, limits that we may set. runc takes hybrid cgroups, crun does not. */
function podmanSettings(folder: string): string {
  return `[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
log_driver = "k8s-file"
[engine]
cgroup_manager = "cgroupfs"
events_logger = "none"
lock_type = "file"
runtime = "runc"
static_dir = "${folder}/podman/state"
tmp_dir = "${folder}/podman/tmp"
volume_path = "${folder}/podman/volumes"
`;
}

/** Unmounts what is mounted below a folder, and removes it. @throws Error when a mount or a process stays. */
async function removeFolder(folder: string): Promise<void> {
  for (const mount of (await mountsBelow(folder)).toReversed()) {
    await run(findProgram("umount") ?? "umount", ["--lazy", mount]);
  }
  const mounts = await mountsBelow(folder);
  if (mounts.length > 0) throw new Error(`These mounts of the tests are still there: ${mounts.join(", ")}`);
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  const processes = await processesNaming(folder);
  if (processes.length > 0)
    throw new Error(`These processes of the tests still run: ${processes.join(", ")}`);
}

async function mountsBelow(folder: string): Promise<string[]> {
  const table = await readFile("/proc/self/mountinfo", "utf8");
  const places = table.split("\n").map((line) => line.split(" ")[4] ?? "");
  return places.filter((place) => place.startsWith(`${folder}/`));
}

/** The running processes whose command line names the folder. One that has ended and waits for its parent has no command line. */
async function processesNaming(folder: string): Promise<string[]> {
  const entries = (await readdir("/proc")).filter((entry) => /^\d+$/.test(entry));
  const commands = await Promise.all(
    entries.map(
      async (pid) => [pid, await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")] as const,
    ),
  );
  return commands
    .filter(([pid, command]) => command.includes(folder) && Number(pid) !== process.pid)
    .map(([pid, command]) => `${pid} ${command.replaceAll("\0", " ").trim()}`);
}
