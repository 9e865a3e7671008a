import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { resolveInRoot } from "../host/root-path.ts";

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
