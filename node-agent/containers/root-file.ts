import { constants } from "node:fs";
import { lstat, open, readlink } from "node:fs/promises";
import path from "node:path";

const mostLinks = 40;
const mostBytes = 1 << 20;

/**
 * Reads a small file of a container that does not run. Symlinks are followed as the container would, with its own root: none leads out.
 *
 * @returns undefined for what is no plain file, or too large.
 */
export async function readRootFile(rootfs: string, file: string): Promise<string | undefined> {
  try {
    const place = await resolveInRoot(rootfs, file);
    // A FIFO would hold us up, and a link that was put there since would lead elsewhere.
    const handle = await open(place, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const state = await handle.stat();
      if (!state.isFile() || state.size > mostBytes) return undefined;
      return await handle.readFile("utf8");
    } finally {
      await handle.close();
    }
  } catch {
    return undefined;
  }
}

async function resolveInRoot(rootfs: string, file: string): Promise<string> {
  const left = file.split("/").filter(Boolean);
  let inside = "/";
  for (let links = 0; left.length > 0;) {
    const name = left.shift() ?? "";
    const next = path.posix.join(inside, name);
    const state = await lstat(path.join(rootfs, next));
    if (!state.isSymbolicLink()) {
      inside = next;
      continue;
    }
    if (++links > mostLinks) throw new Error(`too many symlinks on the way to ${file}`);
    const target = await readlink(path.join(rootfs, next));
    left.unshift(...target.split("/").filter(Boolean));
    if (path.posix.isAbsolute(target)) inside = "/";
  }
  return path.join(rootfs, inside);
}
