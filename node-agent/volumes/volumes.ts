import { randomBytes } from "node:crypto";
import { mkdir, readdir, rename, stat } from "node:fs/promises";
import path from "node:path";
import { HubError } from "#shared/errors";
import { execute, succeed } from "../host/exec.ts";
import { codeOf, readOptional, writeAtomically } from "../host/files.ts";
import { resolveInRoot } from "../host/root-path.ts";
import { fill, finishFilling } from "./copy-up.ts";
import { checkVolumeName, type PlannedMount } from "./plan.ts";

export interface Volume {
  name: string;
  labels: Readonly<Record<string, string>>;
  options: Readonly<Record<string, string>>;
  /** Milliseconds since 1970. */
  createdAt: number;
  /** It was made for a container that named none. */
  anonymous: boolean;
  /** The folder that containers see. */
  mountpoint: string;
}

interface VolumeWish {
  name?: string | undefined;
  driver?: string | undefined;
  labels?: Readonly<Record<string, string>> | undefined;
  options?: Readonly<Record<string, string>> | undefined;
}

/** A folder or file of the host that a container sees. */
export interface BoundVolume {
  source: string;
  destination: string;
  readOnly: boolean;
  propagation: string;
  nonRecursive: boolean;
}

interface VolumesOptions {
  /** All volumes lie in it, one folder each. */
  folder: string;
  /** The containers that have a volume, by their ids, also those that do not run. */
  usersOf: (name: string) => readonly string[];
  onEvent?: (event: VolumeEvent) => void;
}

/** What has happened to a volume. */
export interface VolumeEvent {
  action: "create" | "destroy";
  name: string;
  /** Milliseconds since 1970. */
  at: number;
}

const draft = ".new-";
const gone = ".gone-";

/**
 * The volumes of this host. Each is a folder with what is known of it (`volume.json`) and what is in it (`_data`). It comes and goes
 * whole, by a rename; what a kill has left on the way is removed when this is opened.
 */
export class Volumes {
  readonly #options: VolumesOptions;
  readonly #volumes = new Map<string, Volume>();
  /** One thing at a time with each volume. */
  readonly #turns = new Map<string, Promise<unknown>>();

  private constructor(options: VolumesOptions) {
    this.#options = options;
  }

  static async open(options: VolumesOptions): Promise<Volumes> {
    const volumes = new Volumes(options);
    await mkdir(options.folder, { recursive: true, mode: 0o711 });
    for (const name of await readdir(options.folder)) {
      const place = path.join(options.folder, name);
      if (name.startsWith(draft) || name.startsWith(gone)) await erase(place);
      else await volumes.#read(name);
    }
    return volumes;
  }

