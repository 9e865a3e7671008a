import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { PassThrough, type Writable } from "node:stream";
import { HubError } from "#shared/errors";
import { bootId } from "../host/boot.ts";
import { succeed } from "../host/exec.ts";
import type { Runtime, RuntimeStats } from "../runtime/index.ts";
import { adopt, sweep } from "./adoption.ts";
import { hostBinds } from "./binds.ts";
import { Container, type WaitCondition } from "./container.ts";
import { parseCreateBody, parseUpdateBody } from "./create-body.ts";
import type { ContainerEvent } from "./events.ts";
import { type Exec, Execs, type ExecStreams, type ExecWish } from "./execs.ts";
import { watchHealth } from "./health-checks.ts";
import { blockDevice, readHostFacts } from "./host.ts";
import { withImageDefaults } from "./image-defaults.ts";
import { containerFolder, mayDo, remove, sendSignal, start, stop, takeEnd } from "./lifecycle.ts";
import { rotate } from "./log-files.ts";
import type { LogEntry } from "./log-lines.ts";
import { endOfLog, logLimits, type LogQuery, readLog } from "./logs.ts";
import { checkName, inventName } from "./names.ts";
import { checkRestartPolicy } from "./restart-policy.ts";
import { resourcesOf } from "./spec/resources.ts";
import { initialState } from "./state.ts";
import { type ContainerRecord, ContainerStore } from "./store.ts";
import type { NetworkSource, RootfsSource, VolumeSource } from "./surroundings.ts";
import type { World } from "./world.ts";

export interface ContainersOptions {
  /** What outlives a reboot is kept here. */
  data: string;
  runtime: Runtime;
  rootfs: RootfsSource;
  network?: NetworkSource;
  volumes?: VolumeSource;
  onEvent?: (event: ContainerEvent) => void;
  /** Told, as a sentence, of what goes wrong where nobody waits for it. */
  onComplaint?: (sentence: string) => void;
  signal: AbortSignal;
}

export interface CreateWish {
  /** Invented where it is not given. */
  name?: string | undefined;
  /** What the root file systems know the image by. */
  image: string;
  /** The `config` of the image's configuration. */
  imageConfig?: unknown;
  /** Docker's create body. */
  body: unknown;
}

/** Milliseconds between two looks at whether logs are to be rotated, and at containers whose end nobody has told of. */
const lookInterval = 2000;

/** Everything is in a network of its own without anything, or in the host's. */
const noNetworks: NetworkSource = {
  prepare: ({ config }) => {
    const { NetworkMode } = config.HostConfig;
    if (NetworkMode === "host") return Promise.resolve({ place: { kind: "host" } });
    if (NetworkMode === "none" || config.NetworkDisabled) return Promise.resolve({ place: { kind: "none" } });
    throw new HubError("unsupported", `there is no network "${NetworkMode || "bridge"}": give none or host`);
  },
  release: () => Promise.resolve(),
};

/**
 * The containers of this host. They belong to nobody: they go on when this ends, and the next one that is opened on the same folders takes
 * them up (adoption.ts). One at a time has the folders.
 */
export class Containers implements AsyncDisposable {
  readonly #options: ContainersOptions;
  readonly #store: ContainerStore;
  readonly #world: World;
  readonly #execs: Execs;
  readonly #containers = new Map<string, Container>();
  readonly #stop = new AbortController();
  /** Names that are being given. */
  #looking: NodeJS.Timeout | undefined;

