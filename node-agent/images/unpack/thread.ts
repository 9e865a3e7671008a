/* oxlint-disable unicorn/require-post-message-target-origin -- threads have no origins, windows have */
import { createHash, type Hash } from "node:crypto";
import { closeSync, openSync, readSync } from "node:fs";
import { parentPort } from "node:worker_threads";
import { algorithmOf, type Digest } from "#shared/digest";
import { HubError } from "#shared/errors";
import { TarReader } from "../tar/reader.ts";
import { Decompression } from "./decompress.ts";
import { LayerWriter } from "./layer-writer.ts";
import type { FromThread, ToThread, UnpackedLayer, UnpackJob } from "./messages.ts";

/** How much is read at once, in bytes. */
const pieceSize = 256 * 1024;

/** How large a layer must be before its ratio of compression counts: small ones may well be a run of zeros. */
const ratioFloor = 1024 ** 3;

/**
 * The thread that unpacks layers, one after the other. Everything is done here but the download: reading, both digests, decompression, tar,
 * files. It reads the compressed file behind the download's front, which the parent tells it.
 */
class Thread {
  readonly #port: NonNullable<typeof parentPort>;
  #available = 0;
  #wake: (() => void) | undefined;

  private constructor(port: NonNullable<typeof parentPort>) {
    this.#port = port;
  }

  static listen(port: NonNullable<typeof parentPort>): void {
    const thread = new Thread(port);
    port.on("message", (message: ToThread) => thread.#take(message));
  }

  #take(message: ToThread): void {
    this.#available = message.available;
    if ("job" in message) void this.#run(message.job);
    this.#wake?.();
  }

  async #run(job: UnpackJob): Promise<void> {
    let answer: FromThread;
    try {
      answer = { unpacked: await this.#unpack(job) };
    } catch (error) {
      const kind = error instanceof HubError ? error.kind : undefined;
      answer = { failure: { kind, message: error instanceof Error ? error.message : String(error) } };
    }
    this.#port.postMessage(answer);
  }

  async #unpack(job: UnpackJob): Promise<UnpackedLayer> {
    const writer = new LayerWriter(job.root, job.aside, job.limits);
    const reader = new TarReader(writer);
    const diffHash = hashFor(job.diffId ?? job.digest);
    let archiveSize = 0;
    const decompression = new Decompression((bytes) => {
      archiveSize += bytes.length;
      if (archiveSize > ratioFloor && archiveSize > job.size * job.limits.ratio) throw bomb(job);
      diffHash.update(bytes);
      reader.write(bytes);
    });
    try {
      await this.#read(job, decompression);
      await decompression.end();
      reader.end();
      const diffId = digestOf(diffHash, job.diffId ?? job.digest);
      if (job.diffId !== undefined && diffId !== job.diffId)
        throw new HubError(
          "invalid",
          `the layer ${job.digest} unpacks to ${diffId}, but the image's configuration says ${job.diffId}`,
        );
      await writer.finish();
      const { bytes: size, entries, opaque } = writer;
      return { diffId, size, archiveSize, entries, opaque };
    } finally {
      decompression.close();
      writer.close();
    }
  }

  /** Reads and checks the compressed layer. */
  async #read(job: UnpackJob, decompression: Decompression): Promise<void> {
    const hash = hashFor(job.digest);
    const descriptor = openSync(job.file, "r");
    try {
      const piece = Buffer.allocUnsafeSlow(pieceSize);
      for (let at = 0; at < job.size;) {
        if (at >= this.#available) {
          await this.#more(at);
          continue;
        }
        const length = readSync(descriptor, piece, 0, Math.min(pieceSize, this.#available - at), at);
        if (length === 0) throw new HubError("unavailable", `the file ${job.file} has become shorter`);
        at += length;
        const bytes = piece.subarray(0, length);
        hash.update(bytes);
        await decompression.write(bytes);
        this.#port.postMessage({ progress: at } satisfies FromThread);
      }
    } finally {
      closeSync(descriptor);
    }
    const digest = digestOf(hash, job.digest);
    if (digest !== job.digest)
      throw new HubError("invalid", `the layer ${job.digest} has the content of ${digest}`);
  }

  async #more(at: number): Promise<void> {
    while (at >= this.#available) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      await promise;
    }
  }
}

function hashFor(digest: Digest): Hash {
  return createHash(algorithmOf(digest));
}

function digestOf(hash: Hash, like: Digest): Digest {
  return `${algorithmOf(like)}:${hash.digest("hex")}`;
}

function bomb({ digest, size, limits }: UnpackJob): HubError {
  return new HubError(
    "too-large",
    `the layer ${digest} unpacks to more than ${limits.ratio} times its ${size} bytes; that is a bomb, not an image`,
  );
}

if (parentPort !== null) Thread.listen(parentPort);
