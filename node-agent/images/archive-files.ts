import { closeSync, ftruncateSync, openSync, statfsSync, writeSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { HubError } from "#shared/errors";
import type { ByteText } from "./tar/header.ts";
import { type TarEntry, TarReader, type TarSink } from "./tar/reader.ts";
import { Decompression } from "./unpack/decompress.ts";
import type { UnpackLimits } from "./unpack/limits.ts";
import { partsOf, shown } from "./unpack/place.ts";

/** An archive of images has a handful of files for each layer. */
const maximumEntries = 50_000;

/** How many links may lead from one to the next. */
const maximumLinks = 8;

/** How many bytes are written between two looks at what is free, and how large an archive must be before its compression counts. */
const freeCheckInterval = 128 * 1024 * 1024;
const ratioFloor = 1024 ** 3;

/** A file of the archive, as it lies in our folder. */
export interface GatheredFile {
  file: string;
  /** In bytes. */
  size: number;
}

/**
 * The files of an archive that somebody sends, each under a number in a folder of ours: no name of the archive reaches the file system, and no link
 * of it is ever made.
 */
export class ArchiveFiles implements TarSink {
  readonly #folder: string;
  readonly #limits: UnpackLimits;
  readonly #files = new Map<ByteText, GatheredFile>();
  readonly #links = new Map<ByteText, ByteText>();
  #open: { descriptor: number; found: GatheredFile; end: number } | undefined;
  #entries = 0;
  #bytes = 0;
  #unchecked = 0;

  private constructor(folder: string, limits: UnpackLimits) {
    this.#folder = folder;
    this.#limits = limits;
  }

  /**
   * Reads an archive to its end: plain, or compressed with gzip or zstd.
   *
   * @param folder an empty one, which the caller removes.
   * @throws HubError `invalid` when it is none, or is truncated; `too-large` beyond the limits; `unavailable` when the disk is full.
   */
  static async gather(
    folder: string,
    input: AsyncIterable<Uint8Array>,
    limits: UnpackLimits,
  ): Promise<ArchiveFiles> {
    const files = new ArchiveFiles(folder, limits);
    const reader = new TarReader(files);
    let [came, unpacked] = [0, 0];
    const decompression = new Decompression((bytes) => {
      unpacked += bytes.length;
      if (unpacked > ratioFloor && unpacked > came * limits.ratio)
        throw new HubError(
          "too-large",
          `the archive unpacks to more than ${limits.ratio} times its size; that is a bomb, not an image`,
        );
      reader.write(bytes);
    });
    try {
      for await (const bytes of pieces(input)) {
        came += bytes.length;
        await decompression.write(bytes);
      }
      await decompression.end();
      reader.end();
      return files;
    } finally {
      decompression.close();
      files.#close();
    }
  }

  /** A file by its path; links inside of the archive are followed. */
  find(name: string): GatheredFile | undefined {
    let at = keyOf(Buffer.from(name).toString("latin1"));
    for (let links = 0; links <= maximumLinks; links++) {
      const found = this.#files.get(at);
      if (found !== undefined) return found;
      const next = this.#links.get(at);
      if (next === undefined) return undefined;
      at = next;
    }
    return undefined;
  }

  /** @returns undefined when there is none. @throws HubError `too-large`. */
  async read(name: string, limit: number): Promise<Buffer | undefined> {
    const found = this.find(name);
    if (found === undefined) return undefined;
    if (found.size > limit)
      throw new HubError("too-large", `${name} in the archive has ${found.size} bytes; ${limit} is the most`);
    return readFile(found.file);
  }

  entry(entry: TarEntry): void {
    this.#entries += 1;
    if (this.#entries > maximumEntries)
      throw new HubError("too-large", `the archive has more than ${maximumEntries} entries`);
    const key = keyOf(entry.path);
    if (entry.type === "directory") return;
    this.#files.delete(key);
    this.#links.delete(key);
    if (entry.type === "symlink")
      this.#links.set(key, keyOf(path.posix.join(path.posix.dirname(`/${key}`), entry.linkPath)));
    else if (entry.type === "link") this.#links.set(key, keyOf(entry.linkPath));
    else if (entry.type === "file") {
      const found = { file: path.join(this.#folder, String(this.#entries)), size: entry.size };
      this.#open = { descriptor: openSync(found.file, "wx", 0o600), found, end: 0 };
      this.#files.set(key, found);
    } else
      throw new HubError(
        "invalid",
        `the archive has "${shown(entry.path)}", a ${entry.type === "fifo" ? "FIFO" : "device"}; an archive of images has none`,
      );
  }

  content(bytes: Buffer, offset: number): void {
    const open = this.#open;
    if (open === undefined) return;
    this.#count(bytes.length);
    for (let at = 0; at < bytes.length;)
      at += writeSync(open.descriptor, bytes, at, bytes.length - at, offset + at);
    open.end = offset + bytes.length;
  }

  entryEnd(): void {
    const open = this.#open;
    if (open !== undefined && open.end < open.found.size) ftruncateSync(open.descriptor, open.found.size);
    this.#close();
  }

  #close(): void {
    if (this.#open !== undefined) closeSync(this.#open.descriptor);
    this.#open = undefined;
  }

  #count(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes > this.#limits.bytes)
      throw new HubError("too-large", `the archive holds more than ${this.#limits.bytes} bytes`);
    this.#unchecked -= bytes;
    if (this.#unchecked > 0) return;
    this.#unchecked = freeCheckInterval;
    checkFree(this.#folder, this.#limits);
  }
}

/** @throws HubError `unavailable` when writing on would fill the disk. */
export function checkFree(folder: string, { reserve }: UnpackLimits): void {
  const { bavail, bsize } = statfsSync(folder);
  if (bavail * bsize < reserve + freeCheckInterval)
    throw new HubError(
      "unavailable",
      `the disk is nearly full: ${Math.floor((bavail * bsize) / 1024 ** 2)} MiB are free at ${folder}. Make room, or remove images that are not used.`,
    );
}

/** The first piece says how it is compressed, so it must not be a few bytes only. */
export async function* pieces(input: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let first: Buffer | undefined = Buffer.alloc(0);
  for await (const bytes of input) {
    if (first === undefined) {
      yield Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
      continue;
    }
    first = Buffer.concat([first, bytes]);
    if (first.length < 512) continue;
    yield first;
    first = undefined;
  }
  if (first !== undefined && first.length > 0) yield first;
}

function keyOf(name: ByteText): ByteText {
  return partsOf(name).join("/");
}
