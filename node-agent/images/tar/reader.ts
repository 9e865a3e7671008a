import {
  blockSize,
  type ByteText,
  type Header,
  isZeroBlock,
  malformed,
  number,
  padded,
  readHeader,
} from "./header.ts";
import { readPax } from "./pax.ts";
import { checkExtents, type Extent, readLeadingSparse, readOldSparse, readPaxSparse } from "./sparse.ts";

type EntryType = "file" | "directory" | "symlink" | "link" | "character" | "block" | "fifo";

/** One thing in an archive, with all that long names, PAX records and sparse maps say of it. */
export interface TarEntry {
  path: ByteText;
  type: EntryType;
  /** Permissions only: the lower twelve bits. */
  mode: number;
  uid: number;
  gid: number;
  /** Of the file once it is written out, in bytes; 0 for what is no file. */
  size: number;
  /** Seconds since 1970, with a fraction. */
  mtime: number;
  /** The target of a symlink or hard link. */
  linkPath: ByteText;
  major: number;
  minor: number;
  xattrs: ReadonlyMap<ByteText, ByteText>;
}

/** Where a reader puts what it finds, in the order of the archive. */
export interface TarSink {
  entry(entry: TarEntry): void;
  /** Content of the last entry, to be put at `offset` in the file. The bytes are only lent until the call returns. */
  content(bytes: Buffer, offset: number): void;
  /** The content of the last entry is complete. Comes after each `entry`. */
  entryEnd(): void;
}

/** The longest extended header and the longest name, in bytes. Linux takes names of 4,096. */
const maximumExtension = 1024 * 1024;

const types: Readonly<Record<string, EntryType>> = {
  "0": "file",
  "7": "file",
  S: "file",
  "1": "link",
  "2": "symlink",
  "3": "character",
  "4": "block",
  "5": "directory",
  D: "directory",
  "6": "fifo",
};

/**
 * Reads a tar archive that comes in pieces: ustar, GNU and PAX (long names, large numbers, extended attributes, sparse files in all
 * four forms). It trusts nothing: every length is checked before anything is kept.
 *
 * The state is what the next bytes are: a header block, an extension gathered whole (`x`, `L`, `K`), a sparse map, content, or the
 * filling behind content. At the end of the archive, two blocks of zeros, everything that follows is ignored.
 */
export class TarReader {
  readonly #sink: TarSink;
  #state: "header" | "old-sparse" | "extension" | "sparse-map" | "content" | "padding" | "end" = "header";
  /** What is gathered: a block, an extension, a sparse map. */
  #gathered = Buffer.allocUnsafe(blockSize);
  #filled = 0;
  /** Bytes of content or filling that are still to come, as the archive stores them. */
  #left = 0;
  #filling = 0;
  #header: Header | undefined;
  #path: ByteText | undefined;
  #linkPath: ByteText | undefined;
  #records = new Map<ByteText, ByteText>();
  /** The numbers of repeated GNU.sparse records (format 0.0). */
  #sparseNumbers: string[] = [];
  #sawZeros = false;
  #extents: Extent[] | undefined;
  #extent = 0;
  #offset = 0;

  constructor(sink: TarSink) {
    this.#sink = sink;
  }

