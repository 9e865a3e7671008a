import { lstat, readlink } from "node:fs/promises";
import path from "node:path";

const mostLinks = 40;

/**
 * Where a path of a container that does not run lies on the host. Symlinks are followed as the container would, with its own root:
 * none leads out.
 *
 * @throws Error for what is not there, and for a circle of links.
 */
export async function resolveInRoot(rootfs: string, file: string): Promise<string> {
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