  list(): Volume[] {
    return [...this.#volumes.values()];
  }

  /** @throws HubError `not-found`. */
  inspect(name: string): Volume {
    const found = this.#volumes.get(name);
    if (found === undefined) throw new HubError("not-found", `get ${name}: no such volume`);
    return found;
  }

  /** Where the content of a volume of that name lies, whether there is one or not. */
  placeOf(name: string): string {
    return path.join(this.#options.folder, name, "_data");
  }

  /**
   * Makes a volume; gives the one that is there already.
   *
   * @throws HubError `invalid` for its name, `unsupported` for drivers and options that there are none of.
   */
  async create(wish: VolumeWish = {}): Promise<Volume> {
    const { driver = "", options = {} } = wish;
    if (driver !== "" && driver !== "local")
      throw new HubError(
        "not-found",
        `error looking up volume plugin ${driver}: plugin "${driver}" not found`,
      );
    const [option] = Object.keys(options);
    if (option !== undefined)
      throw new HubError(
        "unsupported",
        `invalid option: "${option}"; volumes take no options here: mount the folder of the host with -v instead`,
      );
    const anonymous = wish.name === undefined || wish.name === "";
    const name = anonymous ? randomBytes(32).toString("hex") : checkVolumeName(wish.name ?? "");
    return this.#inTurn(name, () => this.#make(name, wish.labels ?? {}, anonymous));
  }

  /**
   * @param options.force says nothing where there is none.
   * @throws HubError `not-found`; `conflict` while a container has it.
   */
  async remove(name: string, { force = false } = {}): Promise<void> {
    await this.#inTurn(name, async () => {
      if (force && !this.#volumes.has(name)) return;
      const { mountpoint } = this.inspect(name);
      const users = this.#options.usersOf(name);
      if (users.length > 0)
        throw new HubError("conflict", `remove ${name}: volume is in use - [${users.join(", ")}]`);
      const away = path.join(this.#options.folder, `${gone}${randomBytes(6).toString("hex")}`);
      await rename(path.dirname(mountpoint), away);
      this.#volumes.delete(name);
      this.#options.onEvent?.({ action: "destroy", name, at: Date.now() });
      await erase(away);
    });
  }

  /** Removes volumes that no container has. @returns their names, and how many bytes they took. */
  async prune(wanted: (volume: Volume) => boolean): Promise<{ removed: string[]; bytes: number }> {
    const removed: string[] = [];
    let bytes = 0;
    for (const volume of this.list().filter(wanted)) {
      if (this.#options.usersOf(volume.name).length > 0) continue;
      const size = await this.size(volume.name);
      try {
        await this.remove(volume.name);
      } catch (error) {
        // A container took it, or somebody else removed it, since we looked.
        if (error instanceof HubError) continue;
        throw error;
      }
      removed.push(volume.name);
      bytes += size;
    }
    return { removed, bytes };
  }

  /** Bytes that it takes on the disk. */
  async size(name: string): Promise<number> {
    // Files may go while it counts: what it has counted is as good an answer.
    const { stdout } = await execute("du", ["-s", "-x", "--block-size=1", this.inspect(name).mountpoint]);
    return Number.parseInt(stdout, 10) || 0;
  }

  /**
   * Makes the volumes that a container is going to mount, empty where there are none yet.
   *
   * @throws HubError `invalid` for a folder of the host that has to be there and is not.
   */
  async provide(plan: readonly PlannedMount[]): Promise<void> {
    for (const mount of plan)
      if (mount.kind === "volume")
        await this.#inTurn(mount.source, () => this.#make(mount.source, mount.labels, mount.anonymous));
      else if (!mount.makeSource) await folderOfHost(mount);
  }

  /**
   * Makes everything that a container mounts, and says where it lies. It may be done again.
   *
   * @param rootfs the container's root file system, mounted; nothing runs in it.
   * @throws HubError `invalid` for a folder of the host that has to be there and is not.
   */
  async prepare(plan: readonly PlannedMount[], rootfs: string): Promise<BoundVolume[]> {
    const found: BoundVolume[] = [];
    for (const mount of plan) {
      const { destination, readOnly, propagation, nonRecursive } = mount;
      const source = mount.kind === "bind" ? await folderOfHost(mount) : await this.#folderOf(mount, rootfs);
      found.push({ source, destination, readOnly, propagation, nonRecursive });
    }
    return found;
  }

  #folderOf({ source: name, destination, ...mount }: PlannedMount, rootfs: string): Promise<string> {
    return this.#inTurn(name, async () => {
      const { mountpoint } = await this.#make(name, mount.labels, mount.anonymous);
      if (mount.copyUp) await fill(path.dirname(mountpoint), rootfs, destination);
      if (mount.subpath === "") return mountpoint;
      try {
        return await resolveInRoot(mountpoint, mount.subpath);
      } catch (cause) {
        throw new HubError("invalid", `cannot find ${mount.subpath} in volume ${name}`, { cause });
      }
    });
  }

  async #make(name: string, labels: Volume["labels"], anonymous: boolean): Promise<Volume> {
    const before = this.#volumes.get(name);
    if (before !== undefined) return before;
    const { folder } = this.#options;
    const place = path.join(folder, `${draft}${randomBytes(6).toString("hex")}`);
    const known = { labels, options: {}, createdAt: Date.now(), anonymous };
    await mkdir(path.join(place, "_data"), { recursive: true, mode: 0o755 });
    await writeAtomically(path.join(place, "volume.json"), JSON.stringify(known));
    await rename(place, path.join(folder, name));
    const volume = { name, ...known, mountpoint: this.placeOf(name) };
    this.#volumes.set(name, volume);
    this.#options.onEvent?.({ action: "create", name, at: known.createdAt });
    return volume;
  }

  /** What is no volume stays alone: somebody has put it there. */
  async #read(name: string): Promise<void> {
    const place = path.join(this.#options.folder, name);
    if (!(await stat(place)).isDirectory()) return;
    const text = await readOptional(path.join(place, "volume.json"));
    if (text === undefined) return;
    await finishFilling(place);
    const known = JSON.parse(text) as Omit<Volume, "name" | "mountpoint">;
    this.#volumes.set(name, { ...known, name, mountpoint: this.placeOf(name) });
  }

  async #inTurn<T>(name: string, work: () => Promise<T>): Promise<T> {
    const turn = (this.#turns.get(name) ?? Promise.resolve()).then(work, work);
    this.#turns.set(name, turn);
    try {
      return await turn;
    } finally {
      if (this.#turns.get(name) === turn) this.#turns.delete(name);
    }
  }
}

async function folderOfHost({ source, makeSource }: PlannedMount): Promise<string> {
  try {
    await stat(source);
  } catch (error) {
    if (codeOf(error) !== "ENOENT" || !makeSource)
      throw new HubError(
        "invalid",
        `invalid mount config for type "bind": bind source path does not exist: ${source}`,
        { cause: error },
      );
    await mkdir(source, { recursive: true });
  }
  return source;
}

/** Names in it need not be UTF-8, which Node's own rm would not find. */
async function erase(place: string): Promise<void> {
  await succeed("rm", ["-rf", "--one-file-system", place], { deadline: 600_000 });
}
