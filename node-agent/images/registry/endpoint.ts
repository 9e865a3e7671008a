import type { IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import { parseChallenge } from "./challenge.ts";
import type { Credential } from "./credential.ts";
import { RegistryTokens } from "./registry-tokens.ts";
import type { RegistryRequest, Transport } from "./transport.ts";

export interface RegistrySettings {
  /** Hosts that may be spoken to without TLS, beside those of loopback: `host` or `host:port`. */
  insecure?: readonly string[];
  /** Where a host's registry really is, such as a mirror: `docker.io` to `registry-1.docker.io` is known. */
  endpoints?: Readonly<Record<string, string>>;
}

/** One request to a registry. */
export interface Ask {
  method: RegistryRequest["method"];
  /** Below the registry's own address, such as `v2/team/app/tags/list`, or an address that it has given. */
  place: string | URL;
  headers?: Readonly<Record<string, string>>;
  /** Made anew for each try. */
  body?: () => Uint8Array | Readable;
  /** What a token is to allow, such as `repository:team/app:pull`; several with blanks between; "" for a login alone. */
  scope: string;
  /** Other than usual: for answers that take long to be made. In milliseconds. */
  silence?: number;
  signal: AbortSignal;
}

/** One registry, as one user sees it. */
export class RegistryEndpoint {
  readonly host: string;
  readonly #transport: Transport;
  readonly #tokens: RegistryTokens;
  readonly #bases: URL[];

  constructor(transport: Transport, host: string, credential: Credential, settings: RegistrySettings) {
    this.host = host;
    this.#transport = transport;
    this.#tokens = new RegistryTokens(transport, credential);
    this.#bases = basesOf(host, settings);
  }

  /** An address that the registry has given, which may be relative to its own. */
  resolve(location: string): URL {
    return new URL(location, this.#bases[0]);
  }

  /** A request with the credential that the registry wants, tried again once it has said which. @throws HubError `unavailable`, `unauthenticated`. */
  async send(ask: Ask): Promise<IncomingMessage> {
    for (let attempt = 0; ; attempt++) {
      const authorization = await this.#tokens.header(ask.scope, ask.signal);
      const response = await this.#reach(ask, authorization);
      if (response.statusCode !== 401 || attempt === 1) return response;
      if (!this.#tokens.challenged(parseChallenge(response.headers["www-authenticate"]), ask.scope))
        return response;
      response.resume();
    }
  }

  /** Over TLS, or without where that is allowed and there is none. What has worked is kept. */
  async #reach(ask: Ask, authorization: string | undefined): Promise<IncomingMessage> {
    for (;;) {
      const [base, ...others] = this.#bases as [URL, ...URL[]];
      const url = new URL(ask.place, base);
      // Where it keeps its blobs is somebody else.
      const known = authorization !== undefined && url.host === base.host;
      const headers = { ...ask.headers, ...(known ? { authorization } : {}) };
      const { method, silence, signal } = ask;
      try {
        const response = await this.#transport.send({
          method,
          url,
          headers,
          signal,
          ...(silence === undefined ? {} : { silence }),
          ...(ask.body === undefined ? {} : { body: ask.body() }),
        });
        if (this.#bases[0] === base) this.#bases.length = 1;
        return response;
      } catch (error) {
        if (signal.aborted || others.length === 0) throw error;
        // Another request may have found that out already.
        if (this.#bases[0] === base) this.#bases.shift();
      }
    }
  }
}

/** Loopback, as Docker has it: what only this host reaches needs no TLS. */
const loopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/;

function basesOf(host: string, { insecure = [], endpoints = {} }: RegistrySettings): URL[] {
  const known: Record<string, string> = { "docker.io": "registry-1.docker.io", ...endpoints };
  const endpoint = known[host] ?? host;
  if (endpoint.includes("://")) return [new URL(endpoint.endsWith("/") ? endpoint : `${endpoint}/`)];
  const secure = new URL(`https://${endpoint}/`);
  const allowed =
    loopback.test(endpoint) || insecure.some((each) => each === endpoint || endpoint.startsWith(`${each}:`));
  return allowed ? [secure, new URL(`http://${endpoint}/`)] : [secure];
}
