import { rm } from "node:fs/promises";
import path from "node:path";
import { HubError } from "#shared/errors";
import { RuntimeError } from "../runtime/index.ts";
import type { Container } from "./container.ts";
import { blockDevice, findDevices } from "./host.ts";
import { currentLog } from "./log-files.ts";
import { restartDelay } from "./restart-policy.ts";
import { readRootFile } from "./root-file.ts";
import { signalNumber } from "./signals.ts";
import { containerSpec } from "./spec.ts";
import { sharedContainer } from "./spec/namespaces.ts";
import { startFailure } from "./start-errors.ts";
import { objection, type Request } from "./state.ts";
import type { ContainerRecord } from "./store.ts";
import { writeOwnFiles } from "./surroundings.ts";
import type { World } from "./world.ts";

const kill = 9;
/** Seconds that a container has to end when it is asked to, as Docker's. */
const patience = 10;
/** Milliseconds until one that was killed must have ended: it can hang in the kernel, on a disk that does not answer. */
const killed = 30_000;

/** @throws HubError `conflict` when it cannot be done now. @returns whether there is anything to do. */
export function mayDo(container: Container, request: Request): boolean {
  const found = objection(container.record.state, request, container.record.name);
  if (found instanceof HubError) throw found;
  return found === undefined;
}

/**
 * Starts a container. Everything that a failed start has made is gone again.
 *
 * @returns false when it runs already.
 * @throws HubError with Docker's words for what the runtime refuses.
 */
export function start(world: World, container: Container): Promise<boolean> {
  return container.inTurn(async () => {
    if (!mayDo(container, "start")) return false;
    clearTimeout(container.restart);
    try {
      const pid = await launch(world, container);
      container.note({ kind: "started", pid, at: Date.now() });
    } catch (error) {
      await fail(world, container, error);
      throw shown(error);
    }
    container.run.started.resolve();
    world.emit(container, "start");
    return true;
  });
}

async function launch(world: World, container: Container): Promise<number> {
  const { id, record, folder } = container;
  const { config } = record;
  const { path: rootfs } = await world.rootfs.mountRootfs(record.image, folder);
  const network = await world.network.prepare(record);
  const bound = await world.volumes.prepare(record.mounts, rootfs);
  const users = {
    passwd: await readRootFile(rootfs, "/etc/passwd"),
    group: await readRootFile(rootfs, "/etc/group"),
  };
  const files = await writeOwnFiles(folder, record, network);
  const spec = containerSpec({
    id,
    config,
    rootfs,
    users,
    host: world.host,
    network: network.place,
    shared: sharedProcesses(world, container),
    bound,
    files,
    devices: await findDevices(config.HostConfig.Devices),
    deviceNumbers: blockDevice,
  });
  const { pid } = await world.runtime.create({
    id,
    spec,
    log: currentLog(container.logFolder),
    stdin: config.OpenStdin,
    keepStdin: config.Tty || !config.StdinOnce,
  });
  await world.runtime.start(id);
  return pid;
}

/** The first processes of the containers whose namespaces this one shares. @throws HubError `conflict` when one does not run. */
function sharedProcesses(world: World, { record }: Container) {
  const { PidMode, IpcMode } = record.config.HostConfig;
  const processOf = (mode: string) => {
    const name = sharedContainer(mode);
    if (name === undefined) return undefined;
    const { state, id } = world.find(name).record;
    if (state.status === "running") return state.pid;
    throw new HubError("conflict", `cannot join namespace of a non running container: ${id}`);
  };
  const [pid, ipc] = [processOf(PidMode), processOf(IpcMode)];
  return { ...(pid === undefined ? {} : { pid }), ...(ipc === undefined ? {} : { ipc }) };
}

async function fail(world: World, container: Container, error: unknown): Promise<void> {
  const failure = error instanceof RuntimeError ? startFailure(error.message) : undefined;
  await tidy(world, container);
  const message = shown(error).message;
  container.note({ kind: "start-failed", exitCode: failure?.exitCode ?? 128, message, at: Date.now() });
  world.emit(container, "die", { exitCode: String(container.record.state.exitCode) });
  container.endRun();
  container.tell(false);
  if (container.record.config.HostConfig.AutoRemove) await removeNow(world, container);
}

