import { statfs } from "node:fs/promises";
import type { WaterMarks } from "./garbage.ts";

/** How full the file system of the images may become, in percent of it; above `high`, images go until it is at `low`. */
export interface DiskShare {
  high: number;
  low: number;
}

/** In bytes; `free` as it is for programs that are not root's. */
export interface DiskState {
  total: number;
  free: number;
}

export const usualShare: DiskShare = { high: 85, low: 75 };

export async function diskState(folder: string): Promise<DiskState> {
  const { blocks, bavail, bsize } = await statfs(folder);
  return { total: blocks * bsize, free: bavail * bsize };
}

/**
 * What the store may take when the file system is to be at its low mark: other things fill it too. Pure.
 *
 * @param size what the store takes now, in bytes.
 * @returns undefined while the file system is below its high mark.
 */
export function marksFor(
  { total, free }: DiskState,
  { high, low }: DiskShare,
  size: number,
): WaterMarks | undefined {
  const used = total - free;
  if (total <= 0 || used * 100 <= total * high) return undefined;
  const wanted = Math.max(0, size - (used - (total * low) / 100));
  return { high: wanted, low: wanted };
}
