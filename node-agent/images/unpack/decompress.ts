import { once } from "node:events";
import { createGunzip, createZstdDecompress, type Gunzip, type ZstdDecompress } from "node:zlib";
import { HubError } from "#shared/errors";

/** How a layer is compressed; its media type need not say so rightly, its first bytes do. */
type Compression = "gzip" | "zstd" | "none";

/** Larger pieces cost less than they bring: 64 KiB take half the time of zlib's own 16 KiB. */
const chunkSize = 128 * 1024;

/** As RFC 1952 and RFC 8878 begin. A zstd stream may begin with a frame to be skipped. */
function compressionOf(start: Buffer): Compression {
  if (start[0] === 0x1f && start[1] === 0x8b) return "gzip";
  const magic = start.length >= 4 ? start.readUInt32LE(0) : 0;
  if (magic === 0xfd2fb528 || (magic & 0xfffffff0) >>> 0 === 0x184d2a50) return "zstd";
  if (
    start.length >= 6 &&
    (start.toString("latin1", 0, 6) === "\xfd7zXZ\0" || start.toString("latin1", 0, 3) === "BZh")
  )
    throw new HubError("unsupported", "the layer is compressed with xz or bzip2; use gzip or zstd");
  return "none";
}

/**
 * Undoes the compression of a stream that comes in pieces, and hands on each piece as soon as it is there. The thread pool works on the
 * next piece while `output` is busy with this one.
 */
export class Decompression {
  readonly #output: (bytes: Buffer) => void;
  #compression: Compression | undefined;
  #decoder: Gunzip | ZstdDecompress | undefined;
  /** Bytes given to the decoder. */
  #fed = 0;
  #ended = false;
  #failure: { error: unknown } | undefined;
  #stopped: Promise<void> = Promise.resolve();

  constructor(output: (bytes: Buffer) => void) {
    this.#output = output;
  }

  /** Resolves when all of the piece has been read, so that its memory may be used again. @throws what `output` throws, and HubError `invalid` for a damaged stream. */
  async write(bytes: Buffer): Promise<void> {
    this.#compression ??= compressionOf(bytes);
    if (this.#compression === "none") {
      this.#output(bytes);
      return;
    }
    for (let rest = bytes; rest.length > 0;) {
      const decoder = (this.#decoder ??= this.#start(this.#compression));
      this.#fed += rest.length;
      const written = new Promise<void>((resolve) => decoder.write(rest, () => resolve()));
      await Promise.race([written, this.#stopped]);
      this.#rethrow();
      if (!this.#ended) return;
      // A frame has ended inside the piece, and the decoder with it: another frame may follow.
      rest = rest.subarray(rest.length - (this.#fed - decoder.bytesWritten));
      this.#decoder = undefined;
    }
  }

  /** @throws as `write` does; also when the stream breaks off. */
  async end(): Promise<void> {
    const decoder = this.#decoder;
    if (decoder === undefined) return;
    decoder.end();
    await this.#stopped;
    this.#rethrow();
  }

  close(): void {
    this.#decoder?.destroy();
  }

  #start(compression: "gzip" | "zstd"): Gunzip | ZstdDecompress {
    const decoder =
      compression === "gzip" ? createGunzip({ chunkSize }) : createZstdDecompress({ chunkSize });
    this.#fed = 0;
    this.#ended = false;
    decoder.on("data", (bytes: Buffer) => {
      // After the decoder has asked for its next piece.
      queueMicrotask(() => this.#handOn(bytes));
    });
    decoder.on("error", (cause: Error) => {
      this.#failure ??= {
        error: new HubError("invalid", `the layer's ${compression} stream is damaged: ${cause.message}`, {
          cause,
        }),
      };
    });
    this.#stopped = this.#stop(decoder);
    return decoder;
  }

  async #stop(decoder: Gunzip | ZstdDecompress): Promise<void> {
    try {
      await once(decoder, "end");
      this.#ended = true;
    } catch {
      // Its error has been kept.
    }
  }

  #handOn(bytes: Buffer): void {
    if (this.#failure !== undefined) return;
    try {
      this.#output(bytes);
    } catch (error) {
      this.#failure = { error };
      this.#decoder?.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #rethrow(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
