import { blockSize, type ByteText, padded } from "./header.ts";
import { writePax } from "./pax.ts";

/** What of an entry goes into its headers. */
export interface HeaderFields {
  path: ByteText;
  /** The character of ustar: "0" file, "1" hard link, "2" symlink, "3" and "4" devices, "5" directory, "6" FIFO. */
  type: string;
  mode: number;
  uid: number;
  gid: number;
  size: number;
  /** Seconds since 1970. */
  mtime: number;
  linkPath?: ByteText;
  major?: number;
  minor?: number;
  xattrs?: ReadonlyMap<ByteText, ByteText>;
}

/** The largest number that eleven and seven octal digits hold. */
const [long, short] = [0o77777777777, 0o7777777];

/** The headers of one entry: a PAX header for all that ustar has no room for, then a ustar header. */
export function writeHeader(fields: HeaderFields): Buffer {
  const { path, type, size, uid, gid, mtime, linkPath = "" } = fields;
  const records: [ByteText, ByteText][] = [];
  if (path.length > 100) records.push(["path", path]);
  if (linkPath.length > 100) records.push(["linkpath", linkPath]);
  if (size > long) records.push(["size", String(size)]);
  if (uid > short) records.push(["uid", String(uid)]);
  if (gid > short) records.push(["gid", String(gid)]);
  if (mtime < 0 || mtime > long || !Number.isInteger(mtime)) records.push(["mtime", decimal(mtime)]);
  for (const [name, value] of fields.xattrs ?? []) records.push([`SCHILY.xattr.${name}`, value]);
  const header = ustar(fields, type);
  if (records.length === 0) return header;
  const extension = writePax(records);
  const extended = Buffer.alloc(padded(extension.length));
  extension.copy(extended);
  const about = { path: "pax", mode: 0o644, uid: 0, gid: 0, size: extension.length, mtime: 0 };
  return Buffer.concat([ustar({ ...about, type: "x" }, "x"), extended, header]);
}

/** The two blocks of zeros at the end of an archive. */
export const endOfArchive = Buffer.alloc(2 * blockSize);

function ustar(fields: HeaderFields, type: string): Buffer {
  const block = Buffer.alloc(blockSize);
  const octal = (value: number, offset: number, length: number) =>
    block.write(
      clamped(value, length)
        .toString(8)
        .padStart(length - 1, "0"),
      offset,
      "latin1",
    );
  block.write(fields.path.slice(0, 100), 0, "latin1");
  octal(fields.mode & 0o7777, 100, 8);
  octal(fields.uid, 108, 8);
  octal(fields.gid, 116, 8);
  octal(fields.size, 124, 12);
  octal(Math.floor(fields.mtime), 136, 12);
  block.write("        ", 148, "latin1");
  block.write(type, 156, "latin1");
  block.write((fields.linkPath ?? "").slice(0, 100), 157, "latin1");
  block.write("ustar\u000000", 257, "latin1");
  octal(fields.major ?? 0, 329, 8);
  octal(fields.minor ?? 0, 337, 8);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return block;
}

/** What does not fit stands in the PAX header. */
function clamped(value: number, length: number): number {
  return Math.min(Math.max(value, 0), length === 8 ? short : long);
}

function decimal(time: number): string {
  return Number.isInteger(time) ? String(time) : time.toFixed(9);
}
