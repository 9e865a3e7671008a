import { HubError } from "../shared/errors.ts";
import type { BlobStore, ByteRange, Locator, PendingObject } from "./blob-store.ts";
import { storeDeadline, storeStep } from "./deadline.ts";

/** Size of every part but the last, in bytes. R2 wants equal parts, of 5 MiB at least and 10,000 at most: 78 GiB in all. */
const partSize = 8 * 1024 * 1024;
const maximumParts = 10_000;

/** How many objects one request to R2 may delete. */
const deleteSlice = 1000;

/*
 * Blobs in R2. Under an upload's key are
 *
 *     <key>/whole    the multipart upload, as soon as there is more than one part
 *     <key>/<uuid>   the tail: what lies behind the last full part, from one append to the next
 *
 * A tail has a name of its own each time: R2 takes one write a second for a name, and a write that arrives late (its request was
 * given up) must not change anything. There is always a tail, a full part if need be. So an object of one part or less never
 * becomes a multipart upload: its tail is the finished object.
 */
interface R2State {
  uploadId?: string;
  /** ETags of the full parts, from part 1 on. */
  parts: string[];
  tail?: { key: string; size: number };
  /** The tail before this one: needed until this state is kept, which is certain when it comes back in the next append. */
  previous?: string;
}

interface Tail {
  buffer: Uint8Array<ArrayBuffer>;
  size: number;
}

export class R2Store implements BlobStore {
  readonly minimumChunk = 5 * 1024 * 1024;
  readonly #bucket: R2Bucket;
  readonly #deadline: number;

  constructor(bucket: R2Bucket, options: { deadline?: number } = {}) {
    this.#bucket = bucket;
    this.#deadline = options.deadline ?? storeDeadline;
  }

  async read(locator: Locator, range?: ByteRange): Promise<ReadableStream<Uint8Array>> {
    // R2 refuses a range without a byte.
    if (range?.length === 0) return new Response(new Uint8Array()).body as ReadableStream<Uint8Array>;
    const object = await this.#step(this.#bucket.get(locator, range ? { range } : {}));
    if (!object) throw lost(locator);
    return object.body;
  }

  async write(key: string, bytes: Uint8Array): Promise<Locator> {
    await this.#step(this.#bucket.put(key, bytes));
    return key;
  }

  async delete(locators: readonly Locator[]): Promise<void> {
    for (let start = 0; start < locators.length; start += deleteSlice)
      await this.#step(this.#bucket.delete(locators.slice(start, start + deleteSlice)));
  }

  async begin(key: string): Promise<PendingObject> {
    return { key, size: 0, state: { parts: [] } satisfies R2State };
  }

