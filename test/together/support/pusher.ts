import {
  digestOf,
  RefusedError,
  type Manifest,
  type OciClient,
  type Session,
} from "../../support/oci-client.ts";
import type { SeededRandom } from "../../support/random.ts";

/** An image of random bytes: a configuration, some layers, and a tag that moves to it. */
interface Image {
  blobs: Uint8Array[];
  manifest: Manifest;
  tag: string;
}

/** What the registry has promised to one pusher. */
export interface Promised {
  /** By digest. */
  blobs: Map<string, Uint8Array>;
  /** By digest. */
  manifests: Map<string, Manifest>;
  /** By tag, the digest it was last moved to. */
  tags: Map<string, string>;
}

const mediaType = "application/vnd.oci.image.manifest.v1+json";
const tags = ["latest", "stable", "edge"];
const chunkSize = 256 * 1024;

/**
 * Somebody who pushes one image after the other into a repository of their own, and writes down what the registry has acknowledged,
 * and nothing else. An image whose push has failed is pushed again.
 */
export class Pusher {
  readonly repository: string;
  readonly promised: Promised = { blobs: new Map(), manifests: new Map(), tags: new Map() };
  readonly #client: OciClient;
  readonly #random: SeededRandom;
  #image: Image | undefined;
  /** Where the upload of a blob goes on that was cut off. */
  #session: Session | undefined;

  constructor(client: OciClient, repository: string, random: SeededRandom) {
    this.#client = client;
    this.repository = repository;
    this.#random = random;
  }

  /** What the push that is underway, or has failed, would make readable when it is done. */
  get underway(): Image | undefined {
    return this.#image;
  }

  /** Pushes one image, the one that failed before if there is one. @throws what the registry, or the connection, answered. */
  async push(): Promise<void> {
    this.#image ??= this.#makeImage();
    const { blobs, manifest, tag } = this.#image;
    for (const blob of blobs) {
      const digest = digestOf(blob);
      if (this.promised.blobs.has(digest)) continue;
      await this.#pushBlob(blob, digest);
      this.promised.blobs.set(digest, blob);
    }
    const digest = await this.#client.putManifest(this.repository, tag, manifest);
    this.promised.manifests.set(digest, manifest);
    this.promised.tags.set(tag, digest);
    this.#image = undefined;
  }

  /** Pushes until the connection is lost. @throws what the registry answered, if it was no lost connection. */
  async pushUntilLost(): Promise<void> {
    for (;;) {
      try {
        await this.push();
      } catch (error) {
        if (isLostConnection(error)) return;
        throw error;
      }
    }
  }

  /** In chunks, the last of them in the closing request. Goes on where an upload was cut off, if the registry still has it. */
  async #pushBlob(blob: Uint8Array, digest: string): Promise<void> {
    if (this.#session && (await this.#goOn(this.#session, blob, digest))) return;
    this.#session = await this.#client.startUpload(this.repository);
    await this.#send(this.#session, blob, digest);
  }

  /** @returns false when the registry has no such upload any more. */
  async #goOn(session: Session, blob: Uint8Array, digest: string): Promise<boolean> {
    try {
      // The closing request may have arrived although its answer did not: then it is repeated as it was.
      const isLast = blob.byteLength - session.offset <= chunkSize;
      const found = isLast ? session : await this.#client.findSession(this.repository, session);
      if (found) await this.#send(found, blob, digest);
      return found !== undefined;
    } catch (error) {
      if (error instanceof RefusedError && error.status === 404) return false;
      throw error;
    }
  }

  async #send(from: Session, blob: Uint8Array, digest: string): Promise<void> {
    let session = from;
    while (blob.byteLength - session.offset > chunkSize) {
      const chunk = blob.subarray(session.offset, session.offset + chunkSize);
      session = await this.#client.sendChunk(this.repository, session, chunk);
      this.#session = session;
    }
    await this.#client.finishUpload(this.repository, session, digest, blob.subarray(session.offset));
    this.#session = undefined;
  }

  #makeImage(): Image {
    const sizes = Array.from(
      { length: 1 + this.#random.below(3) },
      () => 2 + this.#random.below(3 * chunkSize),
    );
    const blobs = sizes.map((size) => this.#random.bytes(size));
    const [config, ...layers] = blobs.map((blob) => ({
      mediaType: "application/octet-stream",
      digest: digestOf(blob),
      size: blob.byteLength,
    }));
    const bytes = new TextEncoder().encode(JSON.stringify({ schemaVersion: 2, mediaType, config, layers }));
    return { blobs, manifest: { bytes, mediaType }, tag: tags[this.#random.below(tags.length)] ?? "latest" };
  }
}

/** What `fetch` says of a connection that broke off, or was refused. */
function isLostConnection(error: unknown): boolean {
  return error instanceof TypeError && ["fetch failed", "terminated"].includes(error.message);
}
