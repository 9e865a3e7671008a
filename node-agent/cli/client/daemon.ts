import type { IncomingMessage, RequestOptions } from "node:http";
import type { Duplex, Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { CommandError } from "../command-error.ts";
import { type Address, nameOf } from "./address.ts";
import { DaemonError } from "./daemon-error.ts";
import { jsonLines } from "./json-lines.ts";

// An `import` of node:http reads every name that it exports, and one of them loads all of fetch: 50 ms, which no verb needs.
const { Agent, request } = process.getBuiltinModule("node:http");

type Scalar = string | number | boolean | undefined;

/** What stands behind the question mark. What is undefined, false or empty is left out; a list gives its name several times. */
export type Query = Readonly<Record<string, Scalar | readonly string[]>>;

export interface Asked {
  query?: Query;
  /** Sent as JSON; a stream is sent as it is, as a tar archive. */
  body?: unknown;
  headers?: Readonly<Record<string, string>>;
  signal?: AbortSignal;
}

/** A connection that the engine has handed over: bytes both ways. */
export interface Hijacked {
  socket: Duplex;
  /** What came behind the answer's head already is put back in front. */
  type: string;
}

/** Docker's remote API, of the newest version that the engine speaks: its paths are asked for without one. */
export class Daemon {
  readonly address: Address;
  readonly #agent = new Agent({ keepAlive: true });

  constructor(address: Address) {
    this.address = address;
  }

  /** @throws DaemonError for what it refuses; CommandError when it cannot be reached. */
  async get<T>(path: string, query?: Query): Promise<T> {
    return (await this.#json("GET", path, query === undefined ? {} : { query })) as T;
  }

  /** @returns undefined for an answer without a body. @throws as `get`. */
  async post<T = unknown>(path: string, query?: Query, body?: unknown): Promise<T> {
    return (await this.#json("POST", path, { ...(query === undefined ? {} : { query }), body })) as T;
  }

  /** @throws as `get`. */
  async remove<T = unknown>(path: string, query?: Query): Promise<T> {
    return (await this.#json("DELETE", path, query === undefined ? {} : { query })) as T;
  }

  /** The values of an answer that comes line by line. @throws as `get`. */
  async *lines(
    method: "GET" | "POST",
    path: string,
    asked: Asked = {},
  ): AsyncGenerator<Record<string, unknown>> {
    yield* jsonLines(await this.stream(method, path, asked));
  }

  /** The answer's body as it comes. @throws as `get`. */
  async stream(method: string, path: string, asked: Asked = {}): Promise<IncomingMessage> {
    const response = await this.#send(method, path, asked);
    if ((response.statusCode ?? 500) < 400) return response;
    throw await refusal(response);
  }

  /** Asks for the connection itself. @throws as `get`. */
  async hijack(path: string, query: Query, body?: unknown): Promise<Hijacked> {
    const content = body === undefined ? "" : JSON.stringify(body);
    const sent = request({
      ...this.#options("POST", path, query),
      agent: false,
      headers: {
        host: "engine",
        connection: "Upgrade",
        upgrade: "tcp",
        "content-type": "application/json",
        "content-length": Buffer.byteLength(content),
      },
    });
    const { promise, resolve, reject } = Promise.withResolvers<Hijacked>();
    sent.once("upgrade", (response, socket, head) => {
      if (head.length > 0) socket.unshift(head);
      resolve({ socket, type: response.headers["content-type"] ?? "" });
    });
    sent.once("response", (response) => void refusal(response).then(reject, reject));
    sent.once("error", (error) => reject(this.#unreachable(error)));
    sent.end(content);
    return promise;
  }

  async #json(method: string, path: string, asked: Asked): Promise<unknown> {
    const text = await readAll(await this.stream(method, path, asked));
    return text === "" ? undefined : (JSON.parse(text) as unknown);
  }

  async #send(method: string, path: string, asked: Asked): Promise<IncomingMessage> {
    const streamed = isStream(asked.body) ? asked.body : undefined;
    const content =
      streamed === undefined && asked.body !== undefined ? JSON.stringify(asked.body) : undefined;
    const type = streamed === undefined ? "application/json" : "application/x-tar";
    const sent = request({
      ...this.#options(method, path, asked.query),
      headers: {
        host: "engine",
        ...(asked.body === undefined ? {} : { "content-type": type }),
        ...(content === undefined ? {} : { "content-length": Buffer.byteLength(content) }),
        ...asked.headers,
      },
      ...(asked.signal === undefined ? {} : { signal: asked.signal }),
    });
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    sent.once("response", resolve);
    sent.once("error", (error) => reject(asked.signal?.aborted ? error : this.#unreachable(error)));
    // An engine that refuses may answer before it has read everything: the answer counts.
    if (streamed === undefined) sent.end(content);
    else pipeline(streamed, sent).catch(reject);
    return promise;
  }

  #options(method: string, path: string, query: Query = {}): RequestOptions {
    const { address } = this;
    const place =
      address.kind === "unix" ? { socketPath: address.path } : { host: address.host, port: address.port };
    return { ...place, agent: this.#agent, method, path: `${path}${queryText(query)}` };
  }

  #unreachable(error: Error): CommandError {
    const where = nameOf(this.address);
    const code = "code" in error ? error.code : undefined;
    const cause = { cause: error };
    if (code === "EACCES")
      return new CommandError(`${where} is not yours to use; run this as root.`, 125, cause);
    if (code === "ENOENT" || code === "ECONNREFUSED")
      return new CommandError(
        `Cannot connect to the engine at ${where}. Start it as root with \`wherry agent\`, or say where it is with -H or WHERRY_ENGINE.`,
        125,
        cause,
      );
    return new CommandError(`The connection to the engine at ${where} broke: ${error.message}`, 125, cause);
  }
}

/** A part of a path, such as a container's name. */
export function part(name: string): string {
  return encodeURIComponent(name);
}

/** The name of an image, whose slashes stay. */
export function imagePart(name: string): string {
  return name.split("/").map(encodeURIComponent).join("/").replaceAll("%3A", ":").replaceAll("%40", "@");
}

export async function readAll(stream: Readable): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of stream as AsyncIterable<Buffer>) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

async function refusal(response: IncomingMessage): Promise<DaemonError> {
  const text = await readAll(response);
  const status = response.statusCode ?? 500;
  try {
    const { message } = JSON.parse(text) as { message?: unknown };
    if (typeof message === "string") return new DaemonError(status, message);
  } catch {
    // Not an engine's answer, or none: what came is shown as it is.
  }
  return new DaemonError(status, text.trim() || `${status} ${response.statusMessage ?? ""}`.trim());
}

function isStream(body: unknown): body is Readable {
  return typeof body === "object" && body !== null && "pipe" in body;
}

function queryText(query: Query): string {
  const parts = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    for (const one of Array.isArray(value) ? (value as string[]) : [value as Scalar])
      if (one !== undefined && one !== false && one !== "")
        parts.append(name, one === true ? "1" : String(one));
  const text = parts.toString();
  return text === "" ? "" : `?${text}`;
}
