import type { Database } from "../db/index.ts";
import { bigReads } from "../platform/big-reads.ts";
import type { BlobStore, PendingObject } from "../platform/blob-store.ts";
import { minute, second } from "../platform/clock.ts";
import { storeDeadline, within } from "../platform/deadline.ts";
import { StreamingHash } from "../platform/streaming-hash.ts";
import { algorithmOf, type Digest, type DigestAlgorithm } from "../shared/digest.ts";
import { HubError } from "../shared/errors.ts";
import { publishBlob, settleBlob, type VerifiedBlob } from "./blob-links.ts";
import { RegistryError } from "./errors.ts";
import { decideChunk, type ChunkRange } from "./upload-range.ts";
import { uploadConflict, uploadUnknown } from "./upload-errors.ts";

/*
 * One upload, from its start to its blob.
 *
 *   open ──append──▶ open ──finish──▶ closing ──verified──▶ publishing ──D1──▶ finished ──▶ forgotten
 *
 *   open        bytes are added; `pending` says what is safely stored
 *   closing     no byte is added any more. Making the object whole and reading it again can be repeated after a crash
 *   publishing  the transaction that makes the blob readable may have happened. After a crash or an error `settleBlob` asks D1
 *   finished    kept for a while, so that a client who lost the answer gets it when it asks again
 *
 * Each state is kept before the step that leads out of it, and a wrong digest or a cancel removes bytes and session at once.
 */
export type UploadState = UploadOwner &
  (
    | { phase: "open"; pending: PendingObject }
    | { phase: "closing"; pending: PendingObject; digest: Digest }
    | { phase: "publishing"; pending: PendingObject; digest: Digest; locator: string }
    | { phase: "finished"; pending: PendingObject; digest: Digest; locator: string }
  );

/** Whose upload it is. Anybody else finds no upload. */
interface UploadOwner {
  repository: string;
  subject: string;
  /** What the running hash computes. */
  algorithm: DigestAlgorithm;
}

/** Bytes of one request. */
export interface Chunk {
  body: ReadableStream<Uint8Array> | null;
  range?: ChunkRange;
  /** Content-Length in bytes. */
  length?: number;
}

export interface FinishedUpload {
  digest: Digest;
  size: number;
}

/** Where a session keeps its state: synchronous, and durable before anything leaves the Durable Object afterwards. */
interface UploadStorage {
  get(): UploadState | undefined;
  put(state: UploadState): void;
  clear(): Promise<void>;
}

export interface UploadParts {
  storage: UploadStorage;
  store: BlobStore;
  db: Database;
  /** Milliseconds since 1970. */
  now: () => number;
}

/** How long a client may send nothing, and how long the database may take, in milliseconds. */
const clientDeadline = 5 * minute;
const databaseDeadline = 30 * second;

/** Calls must come one after the other, but for `offset`. */
export class UploadSession {
  readonly #parts: UploadParts;
  #state: UploadState | undefined;
  /** Over the bytes of `pending`; undefined when the object was evicted or restarted since. */
  #hash: StreamingHash | undefined;

