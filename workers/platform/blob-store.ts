/**
 * Where bytes are kept. Two drivers stand behind this interface: R2 at the edge, and workerd's disk service in the embedded
 * server. One contract suite (test/workers/platform/blob-store-contract.ts) runs on both.
 *
 * What always holds:
 * - An object is written once, under a key nobody has used, and never changed. So a database row can be pointed at it, or away
 *   from it, in one transaction, and a reader never sees half of it.
 * - A key is unguessable and says nothing of the content. Digests are verified above this interface, never by it.
 * - No body is ever held whole: `append` and `read` stream.
 */

/** Says where a finished object is. Opaque outside its driver; a plain string, to be kept in a database row. */
export type Locator = string;

/** A part of an object, in bytes, already checked against its size: offset + length ≤ size. */
export interface ByteRange {
  offset: number;
  length: number;
}

/**
 * An object that is being written, in as many `append`s as it takes. Plain JSON, so that it can be kept between requests
 * (in the upload's Durable Object). A value from before an `append` must not be used after that `append` has resolved.
 */
export interface PendingObject {
  key: string;
  /** Bytes that are safely stored. */
  size: number;
  /** The driver's own bookkeeping. */
  state: unknown;
}

export interface BlobStore {
  /** Smallest chunk that is written without extra work, in bytes; advertised as OCI-Chunk-Min-Length. */
  readonly minimumChunk: number;

  /** The bytes of a finished object, or a part of them. @throws HubError `unavailable` when the store has lost it or does not answer. */
  read(locator: Locator, range?: ByteRange): Promise<ReadableStream<Uint8Array>>;

  /** Stores a small object (a manifest) that is in memory already. */
  write(key: string, bytes: Uint8Array): Promise<Locator>;

  /** Deletes finished objects; one that is gone already is no error. */
  delete(locators: readonly Locator[]): Promise<void>;

  begin(key: string): Promise<PendingObject>;

  /**
   * Stores what `chunks` yields behind what is there. All or nothing: when the source or the store fails, the object is as it was
   * before, `pending` stays usable, and the failure is thrown on: that of the source as it is, that of the store as HubError
   * `unavailable`. So that reading and writing overlap, two chunks are in use at a time: the source may reuse the memory of a chunk
   * once the second one after it is asked for.
   */
  append(pending: PendingObject, chunks: AsyncIterable<Uint8Array>): Promise<PendingObject>;

  /** Makes the object whole and readable. Safe to call again with the same value after a crash: the locator is the same. */
  finish(pending: PendingObject): Promise<Locator>;

  /**
   * Removes everything that was appended, including what a crashed `append` left; with `keep`, everything but that finished
   * object. Safe to call again.
   */
  discard(pending: PendingObject, keep?: Locator): Promise<void>;
}
