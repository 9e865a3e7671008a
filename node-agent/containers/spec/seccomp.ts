import type { Seccomp, SyscallRule } from "../../runtime/index.ts";
import { harmless, ofArchitecture, sinceKernel, withCapability } from "./syscalls.ts";

const EPERM = 1;
const ENOSYS = 38;

/** The flags of clone(2) that make namespaces, all eight but that of time. */
const namespaceFlags = 0x7e020000;
const vsock = 40;
/** What personality(2) may be asked for: Linux with and without UNAME26, on 32 and on 64 bits; and what it is now. */
const personalities = [0x0, 0x0008, 0x20000, 0x20008, 0xffffffff];

const architectures: Readonly<Record<string, string[]>> = {
  x64: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
  arm64: ["SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"],
  arm: ["SCMP_ARCH_ARM"],
  ppc64: ["SCMP_ARCH_PPC64LE"],
  s390x: ["SCMP_ARCH_S390X", "SCMP_ARCH_S390"],
  riscv64: ["SCMP_ARCH_RISCV64"],
};

/**
 * The filter of a container that asks for none: what is not known to be harmless is refused with EPERM. The rule is Docker's, so that
 * an image which runs there runs here: system calls that reach out of the container come with the capability that is for them.
 *
 * @param kernel as uname gives it, such as `6.1.0-18-amd64`.
 */
export function defaultSeccomp(
  architecture: string,
  kernel: string,
  capabilities: readonly string[],
): Seccomp {
  const names = new Set([...harmless, ...(ofArchitecture[architecture] ?? [])]);
  for (const { names: later, major, minor } of sinceKernel)
    if (isKernelSince(kernel, major, minor)) for (const name of later) names.add(name);
  for (const capability of capabilities) for (const name of withCapability[capability] ?? []) names.add(name);
  const known = architectures[architecture];
  return {
    defaultAction: "SCMP_ACT_ERRNO",
    defaultErrnoRet: EPERM,
    ...(known === undefined ? {} : { architectures: known }),
    syscalls: [allow([...names].toSorted()), ...conditional(architecture, names)],
  };
}

/** Whether a kernel, as uname gives it, is of a version or later. */
export function isKernelSince(kernel: string, major: number, minor: number): boolean {
  const [first = 0, second = 0] = kernel.split(/[.-]/).map(Number);
  return first > major || (first === major && second >= minor);
}

function conditional(architecture: string, allowed: ReadonlySet<string>): SyscallRule[] {
  const rules: SyscallRule[] = personalities.map((value) => ({
    ...allow(["personality"]),
    args: [{ index: 0, value, op: "SCMP_CMP_EQ" as const }],
  }));
  // A virtual machine's host is no part of the container's network namespace.
  rules.push({ ...allow(["socket"]), args: [{ index: 0, value: vsock, op: "SCMP_CMP_NE" }] });
  if (!allowed.has("clone")) {
    // On s390 the flags are the second argument.
    const index = architecture === "s390x" ? 1 : 0;
    rules.push({
      ...allow(["clone"]),
      args: [{ index, value: namespaceFlags, valueTwo: 0, op: "SCMP_CMP_MASKED_EQ" }],
    });
    // Its flags are in memory, where a filter cannot look; libraries that are told it is not there use clone.
    rules.push({ names: ["clone3"], action: "SCMP_ACT_ERRNO", errnoRet: ENOSYS });
  }
  return rules;
}

const allow = (names: string[]): SyscallRule => ({ names, action: "SCMP_ACT_ALLOW" });
