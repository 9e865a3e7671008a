import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { HubError } from "#shared/errors";
import type { Services } from "./services.ts";

/** One request, as its handler sees it. */
export interface Call {
  services: Services;
  request: IncomingMessage;
  response: ServerResponse;
  /** From the path, decoded. */
  parameters: Readonly<Record<string, string>>;
  query: URLSearchParams;
  /** The client's: 43 of `/v1.43/…`. */
  version: number;
  /** There where the client has asked for the connection itself. `head` is what it has sent already. */
  upgrade: { socket: Duplex; head: Buffer } | undefined;
}

export type Handler = (call: Call) => Promise<void> | void;

export interface Route {
  method: "GET" | "HEAD" | "POST" | "PUT" | "DELETE";
  /** `:name` is one part of the path, `*name` any number. */
  path: string;
  handle: Handler;
  /** Whether it may take over the connection. */
  upgrades?: boolean;
}

export function sendJson(response: ServerResponse, value: unknown, status = 200): void {
  const body = JSON.stringify(value);
  response
    .writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(body) })
    .end(body);
}

export function sendEmpty(response: ServerResponse, status: 200 | 201 | 204 | 304): void {
  response.writeHead(status).end();
}

/** A part of the path that the route has. */
export function parameter({ parameters }: Call, name: string): string {
  return parameters[name] ?? "";
}

/** As Docker reads flags: anything but nothing, 0, no, false and none. */
export function flag(query: URLSearchParams, name: string, otherwise = false): boolean {
  const value = query.get(name)?.trim().toLowerCase();
  return value === undefined ? otherwise : !["", "0", "no", "false", "none"].includes(value);
}

/** @throws HubError `invalid` when it is no whole number in these bounds. */
export function whole(query: URLSearchParams, name: string, least = -1, most = 2 ** 31): number | undefined {
  const value = query.get(name);
  if (value === null || value === "") return undefined;
  if (!/^-?\d{1,12}$/.test(value) || Number(value) < least || Number(value) > most)
    throw new HubError(
      "invalid",
      `${name}=${value.slice(0, 50)} is not a whole number from ${least} to ${most}`,
    );
  return Number(value);
}

/** Aborts when the client goes away. */
export function departure({ response, upgrade }: Call): AbortSignal {
  const gone = new AbortController();
  const stream = upgrade?.socket ?? response;
  if (stream.destroyed) gone.abort();
  stream.once("close", () => gone.abort());
  return gone.signal;
}
