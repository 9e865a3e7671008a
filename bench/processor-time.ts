import { readFile } from "node:fs/promises";

/** Of Linux on every machine we know: USER_HZ. */
const ticksPerSecond = 100;

/** Processor time that processes have used so far, their threads together, in milliseconds. */
export async function processorTimeOf(processes: readonly number[]): Promise<number> {
  let ticks = 0;
  for (const pid of processes) {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
    // proc(5): behind the name in parentheses, utime and stime are the fields 14 and 15.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    ticks += Number(fields[11] ?? 0) + Number(fields[12] ?? 0);
  }
  return (ticks * 1000) / ticksPerSecond;
}
