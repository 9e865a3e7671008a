import { mkdir } from "node:fs/promises";
import path from "node:path";
import { HubError } from "#shared/errors";
import { bootId } from "../host/boot.ts";
import type { Runtime, RuntimeStats } from "../runtime/index.ts";
import { type VolumeEvent, Volumes } from "../volumes/index.ts";
import { adopt, sweep } from "./adoption.ts";
import { attach, type Attached, type AttachOptions } from "./attach.ts";
import type { Container, WaitCondition } from "./container.ts";
import { create, type CreateWish } from "./creation.ts";
import type { ContainerEvent } from "./events.ts";
import { type Exec, Execs, type ExecStreams, type ExecWish } from "./execs.ts";
import { watchHealth } from "./health-checks.ts";
import { readHostFacts } from "./host.ts";
import { KnownContainers } from "./known-containers.ts";
import { usersOf } from "./mount-plan.ts";
import { mayDo, remove, sendSignal, start, stop, takeEnd } from "./lifecycle.ts";
import type { LogEntry } from "./log-lines.ts";
import { type LogQuery, readLog } from "./logs.ts";
import { type ContainerRecord, ContainerStore } from "./store.ts";
import { type NetworkSource, type RootfsSource, writeOwnFiles } from "./surroundings.ts";
import { top } from "./top.ts";
import { update } from "./update.ts";
import { lookAfter } from "./upkeep.ts";
import type { World } from "./world.ts";

export interface ContainersOptions {
  /** What outlives a reboot is kept here. */
  data: string;
  runtime: Runtime;
  rootfs: RootfsSource;
  network?: NetworkSource;
  onVolumeEvent?: (event: VolumeEvent) => void;
  onEvent?: (event: ContainerEvent) => void;
  /** Told, as a sentence, of what goes wrong where nobody waits for it. */
  onComplaint?: (sentence: string) => void;
  signal: AbortSignal;
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
  readonly #known: KnownContainers;
  readonly #stop = new AbortController();
  #looking: NodeJS.Timeout | undefined;

