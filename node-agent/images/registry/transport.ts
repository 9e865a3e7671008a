import { Agent as PlainAgent, type IncomingMessage, request as plainRequest } from "node:http";
import { Agent as TlsAgent, request as tlsRequest } from "node:https";
import type { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { HubError } from "#shared/errors";
import { codeOf } from "../../host/files.ts";

/** How long a connection may say nothing where the request does not say, in milliseconds. */
const usualSilence = 30_000;

const maximumRedirects = 5;

export interface RegistryRequest {
  method: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  url: URL;
  headers: Readonly<Record<string, string>>;
  body?: Uint8Array | Readable;
  /** How long nothing may be said, in milliseconds. */
  silence?: number;
  signal: AbortSignal;
}

/** Connections to registries, kept open between requests. */
export class Transport {
  readonly #plain: PlainAgent;
  readonly #tls: TlsAgent;

  /** @param authorities certificates of further authorities, in PEM, beside those that Node trusts. */
  constructor(connections = 16, authorities: readonly string[] = []) {
    const options = { keepAlive: true, maxSockets: connections, timeout: usualSilence };
    this.#plain = new PlainAgent(options);
    this.#tls = new TlsAgent({ ...options, ...(authorities.length > 0 ? { ca: [...authorities] } : {}) });
  }

  /**
   * Sends a request, and follows where a GET is sent to. Credentials go to the registry alone, not to where it stores its blobs.
   *
   * @throws HubError `unavailable` when nobody answers; the signal's reason.
   */
  async send(request: RegistryRequest): Promise<IncomingMessage> {
    let { url, headers } = request;
    for (let redirects = 0; ; redirects++) {
      const response = await this.#once({ ...request, url, headers });
      const location = response.headers.location;
      const redirected =
        [301, 302, 303, 307, 308].includes(response.statusCode ?? 0) && location !== undefined;
      if (!redirected || request.method === "POST" || request.method === "PUT" || request.method === "PATCH")
        return response;
      response.resume();
      if (redirects === maximumRedirects)
        throw new HubError(
          "unavailable",
          `${request.url.host} redirects more than ${maximumRedirects} times`,
        );
      const next = new URL(location, url);
      if (url.protocol === "https:" && next.protocol !== "https:")
        throw new HubError(
          "unavailable",
          `${url.host} redirects from https to ${next.protocol}//${next.host}`,
        );
      if (next.host !== request.url.host) headers = withoutCredentials(headers);
      url = next;
    }
  }

  close(): void {
    this.#plain.destroy();
    this.#tls.destroy();
  }

  async #once(request: RegistryRequest): Promise<IncomingMessage> {
    const { method, url, headers, body, silence = usualSilence, signal } = request;
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const secure = url.protocol === "https:";
    const options = { method, headers, signal, agent: secure ? this.#tls : this.#plain };
    const sent = secure ? tlsRequest(url, options) : plainRequest(url, options);
    sent.setTimeout(silence, () => sent.destroy(new Error(`said nothing for ${silence / 1000} s`)));
    sent.on("error", reject).once("response", (response) => {
      // Refused before all of it was sent: the rest has no reader, and the connection no further use.
      response.once("close", () => sent.writableEnded || sent.destroy());
      resolve(response);
    });
    if (body === undefined || body instanceof Uint8Array) sent.end(body);
    else {
      sent.once("close", () => body.destroy());
      body.on("error", (error: Error) => sent.destroy(error)).pipe(sent);
    }
    try {
      return await promise;
    } catch (cause) {
      signal.throwIfAborted();
      const reason = cause instanceof Error ? (codeOf(cause) ?? cause.message) : String(cause);
      throw new HubError("unavailable", `${url.protocol}//${url.host} cannot be reached: ${reason}`, {
        cause,
      });
    }
  }
}

/** A short body, whole. @throws HubError `too-large` beyond `limit` bytes, `unavailable` when it breaks off. */
export async function bodyOf(response: IncomingMessage, limit: number): Promise<Buffer> {
  let size = 0;
  response.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size > limit) response.destroy(new HubError("too-large", `an answer has more than ${limit} bytes`));
  });
  try {
    return await buffer(response);
  } catch (cause) {
    if (cause instanceof HubError) throw cause;
    throw new HubError("unavailable", `an answer has broken off: ${String(cause)}`, { cause });
  }
}

function withoutCredentials(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => name.toLowerCase() !== "authorization"),
  );
}
