import type { Readable, Writable } from "node:stream";
import type { Call } from "./call.ts";
import { setVersionHeaders } from "./headers.ts";

/** Where the output of a process goes: as it is, or with eight bytes before each piece that say of which stream it is. */
export class OutputStream {
  readonly #stream: Writable;
  readonly #framed: boolean;

  constructor(stream: Writable, framed: boolean) {
    this.#stream = stream;
    this.#framed = framed;
    stream.on("error", () => {});
  }

  /** Resolves once there is room for more, or nobody reads. */
  async write(name: "stdout" | "stderr", bytes: Buffer): Promise<void> {
    if (bytes.length === 0 || this.#stream.destroyed) return;
    const frame = this.#framed ? Buffer.concat([header(name, bytes.length), bytes]) : bytes;
    if (this.#stream.write(frame)) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const done = () => resolve();
    this.#stream.once("drain", done).once("close", done);
    await promise;
    this.#stream.off("drain", done).off("close", done);
  }

  end(): void {
    this.#stream.end();
  }
}

function header(name: "stdout" | "stderr", length: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes[0] = name === "stdout" ? 1 : 2;
  bytes.writeUInt32BE(length, 4);
  return bytes;
}

/** The type of an output. Clients before 1.42 know one only. */
export function outputType(tty: boolean, version: number): string {
  const kind = tty || version < 42 ? "raw" : "multiplexed";
  return `application/vnd.docker.${kind}-stream`;
}

/**
 * Takes over the connection where the client has asked for that, with 101. Without, it is an ordinary answer, and what the client sends
 * is the rest of its request.
 */
export function takeOver(call: Call, tty: boolean): { input: Readable; output: OutputStream } {
  const { response, request, upgrade, version } = call;
  const type = outputType(tty, version);
  if (upgrade === undefined) {
    response.writeHead(200, { "content-type": type }).flushHeaders();
    return { input: request, output: new OutputStream(response, !tty) };
  }
  const { socket, head } = upgrade;
  setVersionHeaders(response);
  const headers = Object.entries(response.getHeaders()).map(
    ([name, value]) => `${name}: ${String(value)}\r\n`,
  );
  response.detachSocket(request.socket);
  socket.write(
    `HTTP/1.1 101 UPGRADED\r\nContent-Type: ${type}\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n${headers.join("")}\r\n`,
  );
  if (head.length > 0) socket.unshift(head);
  return { input: socket, output: new OutputStream(socket, !tty) };
}
