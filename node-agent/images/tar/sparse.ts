import { blockSize, malformed, number } from "./header.ts";

/** A stretch of a sparse file that is in the archive; what lies between is a hole. In bytes. */
export interface Extent {
  offset: number;
  length: number;
}

/** How many stretches a file may have, so that a map cannot fill the memory. */
const maximumExtents = 1_000_000;

/** The map in an old GNU header (type S), or in one of the blocks that go on with it. @returns whether another such block follows. */
export function readOldSparse(block: Buffer, extents: Extent[], first: boolean): boolean {
  const [start, count, more] = first ? [386, 4, 482] : [0, 21, 504];
  for (let index = 0; index < count; index++) {
    const at = start + index * 24;
    if (block[at] === 0) break;
    extents.push({ offset: number(block, at, 12), length: number(block, at + 12, 12) });
  }
  if (extents.length > maximumExtents) throw tooMany();
  return block[more] === 1;
}

/** The map in PAX records: pairs of numbers, as GNU.sparse.map has them (0.1) or repeated records (0.0). */
export function readPaxSparse(numbers: readonly string[]): Extent[] {
  if (numbers.length % 2 === 1 || numbers.length / 2 > maximumExtents) throw tooMany();
  const extents: Extent[] = [];
  for (let at = 0; at < numbers.length; at += 2)
    extents.push({ offset: whole(numbers[at]), length: whole(numbers[at + 1]) });
  return extents;
}

/**
 * The map that stands in front of the content (PAX sparse format 1.0): decimal numbers on lines, filled up to a whole block.
 *
 * @returns undefined while `bytes` does not hold all of it.
 */
export function readLeadingSparse(bytes: Buffer): { extents: Extent[]; length: number } | undefined {
  let at = 0;
  const next = (): number | undefined => {
    const end = bytes.indexOf(0x0a, at);
    if (end < 0) {
      if (bytes.length - at > 32) throw malformed("the map of a sparse file is not made of numbers");
      return undefined;
    }
    const value = whole(bytes.toString("latin1", at, end));
    at = end + 1;
    return value;
  };
  const count = next();
  if (count === undefined) return undefined;
  if (count > maximumExtents) throw tooMany();
  const extents: Extent[] = [];
  for (let index = 0; index < count; index++) {
    const offset = next();
    const length = offset === undefined ? undefined : next();
    if (offset === undefined || length === undefined) return undefined;
    extents.push({ offset, length });
  }
  const length = Math.ceil(at / blockSize) * blockSize;
  return length <= bytes.length ? { extents, length } : undefined;
}

/** @throws HubError `invalid` unless the stretches lie in order within the file and hold `stored` bytes in all. */
export function checkExtents(extents: readonly Extent[], size: number, stored: number): void {
  let end = 0;
  let sum = 0;
  for (const { offset, length } of extents) {
    if (offset < end || offset + length > size)
      throw malformed(`a sparse file of ${size} bytes has content at ${offset} of ${length} bytes`);
    end = offset + length;
    sum += length;
  }
  if (sum !== stored)
    throw malformed(`the map of a sparse file speaks of ${sum} bytes, the archive has ${stored}`);
}

function whole(text: string | undefined): number {
  const value = /^[0-9]{1,16}$/.test(text ?? "") ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value)) throw malformed(`the map of a sparse file has "${text}" for a number`);
  return value;
}

function tooMany(): Error {
  return malformed(
    `the map of a sparse file has an odd number of fields or more than ${maximumExtents} parts`,
  );
}