  /** @throws HubError `invalid` as soon as something cannot be right, and whatever the sink throws. */
  write(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length && this.#state !== "end") {
      if (this.#state === "content") at += this.#takeContent(chunk.subarray(at, at + this.#left));
      else if (this.#state === "padding") at += this.#skip(chunk.length - at);
      else at += this.#gather(chunk.subarray(at));
    }
  }

  /** Says that nothing more comes. @throws HubError `invalid` when the archive breaks off. */
  end(): void {
    // Some tools leave the zeros at the end away, or half of them.
    if (this.#state === "end" || (this.#state === "header" && this.#filled === 0 && !this.#pending())) return;
    throw malformed("it ends in the middle of an entry, so it is truncated");
  }

  #pending(): boolean {
    return this.#path !== undefined || this.#linkPath !== undefined || this.#records.size > 0;
  }

  #gather(chunk: Buffer): number {
    const wanted = Math.min(chunk.length, this.#gathered.length - this.#filled);
    chunk.copy(this.#gathered, this.#filled, 0, wanted);
    this.#filled += wanted;
    if (this.#filled < this.#gathered.length) return wanted;
    const whole = this.#gathered;
    this.#filled = 0;
    if (this.#state === "header") this.#takeHeader(whole);
    else if (this.#state === "old-sparse") this.#takeOldSparse(whole);
    else if (this.#state === "extension") this.#takeExtension(whole);
    else this.#takeSparseMap(whole);
    return wanted;
  }

  #expect(state: "header" | "old-sparse" | "extension", length = blockSize): void {
    this.#state = state;
    this.#filled = 0;
    if (this.#gathered.length !== length) this.#gathered = Buffer.allocUnsafe(length);
  }

  #takeHeader(block: Buffer): void {
    if (isZeroBlock(block)) {
      if (this.#pending()) throw malformed("an extended header has no entry behind it");
      if (this.#sawZeros) this.#state = "end";
      this.#sawZeros = true;
      return;
    }
    if (this.#sawZeros) throw malformed("there is an entry behind a block of zeros");
    const header = readHeader(block);
    if (header.size < 0) throw malformed(`an entry has the size ${header.size}`);
    this.#header = header;
    if ("xgLK".includes(header.type)) {
      if (header.size > maximumExtension)
        throw malformed(`an extended header has ${header.size} bytes, ${maximumExtension} is the most`);
      if (header.size === 0) return;
      this.#expect("extension", padded(header.size));
    } else if (header.type === "S") {
      this.#extents = [];
      const size = number(block, 483, 12);
      this.#records.set("GNU.sparse.realsize", String(size));
      if (readOldSparse(block, this.#extents, true)) this.#expect("old-sparse");
      else this.#begin();
    } else if (header.type === "V") {
      this.#finishWith(padded(header.size));
    } else this.#begin();
  }

  #takeOldSparse(block: Buffer): void {
    if (!readOldSparse(block, (this.#extents ??= []), false)) this.#begin();
  }

  #takeExtension(whole: Buffer): void {
    const { type, size } = this.#header as Header;
    const bytes = whole.subarray(0, size);
    if (type === "L" || type === "K") {
      const end = bytes.indexOf(0);
      const name = bytes.toString("latin1", 0, end < 0 ? size : end);
      if (type === "L") this.#path = name;
      else this.#linkPath = name;
    } else if (type === "x") {
      for (const [key, value] of readPax(bytes)) {
        if (key === "GNU.sparse.offset" || key === "GNU.sparse.numbytes") this.#sparseNumbers.push(value);
        // An empty value takes a record back.
        else if (value === "") this.#records.delete(key);
        else this.#records.set(key, value);
      }
    }
    // A global header ("g") speaks of the archive as a whole: comments, in all known images.
    this.#expect("header");
  }

  /** All that describes the next entry is there. */
  #begin(): void {
    const header = this.#header as Header;
    const type = types[header.type];
    if (type === undefined) throw malformed(`an entry has the unknown type "${header.type}"`);
    const records = this.#records;
    const stored = type === "file" ? (decimal(records, "size") ?? header.size) : 0;
    this.#left = stored;
    this.#filling = padded(stored) - stored;
    if (
      type === "file" &&
      records.get("GNU.sparse.major") === "1" &&
      records.get("GNU.sparse.minor") === "0"
    ) {
      if (stored < blockSize) throw malformed("a sparse file has no room for its map");
      this.#expect("header");
      this.#state = "sparse-map";
      return;
    }
    if (type === "file" && this.#extents === undefined) this.#extents = this.#paxExtents();
    this.#announce();
  }

  #paxExtents(): Extent[] | undefined {
    const map = this.#records.get("GNU.sparse.map");
    if (map !== undefined) return readPaxSparse(map === "" ? [] : map.split(","));
    if (this.#records.has("GNU.sparse.numblocks")) return readPaxSparse(this.#sparseNumbers);
    return undefined;
  }

  #takeSparseMap(gathered: Buffer): void {
    const map = readLeadingSparse(gathered);
    if (map === undefined) {
      if (gathered.length + blockSize > this.#left)
        throw malformed("the map of a sparse file is longer than the file");
      this.#gathered = Buffer.concat([gathered], gathered.length + blockSize);
      this.#filled = gathered.length;
      return;
    }
    this.#left -= gathered.length;
    this.#extents = map.extents;
    this.#announce();
  }

  #announce(): void {
    const header = this.#header as Header;
    const records = this.#records;
    const type = types[header.type] as EntryType;
    const path = records.get("GNU.sparse.name") ?? records.get("path") ?? this.#path ?? header.name;
    const real = decimal(records, "GNU.sparse.realsize") ?? decimal(records, "GNU.sparse.size");
    const size = this.#extents === undefined ? this.#left : (real ?? this.#left);
    if (this.#extents !== undefined) checkExtents(this.#extents, size, this.#left);
    const entry: TarEntry = {
      path,
      // Before POSIX, a directory was a file whose name ends in a slash.
      type: type === "file" && header.type === "0" && path.endsWith("/") ? "directory" : type,
      mode: header.mode & 0o7777,
      uid: decimal(records, "uid") ?? header.uid,
      gid: decimal(records, "gid") ?? header.gid,
      size: type === "file" ? size : 0,
      mtime: seconds(records.get("mtime")) ?? header.mtime,
      linkPath: records.get("linkpath") ?? this.#linkPath ?? header.linkName,
      major: header.major,
      minor: header.minor,
      xattrs: xattrsOf(records),
    };
    this.#path = this.#linkPath = undefined;
    if (records.size > 0) this.#records = new Map();
    this.#sparseNumbers = [];
    this.#extent = 0;
    this.#offset = this.#extents?.[0]?.offset ?? 0;
    this.#sink.entry(entry);
    if (this.#left === 0) this.#finish();
    else this.#state = "content";
  }

  #takeContent(bytes: Buffer): number {
    this.#left -= bytes.length;
    if (this.#extents === undefined) {
      this.#sink.content(bytes, this.#offset);
      this.#offset += bytes.length;
    } else this.#takeSparse(bytes, this.#extents);
    if (this.#left === 0) this.#finish();
    return bytes.length;
  }

  #takeSparse(bytes: Buffer, extents: readonly Extent[]): void {
    let at = 0;
    while (at < bytes.length) {
      const { offset, length } = extents[this.#extent] as Extent;
      const part = bytes.subarray(at, at + offset + length - this.#offset);
      if (part.length > 0) this.#sink.content(part, this.#offset);
      at += part.length;
      this.#offset += part.length;
      if (this.#offset < offset + length) break;
      this.#extent++;
      this.#offset = extents[this.#extent]?.offset ?? 0;
    }
  }

  #finish(): void {
    this.#extents = undefined;
    this.#sink.entryEnd();
    this.#finishWith(this.#filling);
  }

  #finishWith(filling: number): void {
    this.#expect("header");
    this.#left = filling;
    if (filling > 0) this.#state = "padding";
  }

  #skip(available: number): number {
    const skipped = Math.min(available, this.#left);
    this.#left -= skipped;
    if (this.#left === 0) this.#state = "header";
    return skipped;
  }
}

function decimal(records: ReadonlyMap<ByteText, ByteText>, key: string): number | undefined {
  const text = records.get(key);
  if (text === undefined || text === "") return undefined;
  const value = /^[0-9]{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value)) throw malformed(`the record ${key} is "${text}", not a number`);
  return value;
}

function seconds(text: string | undefined): number | undefined {
  if (text === undefined || text === "") return undefined;
  if (!/^-?[0-9]{1,15}(\.[0-9]*)?$/.test(text)) throw malformed(`the record mtime is "${text}", not a time`);
  return Number(text);
}

const none: ReadonlyMap<ByteText, ByteText> = new Map();
const xattrPrefix = "SCHILY.xattr.";

function xattrsOf(records: ReadonlyMap<ByteText, ByteText>): ReadonlyMap<ByteText, ByteText> {
  let found: Map<ByteText, ByteText> | undefined;
  for (const [key, value] of records)
    if (key.startsWith(xattrPrefix)) (found ??= new Map()).set(key.slice(xattrPrefix.length), value);
  return found ?? none;
}
