import { createHash } from "node:crypto";
import { chmod, lstat, mkdir, rm } from "node:fs/promises";
import type { Server } from "node:http";
import { connect } from "node:net";
import { once } from "node:events";
import path from "node:path";
import type { Digest } from "#shared/digest";
import { HubError } from "#shared/errors";
import { Containers } from "../containers/index.ts";
import { type DiskShare, ImageStore, usualShare } from "../images/index.ts";
import { Networks } from "../networks/index.ts";
import { ConmonRuntime } from "../runtime/index.ts";
import { networkSource } from "./container-network.ts";
import { EventLog } from "./event-log.ts";
import { watchGarbage } from "./garbage-watch.ts";
import { makeServer } from "./server.ts";

export interface EngineOptions {
  socket: string;
  data: string;
  /** What must not outlive a reboot. */
  run: string;
  /** How full images may make the disk. */
  share?: DiskShare;
  onComplaint: (sentence: string) => void;
}

/** Docker's engine, on a unix socket. What it has started goes on when it ends. */
export class Engine implements AsyncDisposable {
  readonly #stop: AbortController;
  readonly #parts: AsyncDisposable;
  readonly #server: Server;
  readonly #socket: string;

  private constructor(stop: AbortController, parts: AsyncDisposable, server: Server, socket: string) {
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
    await using opened = new AsyncDisposableStack();
    const images = opened.use(await ImageStore.open(path.join(data, "images"), { onRepair: complain }));
    const run = path.resolve(options.run);
    const networks = opened.use(
      await Networks.open({
        data,
        run,
        prefix: networkPrefix(data),
        onEvent: (event) => events.ofNetwork(event),
        onComplaint: complain,
      }),
    );
    const containers: Containers = opened.use(
      await Containers.open({
        data,
        runtime: await ConmonRuntime.open(run),
        rootfs: images,
        network: networkSource(networks, () => containers),
        onEvent: (event) => {
          events.ofContainer(event);
          if (event.action === "rename") networks.rename(event.id, event.name);
          if (event.action === "destroy") void networks.forget(event.id);
        },
        onVolumeEvent: ({ action, name, at }) => events.ofVolume(action, name, at),
        onComplaint: complain,
        signal: stop.signal,
      }),
    );
    await networks.keepOnly(new Set(containers.list().map(({ id }) => id)));
    const id = createHash("sha256").update(data).digest("hex").slice(0, 36);
    const services = { images, containers, networks, events, data, id, stop: stop.signal, complain };
    const server = makeServer(services);
    await listen(server, path.resolve(options.socket));
    watchGarbage({
      images,
      events,
      share: options.share ?? usualShare,
      inUse: () => new Set(containers.list().map(({ image }) => image as Digest)),
      tell: complain,
      signal: stop.signal,
    });
    return new Engine(stop, opened.move(), server, path.resolve(options.socket));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new Error("the agent ends"));
    this.#server.close();
    this.#server.closeAllConnections();
    await this.#parts[Symbol.asyncDispose]();
    await rm(this.#socket, { force: true });
  }
}

/** What names of our links begin with: an agent with data of its own does not meet the other's. */
function networkPrefix(data: string): string {
  return data === "/var/lib/wherry"
    ? "wherry"
    : `w${createHash("sha256").update(data).digest("hex").slice(0, 5)}`;
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
