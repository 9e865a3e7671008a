import {
  chmodSync,
  chownSync,
  closeSync,
  fchmodSync,
  fchownSync,
  ftruncateSync,
  futimesSync,
  lchownSync,
  linkSync,
  lutimesSync,
  mkdirSync,
  openSync,
  statfsSync,
  symlinkSync,
  utimesSync,
  writeSync,
  constants,
} from "node:fs";
import { HubError } from "#shared/errors";
import { codeOf } from "../../host/files.ts";
import type { ByteText } from "../tar/header.ts";
import type { TarEntry, TarSink } from "../tar/reader.ts";
import { isWhiteout, LayerTree } from "./layer-tree.ts";
import type { UnpackLimits } from "./limits.ts";
import { shown, systemText } from "./place.ts";
import { SpecialFiles } from "./special-files.ts";
import { Whiteouts } from "./whiteouts.ts";

/** Names that hide what lower layers have (OCI image specification, "Whiteouts"), and the one that hides all of a directory. */
const whiteoutPrefix = ".wh.";
const opaqueName = ".wh..wh..opq";

/** The attribute by which overlayfs knows a directory that hides the ones below it. */
const opaqueAttribute = "trusted.overlay.opaque";

/** How many bytes are written between two looks at what is free. */
const freeCheckInterval = 128 * 1024 * 1024;

const newFile = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

interface Directory {
  mode: number;
  uid: number;
  gid: number;
  mtime: number | undefined;
  xattrs: ReadonlyMap<ByteText, ByteText>;
  opaque: boolean;
}

/**
 * Writes the entries of one layer into a folder, as overlayfs wants to find them: whiteouts become devices 0:0, opaque directories an
 * attribute. Owners, modes, times, attributes and hard links are those of the archive.
 *
 * All is done by blocking calls, in the order of the archive: it belongs into a thread of its own.
 */
export class LayerWriter implements TarSink {
  readonly #tree: LayerTree;
  readonly #limits: UnpackLimits;
  readonly #specials = new SpecialFiles();
  readonly #whiteouts: Whiteouts;
  readonly #directories = new Map<ByteText, Directory>();
  readonly #aside: string;
  #entries = 0;
  #bytes = 0;
  #unchecked = 0;
  /** The file that is open, and what it gets when it is closed. */
  #file: { descriptor: number; entry: TarEntry; end: number } | undefined;

