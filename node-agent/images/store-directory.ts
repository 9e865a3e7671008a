import { randomBytes } from "node:crypto";
import { mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import type { Digest } from "#shared/digest";
import { succeed } from "../host/exec.ts";
import { codeOf } from "../host/files.ts";

/** How long a download that broke off is kept for the next try, in milliseconds. */
const partialLife = 24 * 3_600_000;

/**
 * Where everything lies:
 *
 *     catalog.db           what counts (catalog.ts); whatever it does not name is rubbish
 *     layers/<folder>/     the files of one layer, as overlayfs takes them
 *     blobs/<alg>/<hex>    compressed layers as they came, verified
 *     partial/<alg>-<hex>  downloads, whole or broken off, not verified
 *     staging/<random>/    layers that are being unpacked
 *     trash/<random>       what is being removed
 *
 * Things are made aside, renamed into place, and then entered into the catalog; they are taken out of the catalog first, then renamed
 * into the trash. So whatever a kill leaves is in no catalog, and goes at the next start.
 */
export class StoreDirectory {
  readonly path: string;
  #emptying: Promise<void> = Promise.resolve();

  private constructor(directory: string) {
    this.path = directory;
  }

  static async open(directory: string): Promise<StoreDirectory> {
    const opened = new StoreDirectory(path.resolve(directory));
    for (const name of ["", "layers", "blobs", "blobs/sha256", "blobs/sha512", "partial", "staging", "trash"])
      await mkdir(path.join(opened.path, name), { recursive: true, mode: 0o700 });
    return opened;
  }

  get catalog(): string {
    return path.join(this.path, "catalog.db");
  }

  get layers(): string {
    return path.join(this.path, "layers");
  }

  layer(folder: string): string {
    return path.join(this.path, "layers", folder);
  }

  blob(digest: Digest): string {
    return path.join(this.path, "blobs", digest.replace(":", "/"));
  }

  partial(digest: Digest): string {
    return path.join(this.path, "partial", digest.replace(":", "-"));
  }

  /** A free path for a file that is being written. It goes with the next start. */
  draft(): string {
    return path.join(this.path, "staging", `${randomName()}.file`);
  }

  /** An empty folder for a layer, with the mode that a root has that no archive speaks of. */
  async stage(): Promise<string> {
    const folder = path.join(this.path, "staging", randomName());
    await mkdir(folder, { mode: 0o755 });
    return folder;
  }

  /** Gives a staged layer its place. @returns the folder's name: short, so that many fit into the options of one mount. */
  async place(staged: string): Promise<string> {
    for (;;) {
      const folder = randomName();
      try {
        // Renaming a folder onto an empty one would succeed.
        if (await exists(this.layer(folder))) continue;
        await rename(staged, this.layer(folder));
        return folder;
      } catch (error) {
        if (codeOf(error) !== "ENOTEMPTY" && codeOf(error) !== "EEXIST") throw error;
      }
    }
  }

  /** Takes a file or folder out of the way now, and removes it in a while. It is no error when it is not there. */
  async discard(item: string): Promise<void> {
    try {
      await rename(item, path.join(this.path, "trash", randomName()));
    } catch (error) {
      if (codeOf(error) !== "ENOENT") throw error;
      return;
    }
    void this.emptyTrash();
  }

  /** Removes what is in the trash. What cannot go now, goes at the next call. */
  emptyTrash(): Promise<void> {
    // What cannot go now is no reason for who adds or removes to fail.
    this.#emptying = this.#emptying.then(() => this.#removeTrash()).catch(() => {});
    return this.#emptying;
  }

  async #removeTrash(): Promise<void> {
    const trash = path.join(this.path, "trash");
    const items = (await readdir(trash)).map((name) => path.join(trash, name));
    // By rm(1): names in a layer need not be UTF-8, which Node's own would not find.
    if (items.length > 0) await succeed("rm", ["-rf", "--one-file-system", ...items], { deadline: 600_000 });
  }

  /** Takes away all that the catalog does not name, which is what a kill has left. */
  async sweep(folders: ReadonlySet<string>, blobs: ReadonlySet<Digest>): Promise<void> {
    for (const name of await readdir(path.join(this.path, "staging")))
      await this.discard(path.join(this.path, "staging", name));
    for (const name of await readdir(this.layers))
      if (!folders.has(name)) await this.discard(this.layer(name));
    for (const algorithm of ["sha256", "sha512"] as const)
      for (const hex of await readdir(path.join(this.path, "blobs", algorithm)))
        if (!blobs.has(`${algorithm}:${hex}`)) await this.discard(this.blob(`${algorithm}:${hex}`));
    for (const name of await readdir(path.join(this.path, "partial"))) {
      const file = path.join(this.path, "partial", name);
      const { mtimeMs } = await stat(file);
      if (Date.now() - mtimeMs > partialLife || name.endsWith(".new")) await rm(file, { force: true });
    }
    void this.emptyTrash();
  }
}

async function exists(item: string): Promise<boolean> {
  return stat(item).then(
    () => true,
    () => false,
  );
}

/** Six characters of base 36: beside a few thousand others, one in a million is taken. */
function randomName(): string {
  return (randomBytes(6).readUIntBE(0, 6) % 36 ** 6).toString(36).padStart(6, "0");
}
