import { setTimeout as wait } from "node:timers/promises";

/** Resolves once there is no such process; the test's own deadline bounds the wait. */
export async function gone(pid: number): Promise<void> {
  while (isAlive(pid)) await wait(20);
}

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
