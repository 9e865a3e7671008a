import { createSocket, type Socket as DatagramSocket } from "node:dgram";
import { once } from "node:events";
import { connect, createServer, isIPv6, type Server } from "node:net";
import type { Protocol } from "./network.ts";

/** Where packets of a published port go. */
export interface Target {
  address: string;
  port: number;
}

/** How many clients of one port may speak datagrams through us at once, and after how many silent milliseconds they are forgotten. */
const mostClients = 1000;
const silence = 60_000;

/**
 * A port of the host that is ours, so that nobody else takes it. Nearly all that comes for it goes to the container by the rules of the
 * kernel and never arrives here; what does is passed on: from clients of IPv6 to containers without, and from the host's own ::1.
 */
export class HeldPort implements AsyncDisposable {
  readonly hostPort: number;
  readonly #close: () => Promise<void>;

  private constructor(hostPort: number, close: () => Promise<void>) {
    this.hostPort = hostPort;
    this.#close = close;
  }

  /** @param hostPort 0 is any free one. @throws Error EADDRINUSE, EADDRNOTAVAIL, EAFNOSUPPORT as bind(2) does. */
  static async open(
    protocol: Protocol,
    address: string,
    hostPort: number,
    target: Target,
  ): Promise<HeldPort> {
    return protocol === "tcp"
      ? HeldPort.#tcp(address, hostPort, target)
      : HeldPort.#udp(address, hostPort, target);
  }

  static async #tcp(host: string, port: number, target: Target): Promise<HeldPort> {
    const server: Server = createServer({ allowHalfOpen: true }, (client) => {
      const inner = connect({ host: target.address, port: target.port, allowHalfOpen: true });
      for (const [one, other] of [
        [client, inner],
        [inner, client],
      ] as const) {
        one.on("error", () => other.destroy()).on("close", () => other.destroy());
        one.pipe(other);
      }
    });
    server.listen({ host, port, ipv6Only: true });
    await once(server, "listening");
    server.on("error", () => {});
    const found = server.address();
    return new HeldPort(typeof found === "object" && found !== null ? found.port : port, async () => {
      server.close();
      await Promise.resolve();
    });
  }

  static async #udp(host: string, port: number, target: Target): Promise<HeldPort> {
    const socket = createSocket({ type: isIPv6(host) ? "udp6" : "udp4", ipv6Only: isIPv6(host) });
    const clients = new Map<string, { inner: DatagramSocket; timer: NodeJS.Timeout }>();
    const forget = (name: string) => {
      const client = clients.get(name);
      clearTimeout(client?.timer);
      clients.delete(name);
      client?.inner.close();
    };
    socket.on("message", (message, from) => {
      const name = `${from.address} ${from.port}`;
      let client = clients.get(name);
      if (client === undefined) {
        if (clients.size >= mostClients) return;
        const inner = createSocket(isIPv6(target.address) ? "udp6" : "udp4");
        inner.on("error", () => forget(name));
        inner.on("message", (answer) => socket.send(answer, from.port, from.address));
        client = { inner, timer: setTimeout(() => forget(name), silence) };
        clients.set(name, client);
      }
      client.timer.refresh();
      client.inner.send(message, target.port, target.address);
    });
    const bound = once(socket, "listening");
    socket.bind(port, host);
    try {
      await bound;
    } catch (error) {
      socket.close();
      throw error;
    }
    socket.on("error", () => {});
    return new HeldPort(socket.address().port, async () => {
      for (const name of clients.keys()) forget(name);
      const closed = once(socket, "close");
      socket.close();
      await closed;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
  }
}
