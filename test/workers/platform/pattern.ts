const longest = 24 * 1024 * 1024;
const patterns = new Map<number, Uint8Array<ArrayBuffer>>();

/** A part of the object of this seed. Not to be written to. */
export function patternBytes(offset: number, length: number, seed = 0): Uint8Array<ArrayBuffer> {
  let pattern = patterns.get(seed);
  if (!pattern) {
    pattern = new Uint8Array(longest);
    for (let at = 0; at < longest; at += 1) pattern[at] = Math.imul(at + seed * 7919, 2654435761) >>> 13;
    patterns.set(seed, pattern);
  }
  if (offset + length > longest) throw new Error(`test objects have ${longest} bytes at most`);
  return pattern.subarray(offset, offset + length);
}

interface PatternOptions {
  seed?: number;
  /** Throw this after the last byte. */
  failure?: Error;
}

/**
 * The pattern in pieces of uneven size, from two buffers that are used by turns, as a reader of big pieces does: a store that holds on to
 * a piece for too long stores the wrong bytes.
 */
export async function* patternChunks(
  offset: number,
  length: number,
  { seed = 0, failure }: PatternOptions = {},
): AsyncGenerator<Uint8Array, void, void> {
  const buffers = [new Uint8Array(700_001), new Uint8Array(700_001)];
  let turn = 0;
  for (let done = 0; done < length;) {
    const buffer = buffers[turn] as Uint8Array;
    turn = 1 - turn;
    const piece = buffer.subarray(0, Math.min(buffer.byteLength, length - done));
    piece.set(patternBytes(offset + done, piece.byteLength, seed));
    yield piece;
    done += piece.byteLength;
  }
  if (failure) throw failure;
}

export async function readAll(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Whether two byte arrays are equal: a comparison by `expect` of megabytes takes seconds. */
export function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.byteLength === right.byteLength && crypto.subtle.timingSafeEqual(left, right);
}
