import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { algorithmOf, type Digest } from "#shared/digest";
import { HubError } from "#shared/errors";
import { maximumManifestSize } from "#shared/manifest";
import { manifestMediaTypes } from "#shared/media-types";
import type { RegistryEndpoint } from "./endpoint.ts";
import { refusalOf } from "./refusal.ts";
import { bodyOf } from "./transport.ts";

export interface FetchedManifest {
  bytes: Buffer;
  mediaType: string;
  digest: Digest;
}

/** One repository of one registry, for somebody who reads (OCI Distribution Specification, "Pull"). */
export class RepositoryClient {
  readonly #endpoint: RegistryEndpoint;
  readonly #repository: string;

  constructor(endpoint: RegistryEndpoint, repository: string) {
    this.#endpoint = endpoint;
    this.#repository = repository;
  }

  /** @throws HubError `not-found`, `denied`, `unauthenticated`, `invalid` for another digest than asked for, `unavailable`. */
  async manifest(
    reference: { tag: string } | { digest: Digest },
    signal: AbortSignal,
  ): Promise<FetchedManifest> {
    const name = "tag" in reference ? reference.tag : reference.digest;
    const accept = manifestMediaTypes.join(", ");
    const response = await this.#get(`manifests/${name}`, { accept }, signal);
    if (response.statusCode !== 200) throw await this.#refusal(response, `the manifest of ${name}`);
    const bytes = await bodyOf(response, maximumManifestSize);
    const expected = "digest" in reference ? reference.digest : undefined;
    const digest = digestOf(bytes, expected);
    if (expected !== undefined && digest !== expected)
      throw new HubError(
        "invalid",
        `${this.#endpoint.host} has given ${digest} for the manifest ${expected}`,
      );
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
    const response = await this.#get(`blobs/${digest}`, headers, signal);
    if (response.statusCode === 200) return { body: response, partial: false };
    if (response.statusCode === 206 && range !== undefined) {
      const stated = /^bytes (\d+)-/.exec(response.headers["content-range"] ?? "")?.[1];
      if (Number(stated) === range.start) return { body: response, partial: true };
      response.destroy();
      throw new HubError(
        "unavailable",
        `${this.#endpoint.host} has answered another range than the one asked for`,
      );
    }
    throw await this.#refusal(response, `the blob ${digest}`);
  }

  /** A short blob, verified. @throws HubError as `manifest` does. */
  async smallBlob(digest: Digest, limit: number, signal: AbortSignal): Promise<Buffer> {
    const { body } = await this.blob(digest, undefined, signal);
    const bytes = await bodyOf(body, limit);
    const actual = digestOf(bytes, digest);
    if (actual !== digest)
      throw new HubError("invalid", `${this.#endpoint.host} has given ${actual} for the blob ${digest}`);
    return bytes;
  }

  #get(
    path: string,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<IncomingMessage> {
    const place = `v2/${this.#repository}/${path}`;
    return this.#endpoint.send({
      method: "GET",
      place,
      headers,
      scope: `repository:${this.#repository}:pull`,
      signal,
    });
  }

  #refusal(response: IncomingMessage, what: string): Promise<HubError> {
    const { host } = this.#endpoint;
    return refusalOf(response, { host, repository: this.#repository, what, doing: "pull" });
  }
}

function digestOf(bytes: Buffer, like: Digest | undefined): Digest {
  const algorithm = like === undefined ? "sha256" : algorithmOf(like);
  return `${algorithm}:${createHash(algorithm).update(bytes).digest("hex")}`;
}