function shown(error: unknown): Error {
  if (error instanceof RuntimeError) return startFailure(error.message).error;
  return error instanceof Error ? error : new Error(String(error));
}

/** Gives back what a run has taken. What cannot be given back is told, and tried again by the next start or removal. */
export async function tidy(world: World, container: Container): Promise<void> {
  const { id, folder, record } = container;
  const steps = [
    () => world.runtime.delete(id),
    () => world.network.release(record),
    () => world.rootfs.release(folder),
  ];
  for (const step of steps)
    await step().catch((error: unknown) =>
      world.complain(`container ${record.name} is not wholly cleared away: ${String(error)}`),
    );
}

/** Takes up the end of a container. It changes nothing when that is known. */
export function takeEnd(world: World, container: Container): Promise<void> {
  return container.inTurn(async () => {
    const found = await world.runtime.find(container.id);
    if (!container.runs || found.kind === "running" || found.kind === "created") return;
    // What ended without a word by its monitor: 137 where that was lost, 255 where the host was switched off, as Docker says.
    const end =
      found.kind === "ended"
        ? { exitCode: found.exitCode, at: found.at, oomKilled: found.oomKilled }
        : found.kind === "lost"
          ? { exitCode: 137, at: Date.now(), oomKilled: false, error: "its monitor was lost" }
          : { exitCode: 255, at: Date.now(), oomKilled: false };
    // On the disk first: then the exit code may go from where the monitor has left it.
    container.note({ kind: "ended", ...end });
    // At once: whoever finds it ended finds this event too.
    if (end.oomKilled) world.emit(container, "oom");
    world.emit(container, "die", { exitCode: String(end.exitCode) });
    await tidy(world, container);
    container.endRun();
    container.tell(false);
    if (container.record.config.HostConfig.AutoRemove) await removeNow(world, container);
    else planRestart(world, container);
  });
}

/** Has a container that has ended started again, as its policy says. */
export function planRestart(world: World, container: Container): void {
  const { state, config } = container.record;
  const ran = state.finishedAt - state.startedAt;
  const delay = restartDelay(config.HostConfig.RestartPolicy, { ...state, ran });
  if (delay === undefined || world.signal.aborted) return;
  container.note({ kind: "restart-planned", delay });
  container.restart = setTimeout(() => void restartNow(world, container), delay);
}

function restartNow(world: World, container: Container): Promise<void> {
  return container.inTurn(async () => {
    if (container.record.state.status !== "restarting" || world.signal.aborted) return;
    try {
      const pid = await launch(world, container);
      container.note({ kind: "started", pid, at: Date.now() });
      container.run.started.resolve();
      world.emit(container, "start");
    } catch (error) {
      await fail(world, container, error);
      world.complain(
        `container ${container.record.name} could not be started again: ${shown(error).message}`,
      );
    }
  });
}

/**
 * Asks a container to end, and kills it when it has not after a while.
 *
 * @param seconds -1 is for ever; without, the container's own or ten.
 * @returns false when it does not run.
 */
export async function stop(
  world: World,
  container: Container,
  options: { seconds?: number | undefined; signal?: string | undefined } = {},
): Promise<boolean> {
  const { config } = container.record;
  const signal = signalNumber(options.signal || config.StopSignal || "TERM");
  const seconds = options.seconds ?? config.StopTimeout ?? patience;
  if (!(await endByHand(container))) return false;
  if (!container.runs) return true;
  const gone = container.wait("not-running");
  const paused = container.record.state.status === "paused";
  await world.runtime.kill(container.id, signal);
  if (paused) await world.runtime.resume(container.id).catch(() => {});
  if (!(await within(gone, seconds < 0 ? Infinity : seconds * 1000, world.signal)))
    await killNow(world, container, gone);
  world.emit(container, "stop");
  return true;
}

