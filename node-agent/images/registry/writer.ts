import type { IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import { parseDigest, type Digest } from "#shared/digest";
import { HubError } from "#shared/errors";
import type { Ask, RegistryEndpoint } from "./endpoint.ts";
import { refusalOf } from "./refusal.ts";

/** How long a registry may take to check a whole blob, in milliseconds. */
const checking = 300_000;

/** One repository of one registry, for somebody who writes (OCI Distribution Specification, "Push"). */
export class RepositoryWriter {
  readonly #endpoint: RegistryEndpoint;
  readonly #repository: string;

  constructor(endpoint: RegistryEndpoint, repository: string) {
    this.#endpoint = endpoint;
    this.#repository = repository;
  }

  /** Whether a blob is there already. @throws HubError `denied`, `unauthenticated`, `unavailable`. */
  async has(digest: Digest, signal: AbortSignal): Promise<boolean> {
    const response = await this.#send({ method: "HEAD", place: `blobs/${digest}`, signal });
    response.resume();
    if (response.statusCode === 200) return true;
    if (response.statusCode === 404) return false;
    throw await this.#refusal(response, `the blob ${digest}`);
  }

  /** Takes a blob over from another repository of the registry. @returns where to upload it when the registry does not do that. */
  async mount(digest: Digest, from: string, signal: AbortSignal): Promise<URL | undefined> {
    const query = new URLSearchParams({ mount: digest, from });
    const response = await this.#send({
      method: "POST",
      place: `blobs/uploads/?${query.toString()}`,
      headers: { "content-length": "0" },
      scope: `${this.#scope} repository:${from}:pull`,
      signal,
    });
    if (response.statusCode !== 201) return this.#session(response, 202, "the upload");
    response.resume();
    return undefined;
  }

  /** @returns where an upload is to be sent. */
  async begin(signal: AbortSignal): Promise<URL> {
    const headers = { "content-length": "0" };
    const response = await this.#send({ method: "POST", place: "blobs/uploads/", headers, signal });
    return this.#session(response, 202, "the upload");
  }

  /** Sends the bytes from `start` to before `end`. @returns where the next are to be sent. */
  async append(
    session: URL,
    bytes: () => Readable,
    { start, end }: { start: number; end: number },
    signal: AbortSignal,
  ): Promise<URL> {
    const headers = {
      "content-type": "application/octet-stream",
      "content-length": String(end - start),
      "content-range": `${start}-${end - 1}`,
    };
    const response = await this.#send({ method: "PATCH", place: session, headers, body: bytes, signal });
    return this.#session(response, 202, "a part of a blob");
  }

  /** How many bytes of an upload have arrived, and where the next go; undefined when the registry knows nothing of it. */
  async progress(session: URL, signal: AbortSignal): Promise<{ session: URL; at: number } | undefined> {
    const response = await this.#send({ method: "GET", place: session, signal });
    response.resume();
    if (response.statusCode !== 204 && response.statusCode !== 202) return undefined;
    const last = /^(?:bytes=)?0-(\d+)$/.exec(response.headers.range ?? "")?.[1];
    const location = response.headers.location;
    return {
      session: location === undefined ? session : this.#endpoint.resolve(location),
      // Nothing and one byte look the same, and nobody sends one byte.
      at: last === undefined || last === "0" ? 0 : Number(last) + 1,
    };
  }

  /** Ends an upload: the registry checks it and has the blob from then on. */
  async finish(session: URL, digest: Digest, signal: AbortSignal): Promise<void> {
    const place = new URL(session);
    place.searchParams.set("digest", digest);
    const headers = { "content-length": "0", "content-type": "application/octet-stream" };
    const response = await this.#send({ method: "PUT", place, headers, silence: checking, signal });
    if (response.statusCode !== 201 && response.statusCode !== 204)
      throw await this.#refusal(response, `the blob ${digest}`);
    response.resume();
  }

  /** @param reference a tag, or the digest. @returns the digest as the registry says it; undefined when it does not. */
  async putManifest(
    reference: string,
    bytes: Uint8Array,
    mediaType: string,
    signal: AbortSignal,
  ): Promise<Digest | undefined> {
    const headers = { "content-type": mediaType, "content-length": String(bytes.length) };
    const body = () => bytes;
    const place = `manifests/${reference}`;
    const response = await this.#send({ method: "PUT", place, headers, body, silence: checking, signal });
    if (response.statusCode !== 201 && response.statusCode !== 200)
      throw await this.#refusal(response, `the manifest of ${reference}`);
    response.resume();
    const stated = response.headers["docker-content-digest"];
    return typeof stated === "string" ? parseDigest(stated) : undefined;
  }

  get #scope(): string {
    return `repository:${this.#repository}:pull,push`;
  }

  #send(ask: Omit<Ask, "scope"> & { scope?: string }): Promise<IncomingMessage> {
    const place = typeof ask.place === "string" ? `v2/${this.#repository}/${ask.place}` : ask.place;
    return this.#endpoint.send({ scope: this.#scope, ...ask, place });
  }

  async #session(response: IncomingMessage, wanted: number, what: string): Promise<URL> {
    const location = response.headers.location;
    if (response.statusCode !== wanted) throw await this.#refusal(response, what);
    response.resume();
    if (location === undefined)
      throw new HubError("unavailable", `${this.#endpoint.host} does not say where an upload is to be sent`);
    return this.#endpoint.resolve(location);
  }

  #refusal(response: IncomingMessage, what: string): Promise<HubError> {
    const { host } = this.#endpoint;
    return refusalOf(response, { host, repository: this.#repository, what, doing: "push" });
  }
}