  async append(pending: PendingObject, chunks: AsyncIterable<Uint8Array>): Promise<PendingObject> {
    const before = pending.state as R2State;
    const parts = new PartWriter(this.#bucket, this.#deadline, wholeKey(pending), before);
    try {
      let tail: Tail | undefined;
      let size = 0;
      for await (const chunk of chunks) {
        if (chunk.byteLength === 0) continue;
        tail ??= await this.#loadTail(before);
        for (let taken = 0; taken < chunk.byteLength;) {
          // A full tail becomes a part only when there is a byte behind it.
          if (tail.size === partSize) tail = { buffer: await parts.store(tail.buffer), size: 0 };
          const piece = chunk.subarray(taken, taken + partSize - tail.size);
          tail.buffer.set(piece, tail.size);
          tail.size += piece.byteLength;
          taken += piece.byteLength;
        }
        size += chunk.byteLength;
      }
      if (!tail) return pending;
      const key = `${pending.key}/${crypto.randomUUID()}`;
      await this.#step(this.#bucket.put(key, tail.buffer.subarray(0, tail.size)));
      const state: R2State = {
        ...(await parts.state()),
        tail: { key, size: tail.size },
        ...(before.tail ? { previous: before.tail.key } : {}),
      };
      if (before.previous !== undefined) await this.#forget(before.previous);
      return { ...pending, size: pending.size + size, state };
    } catch (error) {
      await parts.undo();
      throw error;
    }
  }

  async finish(pending: PendingObject): Promise<Locator> {
    const { uploadId, parts, tail } = pending.state as R2State;
    const whole = wholeKey(pending);
    if (!tail) return this.write(whole, new Uint8Array());
    if (uploadId === undefined) return tail.key;
    const finished = await this.#step(this.#bucket.head(whole));
    if (finished) return whole;
    const upload = this.#bucket.resumeMultipartUpload(whole, uploadId);
    const last = await this.#loadTail({ parts, tail });
    const number = parts.length + 1;
    const { etag } = await this.#step(upload.uploadPart(number, last.buffer.subarray(0, last.size)));
    const uploaded = [...parts, etag].map((etag, index) => ({ partNumber: index + 1, etag }));
    await this.#step(upload.complete(uploaded));
    return whole;
  }

  async discard(pending: PendingObject, keep?: Locator): Promise<void> {
    const { uploadId } = pending.state as R2State;
    if (uploadId !== undefined && keep === undefined)
      await this.#step(
        this.#bucket
          .resumeMultipartUpload(wholeKey(pending), uploadId)
          .abort()
          // It was completed or aborted before.
          .catch(() => undefined),
      );
    let cursor: string | undefined;
    do {
      const page = await this.#step(
        this.#bucket.list({ prefix: `${pending.key}/`, ...(cursor === undefined ? {} : { cursor }) }),
      );
      const stale = page.objects.map((object) => object.key).filter((key) => key !== keep);
      if (stale.length > 0) await this.delete(stale);
      cursor = page.truncated ? page.cursor : undefined;
    } while (cursor !== undefined);
  }

  /** A buffer of one part that begins with the tail. */
  async #loadTail({ tail }: R2State): Promise<Tail> {
    const buffer = new Uint8Array(partSize);
    if (!tail) return { buffer, size: 0 };
    const object = await this.#step(this.#bucket.get(tail.key));
    if (!object || object.size !== tail.size) throw lost(tail.key);
    buffer.set(new Uint8Array(await this.#step(object.arrayBuffer())));
    return { buffer, size: tail.size };
  }

  /** Deletes a tail that nothing needs any more; when that fails, `discard` finds it. */
  async #forget(key: string): Promise<void> {
    await this.#step(this.#bucket.delete(key)).catch(() => undefined);
  }

  #step<T>(work: Promise<T>): Promise<T> {
    return storeStep(work, this.#deadline);
  }
}

/** Stores full parts for one `append`, one at a time, while the next one is filled: two buffers, used by turns. */
class PartWriter {
  readonly #bucket: R2Bucket;
  readonly #deadline: number;
  readonly #key: string;
  readonly #resumed: boolean;
  readonly #parts: string[];
  #upload: R2MultipartUpload | undefined;
  #storing: Promise<Uint8Array<ArrayBuffer>> | undefined;

  constructor(bucket: R2Bucket, deadline: number, key: string, { uploadId, parts }: R2State) {
    this.#bucket = bucket;
    this.#deadline = deadline;
    this.#key = key;
    this.#parts = [...parts];
    this.#resumed = uploadId !== undefined;
    if (uploadId !== undefined) this.#upload = bucket.resumeMultipartUpload(key, uploadId);
  }

  /** Starts to store this part behind the others. @returns a buffer to fill with the next one. */
  async store(part: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
    const free = (await this.#storing) ?? new Uint8Array(partSize);
    const number = this.#parts.length + 1;
    if (number >= maximumParts)
      throw new HubError("too-large", `a blob may take ${(maximumParts * partSize) / 1024 ** 3} GiB at most`);
    this.#upload ??= await storeStep(this.#bucket.createMultipartUpload(this.#key), this.#deadline);
    this.#storing = this.#send(this.#upload, number, part);
    // A failure is seen when the next part is full; until then it is not an unhandled one.
    this.#storing.catch(() => undefined);
    return free;
  }

  /** What has been stored, when all of it is. */
  async state(): Promise<R2State> {
    await this.#storing;
    const uploadId = this.#upload?.uploadId;
    return { parts: this.#parts, ...(uploadId === undefined ? {} : { uploadId }) };
  }

  /** Drops a multipart upload that this append began. Parts sent into an older one do not count until they are named. */
  async undo(): Promise<void> {
    await this.#storing?.catch(() => undefined);
    if (!this.#resumed && this.#upload)
      await storeStep(this.#upload.abort(), this.#deadline).catch(() => undefined);
  }

  async #send(upload: R2MultipartUpload, number: number, part: Uint8Array<ArrayBuffer>) {
    const { etag } = await storeStep(upload.uploadPart(number, part), this.#deadline);
    this.#parts.push(etag);
    return part;
  }
}

function wholeKey(pending: PendingObject): string {
  return `${pending.key}/whole`;
}

function lost(key: string): HubError {
  return new HubError("unavailable", "the blob store no longer has a stored object", {
    cause: new Error(`R2 has no object ${key}`),
  });
}