  constructor(parts: UploadParts) {
    this.#parts = parts;
    this.#state = parts.storage.get();
    if (this.#state && this.offset === 0) this.#hash = new StreamingHash(this.#state.algorithm);
  }

  /** What the session is, for the alarm and for those who check whose it is. */
  get state(): UploadState | undefined {
    return this.#state;
  }

  /** Bytes that are safely stored. */
  get offset(): number {
    return this.#state?.pending.size ?? 0;
  }

  async start(key: string, owner: UploadOwner): Promise<void> {
    this.#keep({ ...owner, phase: "open", pending: await this.#parts.store.begin(key) });
    this.#hash = new StreamingHash(owner.algorithm);
  }

  /** Adds a chunk; all of it or nothing. @throws RegistryError RANGE_INVALID, SIZE_INVALID; the upload can go on after both. */
  async append(chunk: Chunk): Promise<void> {
    const state = this.#state;
    if (state?.phase !== "open") throw uploadUnknown();
    const { pending, hash } = await this.#write(state.pending, chunk, this.#hash);
    this.#hash = hash;
    this.#keep({ ...state, pending });
  }

  /**
   * Adds the last chunk, verifies everything and makes the blob readable. Asked again with the same digest, it answers again.
   *
   * @throws RegistryError DIGEST_INVALID; the upload and its bytes are gone then.
   */
  async finish(digest: Digest, chunk: Chunk): Promise<FinishedUpload> {
    let state = this.#state;
    if (state?.phase === "open") state = await this.#close(state, digest, chunk);
    else await chunk.body?.cancel().catch(() => undefined);
    if (!state || state.digest !== digest) throw uploadUnknown();
    if (state.phase === "closing") await this.#publish(state);
    else if (state.phase === "publishing") await this.#settle(state);
    return { digest, size: state.pending.size };
  }

  /** Ends the upload and removes its bytes. */
  async cancel(): Promise<void> {
    if (this.#state?.phase !== "open" && this.#state?.phase !== "closing") throw uploadUnknown();
    await this.#abandon();
  }

  /** Nobody has asked for long: finishes what was begun, removes what is left over, and forgets the session. */
  async expire(): Promise<void> {
    if (this.#state?.phase === "publishing") await this.#settle(this.#state).catch(ignoreUnknown);
    const state = this.#state;
    if (!state) return;
    if (state.phase === "finished") await this.#parts.store.discard(state.pending, state.locator);
    else await this.#parts.store.discard(state.pending);
    await this.#forget();
  }

  /** Adds the last chunk and settles what the digest must be. Nothing is verified yet unless the running hash could do it. */
  async #close(state: UploadState & { phase: "open" }, digest: Digest, chunk: Chunk) {
    // A blob that comes whole is hashed by the algorithm it is going to be verified with.
    const whole = state.pending.size === 0;
    const running = whole ? new StreamingHash(algorithmOf(digest)) : this.#hash;
    const { pending, hash } = await this.#write(state.pending, chunk, running);
    this.#hash = hash;
    if (hash?.algorithm === algorithmOf(digest)) await this.#verify(digest, hash.copy().digest(), pending);
    return this.#keep({ ...state, phase: "closing", pending, digest });
  }

  /** Closing → finished. */
  async #publish(state: UploadState & { phase: "closing" }): Promise<void> {
    const { store, db, now } = this.#parts;
    const locator = await store.finish(state.pending);
    // 1. What the running hash did not verify is read once more.
    if (this.#hash?.algorithm !== algorithmOf(state.digest)) {
      const again = new StreamingHash(algorithmOf(state.digest));
      for await (const bytes of bigReads(await store.read(locator), {
        deadline: storeDeadline,
        source: "the blob store",
      }))
        again.update(bytes);
      await this.#verify(state.digest, again.copy().digest(), state.pending);
      this.#hash = again;
    }
    // 2. From here on it may be readable.
    const publishing = this.#keep({ ...state, phase: "publishing", locator });
    try {
      await databaseStep(publishBlob(db, verified(publishing), now()));
    } catch (error) {
      // The repository has another name by now: nothing can be published here any more.
      if (error instanceof RegistryError) await this.#settle(publishing).catch(ignoreUnknown);
      throw error;
    }
    // 3. It is.
    this.#keep({ ...publishing, phase: "finished" });
  }

  /** Publishing → finished, or gone when it was not published. */
  async #settle(state: UploadState & { phase: "publishing" }): Promise<void> {
    const published = await databaseStep(settleBlob(this.#parts.db, verified(state), this.#parts.now()));
    if (published) return void this.#keep({ ...state, phase: "finished" });
    // The object itself is garbage collection's now.
    await this.#parts.store.discard(state.pending, state.locator);
    await this.#forget();
    throw uploadUnknown();
  }

  async #verify(expected: Digest, actual: Digest, pending: PendingObject): Promise<void> {
    if (actual === expected) return;
    await this.#abandon(pending);
    throw new RegistryError(
      "DIGEST_INVALID",
      `the ${pending.size} bytes that were uploaded have the digest ${actual}, not ${expected}; start the upload again`,
      { detail: { expected, actual, size: pending.size } },
    );
  }

  /** Writes and hashes a chunk in one pass. Neither `pending` nor `hash` is changed: a failure leaves both to be used again. */
  async #write(pending: PendingObject, chunk: Chunk, hash: StreamingHash | undefined) {
    const decision = decideChunk(pending.size, chunk.range, chunk.length);
    if (!decision.allow) {
      await chunk.body?.cancel().catch(() => undefined);
      throw uploadConflict(decision.reason, decision.message);
    }
    const next = hash?.copy();
    if (!chunk.body) {
      checkLength(0, decision.expected);
      return { pending, hash: next };
    }
    const chunks = hashed(chunk.body, next, decision.expected);
    return { pending: await this.#parts.store.append(pending, chunks), hash: next };
  }

  async #abandon(pending = this.#state?.pending): Promise<void> {
    if (pending) await this.#parts.store.discard(pending);
    await this.#forget();
  }

  #keep<State extends UploadState>(state: State): State {
    this.#parts.storage.put(state);
    this.#state = state;
    return state;
  }

  async #forget(): Promise<void> {
    this.#state = undefined;
    this.#hash = undefined;
    await this.#parts.storage.clear();
  }
}

/** The body's bytes as they pass by the hash. @throws RegistryError SIZE_INVALID when there are not as many as expected. */
async function* hashed(
  body: ReadableStream<Uint8Array>,
  hash: StreamingHash | undefined,
  expected: number | undefined,
): AsyncGenerator<Uint8Array, void, void> {
  let size = 0;
  for await (const bytes of bigReads(body, { deadline: clientDeadline, source: "the client" })) {
    size += bytes.byteLength;
    if (expected !== undefined && size > expected) checkLength(size, expected);
    hash?.update(bytes);
    yield bytes;
  }
  checkLength(size, expected);
}

function checkLength(size: number, expected: number | undefined): void {
  if (expected === undefined || size === expected) return;
  const relation = size > expected ? "is longer than" : `ended after ${size} bytes instead of`;
  throw uploadConflict("length", `the request's body ${relation} the ${expected} bytes it announced`);
}

/** @throws HubError `unavailable`: whether the database did it is not known then. */
async function databaseStep<T>(work: Promise<T>): Promise<T> {
  try {
    return await within(work, databaseDeadline, "the database");
  } catch (error) {
    if (error instanceof HubError) throw error;
    throw new HubError("unavailable", "the database did not take the blob; try again", { cause: error });
  }
}

function verified(state: UploadState & { phase: "publishing" }): VerifiedBlob {
  const { repository, subject, digest, locator, pending } = state;
  return { repository, subject, digest, locator, size: pending.size };
}

function ignoreUnknown(error: unknown): void {
  if (!(error instanceof RegistryError && error.code === "BLOB_UPLOAD_UNKNOWN")) throw error;
}
