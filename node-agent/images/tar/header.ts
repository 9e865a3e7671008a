import { HubError } from "#shared/errors";

/** The unit of a tar archive, in bytes. */
export const blockSize = 512;

/** Text of an archive, one character a byte: names in an archive need not be UTF-8, and must come out as they went in. */
export type ByteText = string;

/** The fields of one header block (POSIX.1-1988 "ustar", and what GNU tar makes of it). */
export interface Header {
  name: ByteText;
  /** The character in the header, such as "0" for a file and "x" for a PAX header. */
  type: string;
  mode: number;
  uid: number;
  gid: number;
  /** In bytes. */
  size: number;
  /** Seconds since 1970. */
  mtime: number;
  linkName: ByteText;
  major: number;
  minor: number;
}

/**
 * Reads a header block.
 *
 * @throws HubError `invalid` when its checksum is wrong or a number in it is none.
 */
export function readHeader(block: Buffer): Header {
  checkSum(block);
  const ustar = block.toString("latin1", 257, 262) === "ustar";
  const gnu = block.toString("latin1", 257, 265) === "ustar  \0";
  // GNU keeps times and sparse maps where POSIX keeps the front part of a long name.
  const prefix = ustar && !gnu ? text(block, 345, 155) : "";
  const name = text(block, 0, 100);
  return {
    name: prefix === "" ? name : `${prefix}/${name}`,
    type: block[156] === 0 ? "0" : String.fromCharCode(block[156] ?? 0),
    mode: number(block, 100, 8),
    uid: number(block, 108, 8),
    gid: number(block, 116, 8),
    size: number(block, 124, 12),
    mtime: number(block, 136, 12),
    linkName: text(block, 157, 100),
    major: ustar ? number(block, 329, 8) : 0,
    minor: ustar ? number(block, 337, 8) : 0,
  };
}

export function isZeroBlock(block: Buffer): boolean {
  return block[0] === 0 && block.equals(zeros);
}

const zeros = Buffer.alloc(blockSize);

/** Whole bytes that `size` bytes of content take in the archive. */
export function padded(size: number): number {
  return Math.ceil(size / blockSize) * blockSize;
}

/** A field that ends at its first zero byte, or at its own end. */
function text(block: Buffer, offset: number, length: number): ByteText {
  const end = block.indexOf(0, offset);
  return block.toString("latin1", offset, end < 0 || end > offset + length ? offset + length : end);
}

/** A number in octal digits, or in base 256 where its first bit is set (GNU and star, for what does not fit). */
export function number(block: Buffer, offset: number, length: number): number {
  const first = block[offset] ?? 0;
  if (first & 0x80) return base256(block.subarray(offset, offset + length));
  const digits = text(block, offset, length).trim();
  if (digits === "") return 0;
  if (!/^[0-7]+$/.test(digits)) throw malformed(`a header says "${digits}" where an octal number belongs`);
  return Number.parseInt(digits, 8);
}

function base256(bytes: Buffer): number {
  const negative = ((bytes[0] ?? 0) & 0x40) !== 0;
  let value = BigInt((bytes[0] ?? 0) & 0x7f);
  for (const byte of bytes.subarray(1)) value = value * 256n + BigInt(byte);
  if (negative) value -= 1n << BigInt(bytes.length * 8 - 1);
  if (value > BigInt(Number.MAX_SAFE_INTEGER) || value < BigInt(Number.MIN_SAFE_INTEGER))
    throw malformed(`a header has the number ${value}, which no file system can hold`);
  return Number(value);
}

function checkSum(block: Buffer): void {
  let unsigned = 0;
  let signed = 0;
  for (let at = 0; at < blockSize; at++) {
    // The sum is made with blanks in its own place.
    const byte = at >= 148 && at < 156 ? 0x20 : (block[at] ?? 0);
    unsigned += byte;
    signed += byte < 0x80 ? byte : byte - 0x100;
  }
  const stated = number(block, 148, 8);
  if (stated !== unsigned && stated !== signed)
    throw malformed("the checksum of a header is wrong, so this is no archive or a damaged one");
}

export function malformed(reason: string): HubError {
  return new HubError("invalid", `the tar archive cannot be read: ${reason}`);
}
