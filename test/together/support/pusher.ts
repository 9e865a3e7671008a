import { digestOf, type Manifest, type OciClient } from "../../support/oci-client.ts";
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
      const digest = await this.#client.pushBlob(this.repository, blob, chunkSize);
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

  #makeImage(): Image {
    const sizes = Array.from(
      { length: 1 + this.#random.below(3) },
      () => 1 + this.#random.below(3 * chunkSize),
    );
    const blobs = sizes.map((size) => this.#random.bytes(size));
    const [config, ...layers] = blobs.map((blob) => ({
      mediaType: "application/octet-stream",
      digest: digestOf(blob),
      size: blob.byteLength,
    }));
    const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, config, layers }));
    return { blobs, manifest: { bytes, mediaType }, tag: tags[this.#random.below(tags.length)] ?? "latest" };
  }
}

/** What `fetch` says of a connection that broke off, or was refused. */
function isLostConnection(error: unknown): boolean {
  return error instanceof TypeError && ["fetch failed", "terminated"].includes(error.message);
}
