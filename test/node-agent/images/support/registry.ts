import { createCipheriv, createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import type { Digest } from "#shared/digest";
import { mediaTypes } from "#shared/media-types";
import { sha256 } from "./unpacking.ts";

/** An image to be served: its layers as tar archives, the lowest first. */
interface PlannedImage {
  layers: readonly Uint8Array[];
  compress?: (archive: Uint8Array) => Uint8Array;
  /** Put into the configuration in place of what is right. */
  config?: Record<string, unknown>;
}

/**
 * A registry in memory that does what a test tells it: serves images, breaks off, knows no ranges, asks for tokens. Real registries are met in
 * test/together.
 */
export class FakeRegistry implements AsyncDisposable {
  readonly #server: Server;
  readonly host: string;
  readonly blobs = new Map<string, Uint8Array>();
  readonly manifests = new Map<string, { bytes: Uint8Array; mediaType: string }>();
  /** What has been asked for, as "GET /v2/…", with its range. */
  readonly requests: string[] = [];
  /** Looks at each request first; true when it has answered. */
  intercept: (request: IncomingMessage, response: ServerResponse) => boolean = () => false;
  ranges = true;

  private constructor(server: Server) {
    this.#server = server;
    this.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  static async start(): Promise<FakeRegistry> {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const registry = new FakeRegistry(server);
    server.on("request", (request, response) => registry.#answer(request, response));
    return registry;
  }

  addBlob(bytes: Uint8Array): { digest: Digest; size: number } {
    const digest = sha256(bytes);
    this.blobs.set(digest, bytes);
    return { digest, size: bytes.length };
  }

  /** @param names tags under which it can be pulled. @returns the digest of its manifest, and its id. */
  addImage(
    { layers, compress = gzipSync, config }: PlannedImage,
    ...names: string[]
  ): { digest: Digest; id: Digest } {
    const blobs = layers.map((layer) => ({
      mediaType: "application/vnd.oci.image.layer.v1.tar+gzip",
      ...this.addBlob(compress(layer)),
    }));
    const configuration = this.addBlob(
      Buffer.from(
        JSON.stringify({
          architecture: process.arch === "arm64" ? "arm64" : "amd64",
          os: "linux",
          rootfs: { type: "layers", diff_ids: layers.map(sha256) },
          history: layers.map((_, index) => ({ created_by: `step ${index}` })),
          ...config,
        }),
      ),
    );
    const manifest = {
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config: { mediaType: "application/vnd.oci.image.config.v1+json", ...configuration },
      layers: blobs,
    };
    return { digest: this.addManifest(manifest, ...names), id: configuration.digest };
  }

  addManifest(manifest: { mediaType: string }, ...names: string[]): Digest {
    const bytes = Buffer.from(JSON.stringify(manifest));
    const digest = sha256(bytes);
    for (const name of [digest, ...names]) this.manifests.set(name, { bytes, mediaType: manifest.mediaType });
    return digest;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const url = request.url ?? "";
    this.requests.push(`${request.method} ${url}${request.headers.range ? ` ${request.headers.range}` : ""}`);
    if (this.intercept(request, response)) return;
    const manifest = this.manifests.get(/\/manifests\/(.+)$/.exec(url)?.[1] ?? "");
    const blob = this.blobs.get(/\/blobs\/(.+)$/.exec(url)?.[1] ?? "");
    if (manifest !== undefined) {
      response.writeHead(200, { "content-type": manifest.mediaType }).end(manifest.bytes);
    } else if (blob !== undefined) this.#sendBlob(blob, request, response);
    else {
      const errors = [{ code: "MANIFEST_UNKNOWN", message: "there is no such thing here" }];
      response.writeHead(404, { "content-type": "application/json" }).end(JSON.stringify({ errors }));
    }
  }

  #sendBlob(blob: Uint8Array, request: IncomingMessage, response: ServerResponse): void {
    const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "");
    if (!this.ranges || range === null) {
      response.writeHead(200, { "content-length": blob.length }).end(blob);
      return;
    }
    const [start, end] = [Number(range[1]), Math.min(Number(range[2]), blob.length - 1)];
    response
      .writeHead(206, {
        "content-range": `bytes ${start}-${end}/${blob.length}`,
        "content-length": end - start + 1,
      })
      .end(blob.subarray(start, end + 1));
  }
}

/** Bytes that look random and do not compress; the same for the same seed. */
export function noise(seed: string, size: number): Buffer {
  const key = createHash("sha256").update(seed).digest();
  return createCipheriv("aes-256-ctr", key, Buffer.alloc(16)).update(Buffer.alloc(size));
}