  private constructor(
    options: ContainersOptions,
    store: ContainerStore,
    world: Omit<World, "find" | "forget" | "emit" | "signal">,
  ) {
    this.#options = options;
    this.#store = store;
    this.#world = {
      ...world,
      find: (reference) => this.#find(reference),
      forget: (container) => this.#forget(container),
      emit: (container, action, attributes = {}) => this.#emit(container, action, attributes),
      signal: AbortSignal.any([options.signal, this.#stop.signal]),
    };
    this.#execs = new Execs(this.#world);
  }

  /** Opens the containers of a folder, and takes up what runs. @throws HubError `conflict` when another process has them. */
  static async open(options: ContainersOptions): Promise<Containers> {
    const data = path.resolve(options.data);
    await mkdir(path.join(data, "containers"), { recursive: true, mode: 0o700 });
    const store = new ContainerStore(path.join(data, "containers.db"), bootId());
    try {
      const opened = new Containers({ ...options, data }, store, {
        runtime: options.runtime,
        rootfs: options.rootfs,
        network: options.network ?? noNetworks,
        volumes: options.volumes ?? { prepare: ({ config }) => hostBinds(config.HostConfig) },
        host: await readHostFacts(),
        complain: options.onComplaint ?? (() => {}),
      });
      await opened.#takeUp();
      return opened;
    } catch (error) {
      store.close();
      throw error;
    }
  }

  /** @throws HubError `invalid`, `unsupported`; `conflict` for a name that is taken. */
  async create({ name, image, imageConfig, body }: CreateWish): Promise<ContainerRecord> {
    const id = randomBytes(32).toString("hex");
    const config = withImageDefaults(parseCreateBody(body), imageConfig);
    const { HostConfig } = config;
    checkRestartPolicy(HostConfig.RestartPolicy, HostConfig.AutoRemove);
    logLimits(HostConfig.LogConfig);
    resourcesOf(HostConfig, this.#world.host, blockDevice);
    if (config.Hostname === "" && HostConfig.UTSMode !== "host") config.Hostname = id.slice(0, 12);
    const record: ContainerRecord = {
      id,
      name: this.#freeName(name),
      image,
      config,
      createdAt: Date.now(),
      state: initialState,
      health: undefined,
    };
    const container = this.#add(record);
    return container.inTurn(async () => {
      try {
        // What no record names is removed when the agent comes up: the folder may come first.
        await mkdir(container.logFolder, { recursive: true, mode: 0o700 });
        this.#store.put(record);
      } catch (error) {
        this.#containers.delete(id);
        throw error;
      }
      this.#emit(container, "create");
      return record;
    });
  }

  /** By its id, its name, or the beginning of its id. @throws HubError `not-found`, `invalid` for a beginning of several. */
  inspect(reference: string): ContainerRecord {
    return this.#find(reference).record;
  }

  /** All, the newest first. */
  list(): ContainerRecord[] {
    return [...this.#containers.values()]
      .map(({ record }) => record)
      .toSorted((a, b) => b.createdAt - a.createdAt);
  }

  /** @returns false when it runs already. */
  start(reference: string): Promise<boolean> {
    return start(this.#world, this.#find(reference));
  }

  /** @param options.seconds until it is killed; -1 is never. @returns false when it does not run. */
  stop(reference: string, options: { seconds?: number; signal?: string } = {}): Promise<boolean> {
    return stop(this.#world, this.#find(reference), options);
  }

  async restart(reference: string, options: { seconds?: number; signal?: string } = {}): Promise<void> {
    const container = this.#find(reference);
    await stop(this.#world, container, options);
    await start(this.#world, container);
    this.#emit(container, "restart");
  }

  kill(reference: string, signal = "KILL"): Promise<void> {
    return sendSignal(this.#world, this.#find(reference), signal);
  }

  pause(reference: string): Promise<void> {
    const container = this.#find(reference);
    return container.inTurn(async () => {
      mayDo(container, "pause");
      await this.#world.runtime.pause(container.id);
      container.note({ kind: "paused" });
      this.#emit(container, "pause");
    });
  }

  unpause(reference: string): Promise<void> {
    const container = this.#find(reference);
    return container.inTurn(async () => {
      mayDo(container, "unpause");
      await this.#world.runtime.resume(container.id);
      container.note({ kind: "unpaused" });
      this.#emit(container, "unpause");
    });
  }

  /** The exit code once the condition is met. That somebody waits is noted before this returns. */
  wait(reference: string, condition: WaitCondition = "not-running"): Promise<number> {
    return this.#find(reference).wait(condition);
  }

  async remove(reference: string, { force = false } = {}): Promise<void> {
    await remove(this.#world, this.#find(reference), force);
  }

  /** @throws HubError `conflict` for a name that is taken. */
  rename(reference: string, name: string): void {
    const container = this.#find(reference);
    const oldName = container.record.name;
    const free = this.#freeName(name);
    container.change({ name: free });
    this.#emit(container, "rename", { oldName: `/${oldName}` });
  }

  /** Changes limits and the restart policy, of what the body says; the rest stays. @throws HubError `invalid`. */
  update(reference: string, body: unknown): Promise<void> {
    const container = this.#find(reference);
    return container.inTurn(async () => {
      const { config } = container.record;
      const asked = parseUpdateBody(body);
      const said = Object.entries(asked).filter(
        ([name, value]) =>
          !isUnsaid(value) && name !== "RestartPolicy" && !(name === "MemorySwappiness" && value === -1),
      );
      const HostConfig = {
        ...config.HostConfig,
        ...(Object.fromEntries(said) as Partial<typeof config.HostConfig>),
      };
      if (asked.RestartPolicy.Name !== "") HostConfig.RestartPolicy = asked.RestartPolicy;
      checkRestartPolicy(HostConfig.RestartPolicy, HostConfig.AutoRemove);
      const resources = resourcesOf(HostConfig, this.#world.host, blockDevice);
      if (container.runs && said.length > 0) await this.#world.runtime.update(container.id, resources);
      container.change({ config: { ...config, HostConfig } });
      this.#emit(container, "update");
    });
  }

  async resize(reference: string, rows: number, columns: number): Promise<void> {
    const container = this.#find(reference);
    mayDo(container, "resize");
    await this.#world.runtime.resize(container.id, rows, columns);
  }

  /**
   * What a container writes from now on, until its run ends, and its standard input. One that is not started is waited for: so who
   * attaches before the start sees all.
   *
   * @param options.logs what it has written before, too.
   * @param options.signal aborts when nobody reads any more.
   */
  async attach(
    reference: string,
    options: { stdin?: boolean; logs?: boolean; signal: AbortSignal },
  ): Promise<{ output: AsyncGenerator<LogEntry[]>; stdin: Writable | undefined }> {
    const container = this.#find(reference);
    const { run } = container;
    // In its turn: nobody renames a file of the log between the look at it and its opening.
    const from = options.logs ? undefined : await container.inTurn(() => endOfLog(container.logFolder));
    const query = { stdout: true, stderr: true, follow: run.ended.signal, signal: options.signal, from };
    const stdin = options.stdin && container.record.config.OpenStdin ? new PassThrough() : undefined;
    if (stdin !== undefined) void this.#connect(container, run.started.promise, stdin);
    stdin?.on("error", () => {});
    this.#emit(container, "attach");
    return { output: held(container, readLog(container.logFolder, query)), stdin };
  }

  /** @param query.follow goes on until the container's run ends. */
  logs(
    reference: string,
    query: Omit<LogQuery, "follow"> & { follow?: boolean },
  ): AsyncGenerator<LogEntry[]> {
    const container = this.#find(reference);
    const { follow, ...rest } = query;
    const ended = follow && container.runs ? container.run.ended.signal : undefined;
    return readLog(container.logFolder, { ...rest, follow: ended });
  }

  /** What ps(1) says of the container's processes: titles, and one row for each. */
  async top(
    reference: string,
    args: readonly string[] = ["-ef"],
  ): Promise<{ titles: string[]; processes: string[][] }> {
    const container = this.#find(reference);
    mayDo(container, "top");
    if (args.some((argument) => !/^[\w,=:+-]+$/.test(argument)))
      throw new HubError("invalid", `invalid arguments of ps: ${args.join(" ")}`);
    const pids = new Set((await this.#world.runtime.processes(container.id)).map(String));
    const [head = "", ...lines] = (await succeed("ps", args)).trimEnd().split("\n");
    const titles = head.trim().split(/\s+/);
    const column = titles.indexOf("PID");
    if (column < 0) throw new HubError("invalid", "Couldn't find PID field in ps output");
    const rows = lines.map((line) => {
      const fields = line.trim().split(/\s+/);
      // The last column is the command, with its spaces.
      return [...fields.slice(0, titles.length - 1), fields.slice(titles.length - 1).join(" ")];
    });
    return { titles, processes: rows.filter((row) => pids.has(row[column] ?? "")) };
  }

  /** Undefined when it does not run. */
  async stats(reference: string): Promise<RuntimeStats | undefined> {
    const container = this.#find(reference);
    return container.runs ? this.#world.runtime.stats(container.id) : undefined;
  }

  createExec(reference: string, wish: ExecWish): Exec {
    return this.#execs.create(this.#find(reference), wish);
  }

  startExec(id: string, { detached = false } = {}): Promise<ExecStreams | undefined> {
    return this.#execs.start(this.#execs.find(id), detached);
  }

  inspectExec(id: string): Exec {
    return this.#execs.find(id);
  }

  resizeExec(id: string, rows: number, columns: number): Promise<void> {
    return this.#execs.resize(this.#execs.find(id), rows, columns);
  }

  /** Ends what the agent does for containers; they go on. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new Error("the agent ends"));
    clearInterval(this.#looking);
    for (const container of this.#containers.values()) {
      clearTimeout(container.restart);
      await container.inTurn(() => Promise.resolve());
    }
    this.#store.close();
  }

  /** Passes on what is written, once there is somebody to read it. */
  async #connect(container: Container, started: Promise<void>, stdin: PassThrough): Promise<void> {
    try {
      await started;
      const input = await this.#world.runtime.attach(container.id);
      input.once("close", () => stdin.destroy());
      stdin.pipe(input);
    } catch (error) {
      stdin.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  }

  async #takeUp(): Promise<void> {
    for (const record of this.#store.all()) this.#add(record);
    await sweep(this.#world, this.#options.data, new Set(this.#containers.keys()));
    const all = [...this.#containers.values()];
    for (const container of all) {
      await adopt(this.#world, container);
      if (container.runs) void watchHealth(this.#world, this.#execs, container);
    }
    this.#world.runtime.onExit((id) => this.#ended(id), this.#world.signal);
    this.#looking = setInterval(() => void this.#look(), lookInterval);
  }

  #ended(id: string): void {
    const container = this.#containers.get(id);
    if (container === undefined) return;
    takeEnd(this.#world, container).catch((error: unknown) =>
      this.#world.complain(`the end of ${container.record.name} is not taken up: ${String(error)}`),
    );
  }

  /** Rotates logs, and finds containers whose monitor was lost. */
  async #look(): Promise<void> {
    for (const container of this.#containers.values()) {
      if (!container.runs || this.#world.signal.aborted) continue;
      try {
        if ((await this.#world.runtime.find(container.id)).kind === "lost") this.#ended(container.id);
        else
          await container.inTurn(async () => {
            if (!container.runs) return;
            const { logFolder, logLimits: limits, logReaders, id } = container;
            await rotate(logFolder, limits, () => this.#world.runtime.reopenLog(id), logReaders > 0);
          });
      } catch (error) {
        if (container.runs) this.#world.complain(`${container.record.name}: ${String(error)}`);
      }
    }
  }

  #add(record: ContainerRecord): Container {
    const container = new Container(this.#store, record, containerFolder(this.#options.data, record.id));
    this.#containers.set(record.id, container);
    return container;
  }

  #forget(container: Container): void {
    this.#containers.delete(container.id);
    this.#execs.forget(container);
    this.#store.remove(container.id);
  }

  #find(reference: string): Container {
    const name = reference.replace(/^\//, "");
    const all = [...this.#containers.values()];
    const found = this.#containers.get(name) ?? all.find(({ record }) => record.name === name);
    if (found !== undefined) return found;
    const begun = /^[0-9a-f]+$/.test(name) ? all.filter(({ id }) => id.startsWith(name)) : [];
    if (begun.length > 1) throw new HubError("invalid", `Multiple IDs found with provided prefix: ${name}`);
    const [only] = begun;
    if (only === undefined) throw new HubError("not-found", `No such container: ${reference}`);
    return only;
  }

  #freeName(asked: string | undefined): string {
    const names = new Set(this.list().map(({ name }) => name));
    if (asked === undefined || asked === "") return inventName(names);
    const name = checkName(asked);
    if (!names.has(name)) return name;
    throw new HubError(
      "conflict",
      `Conflict. The container name "/${name}" is already in use by container "${this.#find(name).id}". You have to remove (or rename) that container to be able to reuse that name.`,
    );
  }

  #emit(
    container: Container,
    action: ContainerEvent["action"],
    attributes: Record<string, string> = {},
  ): void {
    const { id, name, image, config } = container.record;
    if (action === "start") {
      container.change({ health: undefined });
      void watchHealth(this.#world, this.#execs, container);
    }
    this.#options.onEvent?.({ action, id, name, image, labels: config.Labels, attributes, at: Date.now() });
  }
}

/** Keeps what has not been read yet from going, however long that takes. */
async function* held(container: Container, output: AsyncGenerator<LogEntry[]>): AsyncGenerator<LogEntry[]> {
  container.logReaders += 1;
  try {
    yield* output;
  } finally {
    container.logReaders -= 1;
  }
}

const isUnsaid = (value: unknown) =>
  value === 0 || value === "" || value === false || (Array.isArray(value) && value.length === 0);