  private constructor(
    options: ContainersOptions,
    store: ContainerStore,
    known: KnownContainers,
    world: Omit<World, "find" | "forget" | "emit" | "signal">,
  ) {
    this.#options = options;
    this.#store = store;
    this.#known = known;
    this.#world = {
      ...world,
      find: (reference) => this.#known.find(reference),
      forget: (container) => {
        this.#execs.forget(container);
        this.#known.forget(container);
      },
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
      const known = new KnownContainers(store, path.join(data, "containers"));
      const volumes = await Volumes.open({
        folder: path.join(data, "volumes"),
        usersOf: (name) => usersOf(known, name),
        ...(options.onVolumeEvent === undefined ? {} : { onEvent: options.onVolumeEvent }),
      });
      const opened = new Containers({ ...options, data }, store, known, {
        runtime: options.runtime,
        rootfs: options.rootfs,
        network: options.network ?? noNetworks,
        volumes,
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
  create(wish: CreateWish): Promise<ContainerRecord> {
    return create(this.#world, this.#known, this.#store, wish);
  }

  /** By its id, its name, or the beginning of its id. @throws HubError `not-found`, `invalid` for a beginning of several. */
  inspect(reference: string): ContainerRecord {
    return this.#known.find(reference).record;
  }

  /** All, the newest first. */
  list(): ContainerRecord[] {
    return this.#known
      .all()
      .map(({ record }) => record)
      .toSorted((a, b) => b.createdAt - a.createdAt);
  }

  /** Has a container that runs see what its networks say of names now. It is nothing to do for one that does not run. */
  refreshNetwork(reference: string): Promise<void> {
    const container = this.#known.find(reference);
    return container.inTurn(async () => {
      if (!container.runs) return;
      await writeOwnFiles(
        container.folder,
        container.record,
        await this.#world.network.prepare(container.record),
      );
    });
  }

  /** @returns false when it runs already. */
  start(reference: string): Promise<boolean> {
    return start(this.#world, this.#known.find(reference));
  }

  /** @param options.seconds until it is killed; -1 is never. @returns false when it does not run. */
  stop(reference: string, options: { seconds?: number; signal?: string } = {}): Promise<boolean> {
    return stop(this.#world, this.#known.find(reference), options);
  }

  async restart(reference: string, options: { seconds?: number; signal?: string } = {}): Promise<void> {
    const container = this.#known.find(reference);
    await stop(this.#world, container, options);
    await start(this.#world, container);
    this.#emit(container, "restart");
  }

  kill(reference: string, signal = "KILL"): Promise<void> {
    return sendSignal(this.#world, this.#known.find(reference), signal);
  }

  pause(reference: string): Promise<void> {
    const container = this.#known.find(reference);
    return container.inTurn(async () => {
      mayDo(container, "pause");
      await this.#world.runtime.pause(container.id);
      container.note({ kind: "paused" });
      this.#emit(container, "pause");
    });
  }

  unpause(reference: string): Promise<void> {
    const container = this.#known.find(reference);
    return container.inTurn(async () => {
      mayDo(container, "unpause");
      await this.#world.runtime.resume(container.id);
      container.note({ kind: "unpaused" });
      this.#emit(container, "unpause");
    });
  }

  /** The exit code once the condition is met. That somebody waits is noted before this returns. */
  wait(reference: string, condition: WaitCondition = "not-running"): Promise<number> {
    return this.#known.find(reference).wait(condition);
  }

  /** @param options.volumes takes the anonymous ones with it. @throws HubError `conflict` when it runs, unless `force`. */
  async remove(reference: string, { force = false, volumes = false } = {}): Promise<void> {
    await remove(this.#world, this.#known.find(reference), { force, volumes });
  }

  /** The volumes of this host: each stays while a container has it. */
  get volumes(): Volumes {
    return this.#world.volumes;
  }

  /** The containers that have a volume, by their ids. */
  usersOf(volume: string): string[] {
    return usersOf(this.#known, volume);
  }

  /** @throws HubError `conflict` for a name that is taken. */
  rename(reference: string, name: string): void {
    const container = this.#known.find(reference);
    const oldName = container.record.name;
    const free = this.#known.freeName(name);
    container.change({ name: free });
    this.#emit(container, "rename", { oldName: `/${oldName}` });
  }

  /** Changes limits and the restart policy, of what the body says; the rest stays. @throws HubError `invalid`. */
  update(reference: string, body: unknown): Promise<void> {
    return update(this.#world, this.#known.find(reference), body);
  }

  async resize(reference: string, rows: number, columns: number): Promise<void> {
    const container = this.#known.find(reference);
    mayDo(container, "resize");
    await this.#world.runtime.resize(container.id, rows, columns);
  }

  /** What a container writes from now on, until its run ends, and its standard input (attach.ts). */
  attach(reference: string, options: AttachOptions): Promise<Attached> {
    return attach(this.#world, this.#known.find(reference), options);
  }

  /** @param query.follow goes on until the container's run ends. */
  logs(
    reference: string,
    query: Omit<LogQuery, "follow"> & { follow?: boolean },
  ): AsyncGenerator<LogEntry[]> {
    const container = this.#known.find(reference);
    const { follow, ...rest } = query;
    const ended = follow && container.runs ? container.run.ended.signal : undefined;
    return readLog(container.logFolder, { ...rest, follow: ended });
  }

  /** What ps(1) says of the container's processes: titles, and one row for each. */
  top(reference: string, args: readonly string[] = ["-ef"]): ReturnType<typeof top> {
    return top(this.#world, this.#known.find(reference), args);
  }

  /** Undefined when it does not run. */
  async stats(reference: string): Promise<RuntimeStats | undefined> {
    const container = this.#known.find(reference);
    return container.runs ? this.#world.runtime.stats(container.id) : undefined;
  }

  createExec(reference: string, wish: ExecWish): Exec {
    return this.#execs.create(this.#known.find(reference), wish);
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
    for (const container of this.#known.all()) {
      clearTimeout(container.restart);
      await container.inTurn(() => Promise.resolve());
    }
    this.#store.close();
  }

  async #takeUp(): Promise<void> {
    for (const record of this.#store.all()) this.#known.add(record);
    const all = this.#known.all();
    await sweep(this.#world, this.#options.data, new Set(all.map(({ id }) => id)));
    for (const container of all) {
      await adopt(this.#world, container);
      if (container.runs) void watchHealth(this.#world, this.#execs, container);
    }
    this.#world.runtime.onExit((id) => this.#ended(id), this.#world.signal);
    this.#looking = setInterval(() => void this.#look(), lookInterval);
  }

  #ended(id: string): void {
    const container = this.#known.byId(id);
    if (container === undefined) return;
    takeEnd(this.#world, container).catch((error: unknown) =>
      this.#world.complain(`the end of ${container.record.name} is not taken up: ${String(error)}`),
    );
  }

  async #look(): Promise<void> {
    for (const container of this.#known.all()) await lookAfter(this.#world, container);
  }

  #emit(
    container: Container,
    action: ContainerEvent["action"],
    attributes: Record<string, string> = {},
  ): void {
    const { id, name, config } = container.record;
    if (action === "start") {
      container.change({ health: undefined });
      void watchHealth(this.#world, this.#execs, container);
    }
    const { Image: image, Labels: labels } = config;
    this.#options.onEvent?.({ action, id, name, image, labels, attributes, at: Date.now() });
  }
}
