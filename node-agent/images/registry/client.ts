import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { algorithmOf, type Digest } from "#shared/digest";
import { HubError, type ErrorKind } from "#shared/errors";
import { maximumManifestSize } from "#shared/manifest";
import { manifestMediaTypes } from "#shared/media-types";
import { parseChallenge } from "./challenge.ts";
import type { Credential } from "./credential.ts";
import { RegistryTokens } from "./registry-tokens.ts";
import { bodyOf, type RegistryRequest, type Transport } from "./transport.ts";

export interface RegistrySettings {
  /** Hosts that may be spoken to without TLS, beside those of loopback: `host` or `host:port`. */
  insecure?: readonly string[];
  /** Where a host's registry really is, such as a mirror: `docker.io` to `registry-1.docker.io` is known. */
  endpoints?: Readonly<Record<string, string>>;
}

export interface FetchedManifest {
  bytes: Buffer;
  mediaType: string;
  digest: Digest;
}

/** One repository of one registry, as one user sees it (OCI Distribution Specification). */
export class RepositoryClient {
  readonly #transport: Transport;
  readonly #tokens: RegistryTokens;
  readonly #host: string;
  readonly #repository: string;
  readonly #bases: URL[];

  constructor(
    transport: Transport,
    host: string,
    repository: string,
    credential: Credential,
    settings: RegistrySettings,
  ) {
    this.#transport = transport;
    this.#tokens = new RegistryTokens(transport, credential);
    this.#host = host;
    this.#repository = repository;
    this.#bases = basesOf(host, settings);
  }

  /** @throws HubError `not-found`, `denied`, `unauthenticated`, `invalid` for another digest than asked for, `unavailable`. */
  async manifest(
    reference: { tag: string } | { digest: Digest },
    signal: AbortSignal,
  ): Promise<FetchedManifest> {
    const name = "tag" in reference ? reference.tag : reference.digest;
    const response = await this.#send(
      "GET",
      `manifests/${name}`,
      { accept: manifestMediaTypes.join(", ") },
      signal,
    );
    if (response.statusCode !== 200) throw await this.#refusal(response, `the manifest of ${name}`);
    const bytes = await bodyOf(response, maximumManifestSize);
    const expected = "digest" in reference ? reference.digest : undefined;
    const digest = digestOf(bytes, expected);
    if (expected !== undefined && digest !== expected)
      throw new HubError("invalid", `${this.#host} has given ${digest} for the manifest ${expected}`);
    return { bytes, digest, mediaType: response.headers["content-type"]?.split(";")[0]?.trim() ?? "" };
  }

  /**
   * A blob, or its bytes from `start` to before `end`.
   *
   * @returns the answer, and whether it is that range alone: a registry may know no ranges, and give everything.
   */
  async blob(
    digest: Digest,
    range: { start: number; end: number } | undefined,
    signal: AbortSignal,
  ): Promise<{ body: IncomingMessage; partial: boolean }> {
    const headers = range === undefined ? {} : { range: `bytes=${range.start}-${range.end - 1}` };
    const response = await this.#send("GET", `blobs/${digest}`, headers, signal);
    if (response.statusCode === 200) return { body: response, partial: false };
    if (response.statusCode === 206 && range !== undefined) {
      const stated = /^bytes (\d+)-/.exec(response.headers["content-range"] ?? "")?.[1];
      if (Number(stated) === range.start) return { body: response, partial: true };
      response.destroy();
      throw new HubError("unavailable", `${this.#host} has answered another range than the one asked for`);
    }
    throw await this.#refusal(response, `the blob ${digest}`);
  }

  /** A short blob, verified. @throws HubError as `manifest` does. */
  async smallBlob(digest: Digest, limit: number, signal: AbortSignal): Promise<Buffer> {
    const { body } = await this.blob(digest, undefined, signal);
    const bytes = await bodyOf(body, limit);
    const actual = digestOf(bytes, digest);
    if (actual !== digest)
      throw new HubError("invalid", `${this.#host} has given ${actual} for the blob ${digest}`);
    return bytes;
  }

  /** A request with the credential that the registry wants, tried again once it has said which. */
  async #send(
    method: RegistryRequest["method"],
    path: string,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<IncomingMessage> {
    const scope = `repository:${this.#repository}:pull`;
    for (let attempt = 0; ; attempt++) {
      const authorization = await this.#tokens.header(scope, signal);
      const sent = { ...headers, ...(authorization === undefined ? {} : { authorization }) };
      const response = await this.#reach(method, path, sent, signal);
      if (response.statusCode !== 401 || attempt === 1) return response;
      if (!this.#tokens.challenged(parseChallenge(response.headers["www-authenticate"]), scope))
        return response;
      response.resume();
    }
  }

  /** Over TLS, or without where that is allowed and there is none. What has worked is kept. */
  async #reach(
    method: RegistryRequest["method"],
    path: string,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<IncomingMessage> {
    for (;;) {
      const [base, ...others] = this.#bases as [URL, ...URL[]];
      try {
        const url = new URL(`v2/${this.#repository}/${path}`, base);
        const response = await this.#transport.send({ method, url, headers, signal });
        if (this.#bases[0] === base) this.#bases.length = 1;
        return response;
      } catch (error) {
        if (signal.aborted || others.length === 0) throw error;
        // Another request may have found that out already.
        if (this.#bases[0] === base) this.#bases.shift();
      }
    }
  }

  async #refusal(response: IncomingMessage, what: string): Promise<HubError> {
    const status = response.statusCode ?? 0;
    const body = await bodyOf(response, 64 * 1024).catch(() => Buffer.alloc(0));
    const said = messageOf(body);
    const kinds: Record<number, ErrorKind> = {
      401: "unauthenticated",
      403: "denied",
      404: "not-found",
      429: "too-many",
    };
    const kind = kinds[status] ?? "unavailable";
    const where = `${this.#host}/${this.#repository}`;
    if (kind === "not-found") return new HubError(kind, `${where} has not ${what}: ${said || "not found"}`);
    if (kind === "denied" || kind === "unauthenticated")
      return new HubError(
        kind,
        `pull access denied for ${where}: ${said || "it is not there, or needs another login"}`,
      );
    return new HubError(kind, `${where} answers ${status} for ${what}${said === "" ? "" : `: ${said}`}`);
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

function digestOf(bytes: Buffer, like: Digest | undefined): Digest {
  const algorithm = like === undefined ? "sha256" : algorithmOf(like);
  return `${algorithm}:${createHash(algorithm).update(bytes).digest("hex")}`;
}

/** The sentence in an answer of the OCI form; empty when it has none. */
function messageOf(body: Buffer): string {
  try {
    const { errors } = JSON.parse(body.toString()) as { errors?: { code?: string; message?: string }[] };
    const [first] = errors ?? [];
    return [first?.code?.toLowerCase(), first?.message].filter(Boolean).join(": ").slice(0, 1000);
  } catch {
    return "";
  }
}
