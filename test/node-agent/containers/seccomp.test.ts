import { describe, expect, test } from "vitest";
import { defaultCapabilities } from "../../../node-agent/containers/spec/capabilities.ts";
import { defaultSeccomp } from "../../../node-agent/containers/spec/seccomp.ts";
import { readSeccompProfile } from "../../../node-agent/containers/spec/seccomp-profile.ts";

const allowed = (architecture: string, kernel: string, ...more: string[]) =>
  new Set(
    defaultSeccomp(architecture, kernel, [...defaultCapabilities, ...more])
      .syscalls.filter(({ action, args }) => action === "SCMP_ACT_ALLOW" && args === undefined)
      .flatMap(({ names }) => names),
  );

describe("the filter of a container", () => {
  test("refuses what reaches out of it", () => {
    const names = allowed("x64", "6.1.0");
    for (const name of [
      ..."add_key bpf kexec_load keyctl init_module io_uring_setup mount move_pages open_by_handle_at".split(
        " ",
      ),
      ..."perf_event_open pivot_root process_madvise reboot request_key setns settimeofday swapon".split(" "),
      ..."umount2 unshare userfaultfd clone clone3 socket personality".split(" "),
    ])
      expect(names.has(name), name).toBe(false);
    for (const name of "read write execve futex openat2 statx close_range ptrace rseq chroot".split(" "))
      expect(names.has(name), name).toBe(true);
  });

  test.each([
    ["CAP_SYS_ADMIN", "mount"],
    ["CAP_SYS_ADMIN", "clone3"],
    ["CAP_SYS_MODULE", "init_module"],
    ["CAP_SYS_TIME", "settimeofday"],
    ["CAP_DAC_READ_SEARCH", "open_by_handle_at"],
    ["CAP_SYS_BOOT", "reboot"],
  ])("with %s allows %s", (capability, name) => {
    expect(allowed("x64", "6.1.0").has(name)).toBe(false);
    expect(allowed("x64", "6.1.0", capability).has(name)).toBe(true);
  });

  test("lets a process trace only where that does not get around it", () => {
    expect(allowed("x64", "4.4.0-21-generic").has("ptrace")).toBe(false);
    expect(allowed("x64", "4.8.0").has("ptrace")).toBe(true);
    expect(allowed("x64", "3.10.0", "CAP_SYS_PTRACE").has("ptrace")).toBe(true);
  });

  test("lets threads be made, namespaces not", () => {
    const { syscalls } = defaultSeccomp("x64", "6.1.0", []);
    expect(syscalls).toContainEqual({
      names: ["clone"],
      action: "SCMP_ACT_ALLOW",
      args: [{ index: 0, value: 0x7e020000, valueTwo: 0, op: "SCMP_CMP_MASKED_EQ" }],
    });
    expect(syscalls).toContainEqual({ names: ["clone3"], action: "SCMP_ACT_ERRNO", errnoRet: 38 });
  });

  test("knows the architecture", () => {
    expect(defaultSeccomp("x64", "6.1.0", []).architectures).toContain("SCMP_ARCH_X86");
    expect(defaultSeccomp("arm64", "6.1.0", []).architectures).toContain("SCMP_ARCH_AARCH64");
    expect(allowed("x64", "6.1.0").has("arch_prctl")).toBe(true);
    expect(allowed("arm64", "6.1.0").has("arch_prctl")).toBe(false);
    expect(allowed("arm64", "6.1.0").has("cacheflush")).toBe(true);
  });
});

describe("a profile of one's own", () => {
  const profile = (syscalls: object[]) =>
    JSON.stringify({
      defaultAction: "SCMP_ACT_ERRNO",
      archMap: [{ architecture: "SCMP_ARCH_X86_64", subArchitectures: ["SCMP_ARCH_X86"] }],
      syscalls,
    });
  const rule = (name: string, more: object = {}) => ({ names: [name], action: "SCMP_ACT_ALLOW", ...more });

  test("has its conditions decided", () => {
    const text = profile([
      rule("a"),
      rule("b", { includes: { caps: ["CAP_SYS_ADMIN"] } }),
      rule("c", { excludes: { caps: ["CAP_SYS_ADMIN"] } }),
      rule("d", { includes: { arches: ["amd64"] } }),
      rule("e", { includes: { arches: ["arm64"] } }),
      rule("f", { includes: { minKernel: "6.2" } }),
    ]);
    const read = readSeccompProfile(text, "x64", "6.1.0", []);
    expect(read.syscalls.flatMap(({ names }) => names)).toEqual(["a", "c", "d"]);
    expect(read.architectures).toEqual(["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"]);
  });

  test("that is none is refused", () => {
    for (const text of ["nonsense", "{}", profile([rule("a", { action: "SCMP_ACT_FLY" })])])
      expect(() => readSeccompProfile(text, "x64", "6.1.0", [])).toThrow("Decoding seccomp profile failed");
  });
});
