import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { HubError } from "#shared/errors";
import type { z } from "zod";
import type { Call } from "./call.ts";

/** More than any client sends: a container with ten thousand variables has a tenth of it. */
const limit = 4 * 1024 * 1024;

/** The JSON of a request; undefined where there is none. @throws HubError `invalid`, `too-large`. */
export async function readJson({ request, upgrade }: Call): Promise<unknown> {
  const bytes = upgrade === undefined ? await readAll(request) : await readBeforeStream(request, upgrade);
  if (bytes.length === 0) return undefined;
  try {
    return JSON.parse(bytes.toString()) as unknown;
  } catch (cause) {
    throw new HubError("invalid", `invalid JSON: ${cause instanceof Error ? cause.message : ""}`, { cause });
  }
}

/** The JSON of a request as the shape says. @throws HubError `invalid` with the field that is wrong; `too-large`. */
export async function readBody<T extends z.ZodType>(call: Call, shape: T): Promise<z.output<T>> {
  const result = shape.safeParse((await readJson(call)) ?? {});
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new HubError("invalid", `invalid request: ${issue?.path.join(".")}: ${issue?.message}`);
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let size = 0;
  // Not destroyed where it is too much: the answer goes over the same connection.
  const read = request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
  for await (const piece of read) {
    size += piece.length;
    if (size > limit) throw tooLarge();
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

/**
 * Of a connection that is taken over, Node gives the body of the request in `head`, and what has not come yet in the socket's stream.
 * What follows the body goes back there: it is the stream.
 */
async function readBeforeStream(
  request: IncomingMessage,
  upgrade: { socket: Duplex; head: Buffer },
): Promise<Buffer> {
  const size = Number(request.headers["content-length"] ?? 0);
  if (!(size <= limit)) throw tooLarge();
  while (upgrade.head.length < size) {
    const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
    const broken = () => reject(new HubError("invalid", "the request ends before its body does"));
    upgrade.socket.once("data", resolve).once("close", broken).once("end", broken);
    try {
      upgrade.head = Buffer.concat([upgrade.head, await promise]);
    } finally {
      upgrade.socket.pause().off("data", resolve).off("close", broken).off("end", broken);
    }
  }
  const body = upgrade.head.subarray(0, size);
  upgrade.head = upgrade.head.subarray(size);
  return body;
}

const tooLarge = () => new HubError("too-large", `the body of the request has more than ${limit} bytes`);
