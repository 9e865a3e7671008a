import { readFileSync } from "node:fs";

/** A process that is told from a later one with the same number. */
export interface ProcessIdentity {
  pid: number;
  /** Ticks since boot, as the kernel counts them. */
  start: number;
}

/** The process that has a number now; undefined when none has, or one that has ended and only waits to be reaped. */
export function identify(pid: number): ProcessIdentity | undefined {
  if (!(pid > 0)) return undefined;
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The name, in parentheses, may hold anything.
    const [state, ...fields] = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return state === "Z" || state === "X" ? undefined : { pid, start: Number(fields[18]) };
  } catch {
    return undefined;
  }
}

export function isAlive({ pid, start }: ProcessIdentity): boolean {
  return identify(pid)?.start === start;
}
