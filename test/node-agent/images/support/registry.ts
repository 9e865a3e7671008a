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
  /** Blobs that other repositories have. */
  readonly mounts = new Map<string, Uint8Array>();
  /** Looks at each request first; true when it has answered. */
  intercept: (request: IncomingMessage, response: ServerResponse) => boolean = () => false;
  ranges = true;
  /** How many parts of uploads break off half-way from now on. */
  cuts = 0;
  readonly #uploads = new Map<string, Buffer>();

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
    if (request.method !== "GET" && request.method !== "HEAD") {
      void this.#take(request, response);
      return;
    }
    const upload = /\/uploads\/(\d+)/.exec(url)?.[1];
    if (upload !== undefined) {
      const size = this.#uploads.get(upload)?.length ?? 0;
      response.writeHead(204, { location: url, range: `0-${Math.max(0, size - 1)}` }).end();
      return;
    }
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

  /** What is pushed. */
  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "", `http://${this.host}`);
    const upload = /\/uploads\/(\d+)/.exec(url.pathname)?.[1] ?? "";
    const before = this.#uploads.get(upload) ?? Buffer.alloc(0);
    const pieces: Buffer[] = [before];
    for await (const piece of request as AsyncIterable<Buffer>) {
      pieces.push(piece);
      if (request.method !== "PATCH" || this.cuts === 0) continue;
      this.cuts -= 1;
      this.#uploads.set(upload, Buffer.concat(pieces));
      response.destroy();
      return;
    }
    const bytes = Buffer.concat(pieces);
    const digest = url.searchParams.get("digest");
    const mount = url.searchParams.get("mount");
    if (request.method === "PATCH") {
      const start = Number(/^(\d+)-/.exec(request.headers["content-range"] ?? "0-")?.[1]);
      if (start === before.length) this.#uploads.set(upload, bytes);
      response.writeHead(start === before.length ? 202 : 416, { location: url.pathname }).end();
    } else if (/\/manifests\//.test(url.pathname)) {
      const mediaType = request.headers["content-type"] ?? "";
      for (const name of [sha256(bytes), url.pathname.split("/").at(-1) ?? ""])
        this.manifests.set(name, { bytes, mediaType });
      response.writeHead(201, { "docker-content-digest": sha256(bytes) }).end();
    } else if (digest !== null) {
      const right = digest === sha256(bytes);
      if (right) this.blobs.set(digest, bytes);
      response.writeHead(right ? 201 : 400).end();
    } else if (mount !== null && this.mounts.has(mount)) {
      this.blobs.set(mount, this.mounts.get(mount) ?? bytes);
      response.writeHead(201, { location: url.pathname }).end();
    } else {
      const id = String(this.#uploads.size + 1);
      this.#uploads.set(id, Buffer.alloc(0));
      response.writeHead(202, { location: `/v2/app/blobs/uploads/${id}` }).end();
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
