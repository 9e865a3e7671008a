import { createHash } from "node:crypto";
import { chmod, lstat, mkdir, rm } from "node:fs/promises";
import type { Server } from "node:http";
import { connect } from "node:net";
import { once } from "node:events";
import path from "node:path";
import { HubError } from "#shared/errors";
import { Containers, type NetworkSource } from "../containers/index.ts";
import { ImageStore } from "../images/index.ts";
import { ConmonRuntime } from "../runtime/index.ts";
import { EventLog } from "./event-log.ts";
import { makeServer } from "./server.ts";

export interface EngineOptions {
  socket: string;
  data: string;
  /** What must not outlive a reboot. */
  run: string;
  /** Without, containers have the network of the host or none. */
  network?: NetworkSource;
  onComplaint: (sentence: string) => void;
}

/** Docker's engine, on a unix socket. What it has started goes on when it ends. */
export class Engine implements AsyncDisposable {
  readonly #stop: AbortController;
  readonly #parts: AsyncDisposable[];
  readonly #server: Server;
  readonly #socket: string;

  private constructor(stop: AbortController, parts: AsyncDisposable[], server: Server, socket: string) {
    this.#stop = stop;
    this.#parts = parts;
    this.#server = server;
    this.#socket = socket;
  }

  /** Resolves when clients are answered. @throws HubError `conflict` when another has the data or the socket. */
  static async open(options: EngineOptions): Promise<Engine> {
    const { onComplaint: complain } = options;
    const data = path.resolve(options.data);
    const stop = new AbortController();
    const events = new EventLog();
    await mkdir(data, { recursive: true, mode: 0o700 });
    const images = await ImageStore.open(path.join(data, "images"), { onRepair: complain });
    try {
      const containers: Containers = await Containers.open({
        data,
        runtime: await ConmonRuntime.open(path.resolve(options.run)),
        rootfs: images,
        ...(options.network === undefined ? {} : { network: options.network }),
        onEvent: (event) => events.ofContainer(event),
        onVolumeEvent: ({ action, name, at }) => events.ofVolume(action, name, at),
        onComplaint: complain,
        signal: stop.signal,
      });
      try {
        const id = createHash("sha256").update(data).digest("hex").slice(0, 36);
        const server = makeServer({ images, containers, events, data, id, stop: stop.signal, complain });
        await listen(server, path.resolve(options.socket));
        return new Engine(stop, [containers, images], server, path.resolve(options.socket));
      } catch (error) {
        await containers[Symbol.asyncDispose]();
        throw error;
      }
    } catch (error) {
      await images[Symbol.asyncDispose]();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new Error("the agent ends"));
    this.#server.close();
    this.#server.closeAllConnections();
    for (const part of this.#parts) await part[Symbol.asyncDispose]();
    await rm(this.#socket, { force: true });
  }
}

/** For root alone, from its first moment. @throws HubError `conflict` when somebody listens there. */
async function listen(server: Server, socket: string): Promise<void> {
  await mkdir(path.dirname(socket), { recursive: true, mode: 0o755 });
  const found = await lstat(socket).catch(() => undefined);
  if (found !== undefined) {
    if (!found.isSocket())
      throw new HubError("conflict", `${socket} is there and is no socket; give another with --socket`);
    if (await isAnswered(socket))
      throw new HubError(
        "conflict",
        `another program listens on ${socket}; stop it, or give another with --socket`,
      );
    await rm(socket, { force: true });
  }
  const before = process.umask(0o177);
  try {
    server.listen(socket);
    await once(server, "listening");
  } finally {
    process.umask(before);
  }
  await chmod(socket, 0o660);
}

async function isAnswered(socket: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const probe = connect(socket);
  probe.once("connect", () => resolve(true)).once("error", () => resolve(false));
  const answered = await promise;
  probe.destroy();
  return answered;
}