/** Notes that somebody has ended it, and takes back a restart that waits. @returns false when there is nothing to end. */
function endByHand(container: Container): Promise<boolean> {
  return container.inTurn(() => {
    if (!mayDo(container, "stop")) return Promise.resolve(false);
    clearTimeout(container.restart);
    container.note({ kind: "stopping" });
    if (!container.runs) container.tell(false);
    return Promise.resolve(true);
  });
}

async function killNow(world: World, container: Container, gone: Promise<number>): Promise<void> {
  await world.runtime.kill(container.id, kill);
  // What is frozen dies only when it thaws.
  if (container.record.state.status === "paused") await world.runtime.resume(container.id).catch(() => {});
  if (!(await within(gone, killed, world.signal)))
    throw new HubError(
      "unavailable",
      `container ${container.record.name} does not end although it was killed: it may wait for a disk`,
    );
}

/** @throws HubError `conflict` when it does not run. */
export async function sendSignal(world: World, container: Container, signal: string): Promise<void> {
  const number = signalNumber(signal || "KILL");
  mayDo(container, "kill");
  // A policy starts nothing again that somebody wanted to end.
  if (number === kill || number === signalNumber(container.record.config.StopSignal || "TERM"))
    await endByHand(container);
  if (container.runs) {
    await world.runtime.kill(container.id, number);
    if (number === kill && container.record.state.status === "paused")
      await world.runtime.resume(container.id).catch(() => {});
  }
  world.emit(container, "kill", { signal: String(number) });
}

/**
 * Removes a container.
 *
 * @param options.force kills it before, where it runs.
 * @param options.volumes removes its anonymous volumes too.
 * @throws HubError `conflict` when it runs.
 */
export async function remove(
  world: World,
  container: Container,
  { force, volumes }: { force: boolean; volumes: boolean },
): Promise<void> {
  if (force && (container.runs || container.record.state.status === "restarting")) {
    const gone = container.wait("not-running");
    if ((await endByHand(container)) && container.runs) await killNow(world, container, gone);
  }
  await container.inTurn(async () => {
    // With --rm it has gone by itself meanwhile.
    if (force && container.record.state.status === "removing") return;
    mayDo(container, "remove");
    // Noted, so that a removal that is broken off goes on with it.
    if (volumes) container.change({ dropsVolumes: true });
    await removeNow(world, container);
  });
}

/**
 * In the container's turn. It can be done again where it was broken off.
 *
 * @param options.silent tells nobody: nobody has been told of the container either.
 * @throws HubError `unavailable` where something stays.
 */
export async function removeNow(world: World, container: Container, { silent = false } = {}): Promise<void> {
  container.note({ kind: "removing" });
  const { id, folder, record } = container;
  try {
    await world.runtime.delete(id);
    await world.network.release(record);
    await world.rootfs.removeRootfs(folder);
    if (record.dropsVolumes || record.config.HostConfig.AutoRemove) await dropVolumes(world, record);
    await rm(folder, { recursive: true, force: true });
  } catch (cause) {
    container.note({ kind: "removal-failed", message: String(cause) });
    throw new HubError("unavailable", `container ${record.name} cannot be removed wholly: ${String(cause)}`, {
      cause,
    });
  }
  world.forget(container);
  if (!silent) world.emit(container, "destroy");
  container.endRun();
  container.tell(true);
}

/** Those that were made for the container alone; one that another has taken over stays. */
async function dropVolumes(world: World, { mounts }: ContainerRecord): Promise<void> {
  for (const { source } of mounts.filter(({ anonymous }) => anonymous))
    await world.volumes.remove(source, { force: true }).catch((error: unknown) => {
      if (!(error instanceof HubError && error.kind === "conflict")) throw error;
    });
}

/** Whether something comes about in time. */
async function within(
  awaited: Promise<unknown>,
  milliseconds: number,
  signal: AbortSignal,
): Promise<boolean> {
  const { promise, resolve, reject } = Promise.withResolvers<boolean>();
  const timer = milliseconds === Infinity ? undefined : setTimeout(() => resolve(false), milliseconds);
  const abort = () => reject(signal.reason);
  signal.addEventListener("abort", abort);
  awaited.then(() => resolve(true), reject);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
  }
}

/** Where a container lies. */
export const containerFolder = (data: string, id: string) => path.join(data, "containers", id);
