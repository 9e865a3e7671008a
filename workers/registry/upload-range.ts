/** The Content-Range of a chunk, as the OCI Distribution Specification writes it: `first-last`, both included, in bytes. */
export interface ChunkRange {
  first: number;
  last: number;
}

/** What becomes of a chunk: taken, with the number of bytes it must have if that is known, or refused. */
export type ChunkDecision =
  | { allow: true; expected: number | undefined }
  | { allow: false; reason: "out-of-order" | "length"; message: string };

/** Reads a Content-Range, with or without `bytes` in front and a total behind; undefined when it is none. */
export function parseChunkRange(header: string): ChunkRange | undefined {
  const match = /^(?:bytes[ =])?(\d{1,15})-(\d{1,15})(?:\/(?:\d{1,15}|\*))?$/.exec(header.trim());
  if (!match) return undefined;
  const range = { first: Number(match[1]), last: Number(match[2]) };
  return range.first <= range.last ? range : undefined;
}

/**
 * Whether a chunk fits behind the bytes that are there.
 *
 * @param offset bytes that are there.
 * @param length Content-Length of the request, when it was sent.
 */
export function decideChunk(
  offset: number,
  range: ChunkRange | undefined,
  length: number | undefined,
): ChunkDecision {
  if (!range) return { allow: true, expected: length };
  if (range.first !== offset)
    return {
      allow: false,
      reason: "out-of-order",
      message: `this chunk begins at byte ${range.first}, but the upload has ${offset} bytes: send it from byte ${offset} on`,
    };
  const expected = range.last - range.first + 1;
  if (length !== undefined && length !== expected)
    return {
      allow: false,
      reason: "length",
      message: `Content-Range ${range.first}-${range.last} is ${expected} bytes, but Content-Length says ${length}`,
    };
  return { allow: true, expected };
}

/** What is there, for the Range header of an answer. An upload without a byte answers `0-0`, as every registry does. */
export function uploadedRange(offset: number): string {
  return `0-${Math.max(0, offset - 1)}`;
}