  /**
   * @param root an empty folder.
   * @param aside a path beside it, on the same file system, that is free for its use.
   */
  constructor(root: string, aside: string, limits: UnpackLimits) {
    this.#limits = limits;
    this.#aside = aside;
    this.#whiteouts = new Whiteouts(`${aside}.whiteout`);
    this.#tree = new LayerTree(
      root,
      (directory, hidden) => this.#directories.set(directory, { ...implied, opaque: hidden }),
      (path) => {
        this.#directories.delete(path);
        this.#specials.forget(path);
      },
    );
  }

  get entries(): number {
    return this.#entries;
  }

  /** What the files hold, in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether the layer hides everything below it, all directories. */
  get opaque(): boolean {
    return this.#directories.get("")?.opaque ?? false;
  }

  /** @throws HubError `invalid` for what no image should hold, `too-large` beyond the limits, `unavailable` when the disk is full. */
  entry(entry: TarEntry): void {
    this.#entries += 1;
    if (this.#entries > this.#limits.entries)
      throw new HubError("too-large", `the layer has more than ${this.#limits.entries} entries`);
    const place = this.#tree.place(entry.path);
    if (place === undefined) {
      if (entry.type === "directory") this.#setDirectory("", entry);
      return;
    }
    if (place.name.startsWith(whiteoutPrefix)) this.#hide(place);
    else this.#make(place.path, entry);
  }

  content(bytes: Buffer, offset: number): void {
    const file = this.#file;
    if (file === undefined) return;
    this.#count(bytes.length);
    try {
      for (let at = 0; at < bytes.length;)
        at += writeSync(file.descriptor, bytes, at, bytes.length - at, offset + at);
    } catch (error) {
      throw explained(error, file.entry);
    }
    file.end = offset + bytes.length;
  }

  entryEnd(): void {
    const file = this.#file;
    if (file === undefined) return;
    this.#file = undefined;
    const { uid, gid, mode, mtime, size } = file.entry;
    try {
      // A hole at the end.
      if (file.end < size) ftruncateSync(file.descriptor, size);
      fchownSync(file.descriptor, uid, gid);
      // After the owner, whose change takes the set-user-id bit away.
      fchmodSync(file.descriptor, mode);
      futimesSync(file.descriptor, mtime, mtime);
    } catch (error) {
      throw explained(error, file.entry);
    } finally {
      closeSync(file.descriptor);
    }
  }

  /** Finishes the layer: what needs GNU tar, then the directories, whose times change with all that is put into them. */
  async finish(): Promise<void> {
    for (const [path, directory] of this.#directories) {
      if (!directory.opaque && directory.xattrs.size === 0) continue;
      // Overlayfs does not look for the attribute on the root of a layer; who mounts it leaves out what lies below.
      const opaque: [string, string][] = directory.opaque && path !== "" ? [[opaqueAttribute, "y"]] : [];
      const xattrs = new Map([...directory.xattrs, ...opaque]);
      if (xattrs.size > 0)
        this.#specials.add(path, { ...directory, mtime: directory.mtime ?? 0, type: "5", size: 0, xattrs });
    }
    await this.#specials.settle(this.#tree.root, this.#aside);
    for (const [path, { mtime }] of this.#directories)
      if (mtime !== undefined) utimesSync(this.#tree.at(path), mtime, mtime);
  }

  /** Lets go of what is open. Called also after an error. */
  close(): void {
    if (this.#file !== undefined) closeSync(this.#file.descriptor);
    this.#file = undefined;
    this.#whiteouts.close();
  }

  #make(path: ByteText, entry: TarEntry): void {
    checkOwner(entry);
    if (entry.type === "directory") this.#makeDirectory(path, entry);
    else {
      try {
        this.#create(path, entry);
      } catch (error) {
        if (codeOf(error) !== "EEXIST") throw explained(error, entry);
        this.#replace(path, () => this.#create(path, entry), entry);
      }
    }
  }

  /** The last entry of a name wins. */
  #replace(path: ByteText, create: () => void, entry: TarEntry): void {
    const found = this.#tree.stat(path);
    // A hard link to itself stays what it is.
    if (entry.type === "link" && this.#tree.place(entry.linkPath)?.path === path) return;
    if (found !== undefined) this.#tree.remove(path, found);
    try {
      create();
    } catch (error) {
      throw explained(error, entry);
    }
  }

  #create(path: ByteText, entry: TarEntry): void {
    const at = this.#tree.at(path);
    const { uid, gid, mode, mtime, size } = entry;
    const xattrs = attributesOf(entry);
    if (entry.type === "file") {
      this.#file = { descriptor: openSync(at, newFile, 0o600), entry, end: 0 };
      if (xattrs.size > 0) this.#specials.add(path, { type: "0", mode, uid, gid, mtime, size, xattrs });
    } else if (entry.type === "symlink") {
      if (entry.linkPath === "")
        throw new HubError("invalid", `the symlink "${shown(entry.path)}" has no target`);
      symlinkSync(systemText(entry.linkPath), at);
      lchownSync(at, uid, gid);
      lutimesSync(at, mtime, mtime);
    } else if (entry.type === "link") this.#link(path, entry);
    else {
      // Stands for the device until the end of the layer.
      closeSync(openSync(at, newFile, 0o600));
      const type = deviceTypes[entry.type as keyof typeof deviceTypes];
      const { major, minor } = entry;
      this.#specials.add(path, { type, mode, uid, gid, mtime, size: 0, major, minor, xattrs });
    }
  }

  #link(path: ByteText, entry: TarEntry): void {
    const target = this.#tree.place(entry.linkPath);
    const found = target === undefined ? undefined : this.#tree.stat(target.path);
    if (target === undefined || found === undefined || found.isDirectory())
      throw new HubError(
        "invalid",
        `the layer has a hard link "${shown(entry.path)}" to "${shown(entry.linkPath)}", which is no file of this layer`,
      );
    linkSync(this.#tree.at(target.path), this.#tree.at(path));
    this.#specials.link(path, target.path);
  }

  #makeDirectory(path: ByteText, entry: TarEntry): void {
    const found = this.#tree.stat(path);
    let opaque = false;
    if (found !== undefined && !found.isDirectory()) {
      // A directory in place of one that this layer hides.
      opaque = isWhiteout(found);
      this.#tree.remove(path, found);
    }
    if (found === undefined || !found.isDirectory()) {
      try {
        mkdirSync(this.#tree.at(path), 0o700);
      } catch (error) {
        throw explained(error, entry);
      }
    }
    this.#tree.made(path);
    this.#setDirectory(path, entry, opaque);
  }

  #setDirectory(path: ByteText, entry: TarEntry, opaque = false): void {
    checkOwner(entry);
    const { uid, gid, mode, mtime } = entry;
    chownSync(this.#tree.at(path), uid, gid);
    chmodSync(this.#tree.at(path), mode);
    const before = this.#directories.get(path);
    this.#directories.set(path, {
      mode,
      uid,
      gid,
      mtime,
      xattrs: attributesOf(entry),
      opaque: opaque || (before?.opaque ?? false),
    });
  }

  /** What a whiteout names is hidden in lower layers, and never in its own. */
  #hide({ path, folder, name }: { path: ByteText; folder: ByteText; name: ByteText }): void {
    if (name === opaqueName) {
      this.#markOpaque(folder);
      return;
    }
    const hidden = name.slice(whiteoutPrefix.length);
    // Of AUFS, for its own use.
    if (hidden.startsWith(whiteoutPrefix)) return;
    if (hidden === "" || hidden === "." || hidden === "..")
      throw new HubError("invalid", `the layer has a whiteout "${shown(path)}" of nothing`);
    const target = path.slice(0, path.length - name.length) + hidden;
    const found = this.#tree.stat(target);
    if (found === undefined) this.#whiteouts.make(this.#tree.at(target));
    else if (found.isDirectory()) this.#markOpaque(target);
  }

  #markOpaque(directory: ByteText): void {
    const before = this.#directories.get(directory) ?? implied;
    this.#directories.set(directory, { ...before, opaque: true });
  }

  #count(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes > this.#limits.bytes)
      throw new HubError("too-large", `the layer holds more than ${this.#limits.bytes} bytes`);
    this.#unchecked -= bytes;
    if (this.#unchecked > 0) return;
    this.#unchecked = freeCheckInterval;
    const { bavail, bsize } = statfsSync(this.#tree.root);
    if (bavail * bsize < this.#limits.reserve + freeCheckInterval)
      throw new HubError(
        "unavailable",
        `the disk is nearly full: ${Math.floor((bavail * bsize) / 1024 ** 2)} MiB are free at ${this.#tree.root}. Make room, or remove images that are not used.`,
      );
  }
}

/** What a directory gets that the archive puts something into without listing it. */
const implied: Directory = {
  mode: 0o755,
  uid: 0,
  gid: 0,
  mtime: undefined,
  xattrs: new Map(),
  opaque: false,
};

const deviceTypes = { character: "3", block: "4", fifo: "6" } as const;

/**
 * The attributes an image may set. Those of overlayfs would let it say what lower layers show; labels of SELinux and ACLs of
 * the host's system belong to the host.
 */
function attributesOf({ xattrs }: TarEntry): ReadonlyMap<ByteText, ByteText> {
  if (xattrs.size === 0) return xattrs;
  return new Map([...xattrs].filter(([name]) => mayBeSet(name)));
}

function mayBeSet(name: ByteText): boolean {
  if (name === "security.capability") return true;
  return /^(user|trusted)\.(?!overlay\.)./.test(name);
}

/** The largest owner there is: the one above stands for "unchanged". */
const maximumOwner = 0xffff_fffe;

function checkOwner({ path, uid, gid, mtime }: TarEntry): void {
  if (uid < 0 || gid < 0 || uid > maximumOwner || gid > maximumOwner)
    throw new HubError("invalid", `the layer has an entry "${shown(path)}" of the owner ${uid}:${gid}`);
  if (Math.abs(mtime) > 1e13)
    throw new HubError("invalid", `the layer has an entry "${shown(path)}" of the time ${mtime}`);
}

/** The errors of system calls that an archive can cause, in words. */
function explained(error: unknown, { path }: TarEntry): unknown {
  const reasons: Record<string, string> = {
    ENAMETOOLONG: "has a longer path than Linux takes",
    ENOSPC: "does not fit on the disk",
    EDQUOT: "does not fit into the disk's quota",
    EFBIG: "is larger than the file system takes",
    EMLINK: "is one hard link more than the file system takes",
  };
  const code = codeOf(error) ?? "";
  const reason = reasons[code];
  if (reason === undefined) return error;
  const kind = code === "ENOSPC" || code === "EDQUOT" ? "unavailable" : "invalid";
  return new HubError(kind, `the entry "${shown(path)}" of the layer ${reason}`, { cause: error });
}
