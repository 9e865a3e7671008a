import { readFile } from "node:fs/promises";

/** What processes hold, in bytes. Pages that several of them share count for each in `resident`, and once in `proportional`. */
export interface Memory {
  resident: number;
  proportional: number;
}

/** What /proc says now; a process that has ended meanwhile counts nothing. */
export async function memoryOf(processes: readonly number[]): Promise<Memory> {
  const total: Memory = { resident: 0, proportional: 0 };
  for (const pid of processes) {
    const rollup = await readFile(`/proc/${pid}/smaps_rollup`, "utf8").catch(() => "");
    total.resident += bytesOf(rollup, "Rss");
    total.proportional += bytesOf(rollup, "Pss");
  }
  return total;
}

function bytesOf(rollup: string, field: string): number {
  const kibibytes = new RegExp(`^${field}:\\s+(\\d+)`, "m").exec(rollup)?.[1];
  return Number(kibibytes ?? 0) * 1024;
}
