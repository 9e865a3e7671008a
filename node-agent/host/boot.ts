import { readFileSync } from "node:fs";

/** Names this run of the kernel: another value after a reboot, the same after a restart of the agent. */
export function bootId(): string {
  return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
}
