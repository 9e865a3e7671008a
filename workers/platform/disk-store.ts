import { HubError } from "../shared/errors.ts";
import type { BlobStore, ByteRange, Locator, PendingObject } from "./blob-store.ts";
import { storeDeadline, storeStep } from "./deadline.ts";
import {
  addFile,
  countFiles,
  formatDiskLocator,
  parseDiskLocator,
  slicesOf,
  totalSize,
  type FileRuns,
  type FileSlice,
} from "./disk-locator.ts";

/** How far the writer may run ahead of the disk, in bytes. */
const writeAhead = 4 * 1024 * 1024;

/** More files than this make an object slow to read and its locator long. */
const maximumFiles = 10_000;

/**
 * Blobs on a disk, by workerd's own disk service. Every `append` is one file, `<key>/0`, `<key>/1` and so on; the locator says how long
 * each is, so a range is found without asking the disk. A file appears when its last byte has arrived and not before (the service
 * writes beside it and renames), which is what makes `append` all or nothing. Bytes are on the disk when the kernel puts them there:
 * they outlive the process at once, a power cut after some seconds.
 */
export class DiskStore implements BlobStore {
  readonly minimumChunk = 64 * 1024;
  readonly #disk: Fetcher;
  readonly #deadline: number;

  constructor(disk: Fetcher, options: { deadline?: number } = {}) {
    this.#disk = disk;
    this.#deadline = options.deadline ?? storeDeadline;
  }

  async read(locator: Locator, range?: ByteRange): Promise<ReadableStream<Uint8Array>> {
    const { key, runs } = parseDiskLocator(locator);
    if (!runs) return this.#open(range ? { path: key, ...range, whole: false } : { path: key, whole: true });
    const wanted = range ?? { offset: 0, length: totalSize(runs) };
    const [first, ...rest] = slicesOf(key, runs, wanted);
    if (!first) return emptyStream();
    const opened = await this.#open(first);
    return rest.length === 0 ? opened : this.#concatenate(opened, rest, wanted.length);
  }

  async write(key: string, bytes: Uint8Array): Promise<Locator> {
    await this.#request("PUT", key, { body: bytes });
    return key;
  }

  async delete(locators: readonly Locator[]): Promise<void> {
    for (const locator of locators) await this.#request("DELETE", parseDiskLocator(locator).key);
  }

  async begin(key: string): Promise<PendingObject> {
    return { key, size: 0, state: [] satisfies FileRuns };
  }

  async append(pending: PendingObject, chunks: AsyncIterable<Uint8Array>): Promise<PendingObject> {
    const runs = pending.state as FileRuns;
    const number = countFiles(runs);
    if (number >= maximumFiles)
      throw new HubError(
        "too-large",
        `this upload came in ${number} chunks already; start again with larger ones`,
      );
    const size = await this.#store(`${pending.key}/${number}`, chunks);
    return size === 0 ? pending : { ...pending, size: pending.size + size, state: addFile(runs, size) };
  }

  async finish(pending: PendingObject): Promise<Locator> {
    return formatDiskLocator(pending.key, pending.state as FileRuns);
  }

  async discard(pending: PendingObject, keep?: Locator): Promise<void> {
    if (keep === undefined) return this.delete([pending.key]);
    // A crashed append leaves at most the file behind the last one.
    const kept = countFiles(parseDiskLocator(keep).runs ?? []);
    await this.#request("DELETE", `${pending.key}/${kept}`);
  }

  /** Streams the chunks into one new file. @returns its size; without a byte there is no file. */
  async #store(path: string, chunks: AsyncIterable<Uint8Array>): Promise<number> {
    const cancel = new AbortController();
    let file: { writer: WritableStreamDefaultWriter<Uint8Array>; stored: Promise<void> } | undefined;
    let written: Promise<void> = Promise.resolve();
    let size = 0;
    try {
      for await (const chunk of chunks) {
        if (chunk.byteLength === 0) continue;
        file ??= this.#create(path, cancel.signal);
        await storeStep(written, this.#deadline);
        written = file.writer.write(chunk);
        // A failure is seen when the next chunk is here; until then it is not an unhandled one.
        written.catch(() => undefined);
        size += chunk.byteLength;
      }
      if (!file) return 0;
      await storeStep(written, this.#deadline);
      await storeStep(file.writer.close(), this.#deadline);
      await storeStep(file.stored, this.#deadline);
      return size;
    } catch (error) {
      // Nothing of an unfinished file may appear, nor later overwrite that of a second try.
      cancel.abort();
      await file?.writer.abort(error).catch(() => undefined);
      throw error;
    }
  }

  #create(path: string, signal: AbortSignal) {
    const pipe = new IdentityTransformStream({ highWaterMark: writeAhead });
    const writer = pipe.writable.getWriter() as WritableStreamDefaultWriter<Uint8Array>;
    const stored = this.#disk
      .fetch(url(path), { method: "PUT", body: pipe.readable, signal })
      .then((response) => expectSuccess(response, path));
    // Whoever waits for the disk to take more learns that it never will.
    stored.catch((error: unknown) => writer.abort(error)).catch(() => undefined);
    return { writer, stored };
  }

  async #open(slice: Partial<FileSlice> & { path: string }): Promise<ReadableStream<Uint8Array>> {
    const { path, offset = 0, length = 0, whole } = slice;
    if (!whole && length === 0) return emptyStream();
    const headers: HeadersInit = whole ? {} : { range: `bytes=${offset}-${offset + length - 1}` };
    const response = await storeStep(this.#disk.fetch(url(path), { headers }), this.#deadline);
    expectSuccess(response, path);
    if (!response.body) return emptyStream();
    return response.body;
  }

  #concatenate(
    first: ReadableStream<Uint8Array>,
    rest: FileSlice[],
    length: number,
  ): ReadableStream<Uint8Array> {
    const { readable, writable } = new FixedLengthStream(length);
    const pump = async () => {
      await first.pipeTo(writable, { preventClose: true });
      for (const slice of rest) await (await this.#open(slice)).pipeTo(writable, { preventClose: true });
      await writable.close();
    };
    // The reader learns of a failure by the stream's; one who has gone away wants no news.
    pump().catch((error: unknown) => writable.abort(error).catch(() => undefined));
    return readable;
  }

  /** One small request; what is gone already is no error to a DELETE. */
  async #request(method: "PUT" | "DELETE", path: string, init: RequestInit = {}): Promise<void> {
    const response = await storeStep(this.#disk.fetch(url(path), { ...init, method }), this.#deadline);
    if (method === "DELETE" && response.status === 404) return;
    expectSuccess(response, path);
  }
}

function url(path: string): string {
  return `http://disk/${path}`;
}

function expectSuccess(response: Response, path: string): void {
  if (!response.ok)
    throw new HubError("unavailable", `the disk answered ${response.status} for a stored object; try again`, {
      cause: new Error(`${response.status} ${response.statusText} for ${path}`),
    });
}

function emptyStream(): ReadableStream<Uint8Array> {
  return new Response(new Uint8Array()).body as ReadableStream<Uint8Array>;
}
