import { lstatSync, mkdirSync, readdirSync, readlinkSync, rmdirSync, type Stats, unlinkSync } from "node:fs";
import { HubError } from "#shared/errors";
import { codeOf } from "../../host/files.ts";
import type { ByteText } from "../tar/header.ts";
import { partsOf, shown, systemPath } from "./place.ts";

/** As many as Linux follows in one path. */
const maximumSymlinks = 40;

/** How many directories an archive may put something else in place of: each costs time that grows with the tree. */
const maximumReplaced = 10_000;

/**
 * The directories of a layer that is being written, and the way to them. Nobody else can reach the folder, so what it holds is what the
 * archive has put there.
 *
 * Every path is walked part by part before it is used, and a symlink on the way is resolved here, with the layer as its root, as
 * chroot would. The kernel is given only paths whose folders are real ones: no entry can lead it out.
 */
export class LayerTree {
  readonly root: string;
  /** Directories known to be real ones. */
  readonly #real = new Set<ByteText>([""]);
  readonly #onImplied: (directory: ByteText, hidden: boolean) => void;
  readonly #onRemoved: (path: ByteText) => void;
  #replaced = 0;
  #lastPath: ByteText | undefined;
  #lastFound: ByteText = "";

  /**
   * @param onImplied is told of each directory that the archive did not list, but put something into; `hidden` when a whiteout stood there.
   * @param onRemoved is told of each thing that is taken away again, directories after what they held.
   */
  constructor(
    root: string,
    onImplied: (directory: ByteText, hidden: boolean) => void,
    onRemoved: (path: ByteText) => void,
  ) {
    this.root = root;
    this.#onImplied = onImplied;
    this.#onRemoved = onRemoved;
  }

  /** A path of the tree for a system call. */
  at(path: ByteText): string | Buffer {
    return systemPath(this.root, path);
  }

  stat(path: ByteText): Stats | undefined {
    try {
      return lstatSync(this.at(path), { throwIfNoEntry: false });
    } catch (error) {
      throw tooLong(error, path);
    }
  }

  /** Where an entry belongs: its folder, made if it is not there, and its name. undefined for the root itself. */
  place(path: ByteText): { path: ByteText; folder: ByteText; name: ByteText } | undefined {
    // Most entries lie in the folder of the one before.
    const slash = path.lastIndexOf("/");
    if (slash > 0 && this.#lastPath === path.slice(0, slash)) {
      const name = path.slice(slash + 1);
      if (name !== "" && name !== "." && name !== ".." && name.length < 256)
        return { path: joined(this.#lastFound, name), folder: this.#lastFound, name };
    }
    const parts = partsOf(path);
    const name = parts.pop();
    if (name === undefined) return undefined;
    const folder = this.#folder(parts, path);
    const plain = slash > 0 && path.slice(slash + 1) === name;
    this.#lastPath = plain ? path.slice(0, slash) : undefined;
    this.#lastFound = folder;
    return { path: joined(folder, name), folder, name };
  }

  /** A directory has been made. */
  made(directory: ByteText): void {
    this.#real.add(directory);
  }

  /** Takes away what is at a path, with all that is in it. */
  remove(path: ByteText, found: Stats): void {
    this.#lastPath = undefined;
    if (!found.isDirectory()) unlinkSync(this.at(path));
    else {
      this.#replaced += 1;
      if (this.#replaced > maximumReplaced)
        throw new HubError(
          "invalid",
          `the layer replaces more than ${maximumReplaced} directories by others`,
        );
      for (const name of readdirSync(this.at(path), { encoding: "latin1" })) {
        const child = joined(path, name);
        this.remove(child, lstatSync(this.at(child)));
      }
      rmdirSync(this.at(path));
      this.#real.delete(path);
    }
    this.#onRemoved(path);
  }

  /** The real folder that the parts lead to. Symlinks are resolved inside the layer; what is missing becomes a directory. */
  #folder(wanted: readonly ByteText[], entry: ByteText): ByteText {
    const parts = wanted.toReversed();
    let symlinks = 0;
    let at = "";
    for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
      if (part === "" || part === ".") continue;
      if (part === "..") {
        at = at.slice(0, Math.max(at.lastIndexOf("/"), 0));
        continue;
      }
      const next = joined(at, part);
      if (this.#real.has(next)) {
        at = next;
        continue;
      }
      const found = this.stat(next);
      if (found?.isSymbolicLink()) {
        symlinks += 1;
        if (symlinks > maximumSymlinks)
          throw new HubError(
            "invalid",
            `the layer has an entry "${shown(entry)}" behind a circle of symlinks`,
          );
        const target = readlinkSync(this.at(next), { encoding: "latin1" });
        if (target.startsWith("/")) at = "";
        parts.push(...target.split("/").toReversed());
        continue;
      }
      if (!found?.isDirectory()) this.#imply(next, found, entry);
      this.#real.add(next);
      at = next;
    }
    return at;
  }

  #imply(directory: ByteText, found: Stats | undefined, entry: ByteText): void {
    const whiteout = found !== undefined && isWhiteout(found);
    if (found !== undefined && !whiteout)
      throw new HubError(
        "invalid",
        `the layer has an entry "${shown(entry)}", but "${shown(directory)}" is no directory in it`,
      );
    if (found !== undefined) this.remove(directory, found);
    make(this.at(directory), directory);
    this.#onImplied(directory, whiteout);
  }
}

/** How overlayfs marks what is gone: a character device 0:0. */
export function isWhiteout(found: Stats): boolean {
  return found.isCharacterDevice() && found.rdev === 0;
}

function joined(folder: ByteText, name: ByteText): ByteText {
  return folder === "" ? name : `${folder}/${name}`;
}

function make(place: string | Buffer, directory: ByteText): void {
  try {
    mkdirSync(place, 0o755);
  } catch (error) {
    throw tooLong(error, directory);
  }
}

function tooLong(error: unknown, path: ByteText): unknown {
  if (codeOf(error) !== "ENAMETOOLONG") return error;
  return new HubError("invalid", `the layer has a path longer than Linux takes: ${shown(path)}`, {
    cause: error,
  });
}
