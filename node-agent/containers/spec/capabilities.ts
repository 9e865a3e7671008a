import { HubError } from "#shared/errors";
import type { Capabilities } from "../../runtime/index.ts";

/** All that Linux has, in the order of their numbers (capabilities(7)). */
const all = [
  ..."CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE".split(" "),
  ..."NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO".split(" "),
  ..."SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME".split(" "),
  ..."SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG".split(" "),
  ..."WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE".split(" "),
].map((name) => `CAP_${name}`);

/** What a container has that asks for nothing: Docker's fourteen. */
export const defaultCapabilities: readonly string[] = [
  ..."CHOWN DAC_OVERRIDE FSETID FOWNER MKNOD NET_RAW SETGID SETUID SETFCAP SETPCAP NET_BIND_SERVICE".split(
    " ",
  ),
  ..."SYS_CHROOT KILL AUDIT_WRITE".split(" "),
].map((name) => `CAP_${name}`);

/** The names of the bits that are set, of a line such as `CapBnd` in /proc/self/status. */
export function capabilitiesOf(hexadecimal: string): string[] {
  const bits = BigInt(`0x${hexadecimal}`);
  return all.filter((_, number) => (bits >> BigInt(number)) & 1n);
}

interface Wish {
  add: readonly string[];
  drop: readonly string[];
  privileged: boolean;
}

/**
 * What a container may do: Docker's default with what is added and without what is dropped, `ALL` for each. Adding wins over dropping.
 *
 * @param host what the agent has itself: nobody can give more.
 * @throws HubError `invalid` for a name that there is none of.
 */
export function grantedCapabilities({ add, drop, privileged }: Wish, host: readonly string[]): string[] {
  const [added, dropped] = [add.map(normal), drop.map(normal)];
  const base = privileged || added.includes("ALL") ? all : dropped.includes("ALL") ? [] : defaultCapabilities;
  // `ALL` and what is dropped by name: all but these.
  const without = added.includes("ALL") || !dropped.includes("ALL") ? dropped : [];
  const wanted = new Set([...base.filter((name) => privileged || !without.includes(name)), ...added]);
  return all.filter((name) => wanted.has(name) && host.includes(name));
}

/**
 * As execve would leave them: only root has them in effect; who is not root can get those in `bounding` by a file's capabilities. None
 * are inheritable, which no program expects.
 */
export function capabilitySets(granted: string[], uid: number): Capabilities {
  return uid === 0 ? { bounding: granted, effective: granted, permitted: granted } : { bounding: granted };
}

function normal(name: string): string {
  const upper = name.toUpperCase();
  if (upper === "ALL") return upper;
  const full = upper.startsWith("CAP_") ? upper : `CAP_${upper}`;
  if (!all.includes(full)) throw new HubError("invalid", `invalid capability: unknown capability: "${full}"`);
  return full;
}
