import { createSocket, type Socket as DatagramSocket } from "node:dgram";
import { once } from "node:events";
import { createServer, isIPv4, type Server, type Socket } from "node:net";
import { number6 } from "../addresses6.ts";
import { numberOf } from "../ranges.ts";
import { readFrames, writeFrame } from "./frames.ts";
import { forward } from "./forward.ts";
import { type Answer, codes, nameContent, readQuestion, recordTypes, writeAnswer } from "./message.ts";

/** What one container may know. */
export interface View {
  /** The addresses of a container by name, alias or id, where that is on one of its networks; undefined for any other name. */
  addressesOf(name: string): readonly string[] | undefined;
  /** The name of the container at an address of one of its networks. */
  nameOf(address: string): string | undefined;
  /** Who is asked for all other names; none where the container may not reach the world. */
  servers(): Promise<readonly string[]>;
}

/** Who may ask: nothing is said to anybody else. */
export type ViewOf = (address: string) => View | undefined;

/** How many questions of one container are forwarded at once, how many connections it has, and how long one may be silent. */
const mostForwarded = 64;
const mostConnections = 16;
const silence = 10_000;

/** Answers the containers of one network on the host's address there. Each finds those that are on its own networks, and no others. */
export class Resolver implements AsyncDisposable {
  readonly #viewOf: ViewOf;
  readonly #udp: DatagramSocket;
  readonly #tcp: Server;
  readonly port: number;
  #ended = false;
  readonly #forwarded = new Map<string, number>();
  readonly #connections = new Map<string, Set<Socket>>();

  private constructor(viewOf: ViewOf, udp: DatagramSocket, tcp: Server) {
    this.#viewOf = viewOf;
    this.#udp = udp;
    this.#tcp = tcp;
    this.port = udp.address().port;
    udp.on("error", () => {});
    tcp.on("error", () => {});
    udp.on("message", (message, { address, port }) => {
      void this.#reply(message, address, "udp", (answer) => udp.send(answer, port, address));
    });
    tcp.on("connection", (socket) => this.#serve(socket));
  }

  /** Listens on any port of the gateway's that is free for both protocols. */
  static async open(gateway: string, viewOf: ViewOf): Promise<Resolver> {
    for (let tried = 1; ; tried++) {
      const udp = createSocket("udp4");
      udp.bind(0, gateway);
      await once(udp, "listening");
      const tcp = createServer().listen(udp.address().port, gateway);
      try {
        await once(tcp, "listening");
        return new Resolver(viewOf, udp, tcp);
      } catch (error) {
        udp.close();
        if (tried === 20) throw error;
      }
    }
  }

  async #reply(
    message: Buffer,
    address: string,
    protocol: "udp" | "tcp",
    send: (answer: Buffer) => void,
  ): Promise<void> {
    try {
      const answer = await this.#answer(message, address, protocol);
      if (answer !== undefined && !this.#ended) send(answer);
    } catch {
      // Who asks so that it cannot be answered asks again, or differently.
    }
  }

  async #answer(message: Buffer, address: string, protocol: "udp" | "tcp"): Promise<Buffer | undefined> {
    const view = this.#viewOf(address);
    const question = view === undefined ? undefined : readQuestion(message);
    if (view === undefined || question === undefined) return undefined;
    const room = protocol === "udp" ? question.room : 65_535;
    const known = question.class === 1 ? ownAnswer(view, question.name, question.type) : undefined;
    if (known !== undefined) return writeAnswer(message, question, codes.fine, known, room);
    const servers = await view.servers().catch(() => []);
    const waiting = this.#forwarded.get(address) ?? 0;
    if (servers.length === 0 || waiting >= mostForwarded) return writeAnswer(message, question, codes.failed);
    this.#forwarded.set(address, waiting + 1);
    try {
      return (
        (await forward(message, question, servers, protocol)) ?? writeAnswer(message, question, codes.failed)
      );
    } catch {
      return writeAnswer(message, question, codes.failed);
    } finally {
      const left = (this.#forwarded.get(address) ?? 1) - 1;
      if (left > 0) this.#forwarded.set(address, left);
      else this.#forwarded.delete(address);
    }
  }

  #serve(socket: Socket): void {
    const address = socket.remoteAddress ?? "";
    const mine = this.#connections.get(address) ?? new Set();
    socket.on("error", () => {}).setTimeout(silence, () => socket.destroy());
    if (this.#viewOf(address) === undefined || mine.size >= mostConnections) {
      socket.destroy();
      return;
    }
    this.#connections.set(address, mine.add(socket));
    socket.on("close", () => {
      mine.delete(socket);
      if (mine.size === 0) this.#connections.delete(address);
    });
    readFrames(socket, (message) => {
      void this.#reply(message, address, "tcp", (answer) => {
        if (!socket.destroyed) writeFrame(socket, answer);
      });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended = true;
    for (const sockets of this.#connections.values()) for (const socket of sockets) socket.destroy();
    const closed = Promise.all([once(this.#udp, "close"), once(this.#tcp, "close")]);
    this.#udp.close();
    this.#tcp.close();
    await closed;
  }
}

/** What we know ourselves; undefined for what others are to be asked. */
function ownAnswer(view: View, name: string, type: number): Answer[] | undefined {
  const reversed = addressOfReverse(name);
  if (reversed !== undefined) {
    const found = view.nameOf(reversed);
    if (found === undefined) return undefined;
    return type === recordTypes.ptr || type === recordTypes.any
      ? [{ type: recordTypes.ptr, content: nameContent(found) }]
      : [];
  }
  const addresses = view.addressesOf(name);
  if (addresses === undefined) return undefined;
  // Another first each time, so that those of one name share what comes.
  const turn = Math.floor(Math.random() * addresses.length);
  return [...addresses.slice(turn), ...addresses.slice(0, turn)].flatMap((address) => {
    const record = isIPv4(address)
      ? { type: recordTypes.a, content: bytesOf(BigInt(numberOf(address)), 4) }
      : { type: recordTypes.aaaa, content: bytesOf(number6(address), 16) };
    return type === record.type || type === recordTypes.any ? [record] : [];
  });
}

const bytesOf = (value: bigint, length: number) =>
  Buffer.from(value.toString(16).padStart(length * 2, "0"), "hex");

function addressOfReverse(name: string): string | undefined {
  const [, reversed] = /^(\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3})\.in-addr\.arpa$/.exec(name) ?? [];
  return reversed?.split(".").toReversed().join(".");
}
