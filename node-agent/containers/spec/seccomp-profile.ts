import { HubError } from "#shared/errors";
import { z } from "zod";
import type { Seccomp } from "../../runtime/index.ts";
import { isKernelSince } from "./seccomp.ts";

const condition = z
  .object({
    caps: z.array(z.string()).nullish(),
    arches: z.array(z.string()).nullish(),
    minKernel: z.string().nullish(),
  })
  .nullish();

const profileShape = z.object({
  defaultAction: z.string(),
  defaultErrnoRet: z.number().int().nullish(),
  architectures: z.array(z.string()).nullish(),
  archMap: z
    .array(z.object({ architecture: z.string(), subArchitectures: z.array(z.string()).nullish() }))
    .nullish(),
  syscalls: z
    .array(
      z.object({
        name: z.string().nullish(),
        names: z.array(z.string()).nullish(),
        action: z.enum(["SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO"]),
        errnoRet: z.number().int().nullish(),
        args: z
          .array(
            z.object({
              index: z.number().int(),
              value: z.number(),
              valueTwo: z.number().nullish(),
              op: z.enum(["SCMP_CMP_EQ", "SCMP_CMP_NE", "SCMP_CMP_MASKED_EQ"]),
            }),
          )
          .nullish(),
        includes: condition,
        excludes: condition,
      }),
    )
    .nullish(),
});

/** Docker's names of architectures, by Node's. */
const architectures: Readonly<Record<string, string>> = { x64: "amd64", ia32: "x86", ppc64: "ppc64le" };

/**
 * A profile of one's own, in the form of Docker's files: that of the OCI with conditions, which are decided here.
 *
 * @throws HubError `invalid` for what is no such profile.
 */
export function readSeccompProfile(
  text: string,
  architecture: string,
  kernel: string,
  capabilities: readonly string[],
): Seccomp {
  const { defaultAction, defaultErrnoRet, archMap, ...profile } = parse(text);
  const name = architectures[architecture] ?? architecture;
  const meets = (wanted: z.infer<typeof condition>, absent: boolean): boolean => {
    const { caps, arches, minKernel } = wanted ?? {};
    if (!caps?.length && !arches?.length && !minKernel) return absent;
    const [major = 0, minor = 0] = (minKernel ?? "0.0").split(".").map(Number);
    return (
      (!caps?.length || caps.some((capability) => capabilities.includes(capability))) &&
      (!arches?.length || arches.includes(name)) &&
      isKernelSince(kernel, major, minor)
    );
  };
  const mapped = archMap?.find(({ architecture: native }) => native === nativeName[name]);
  const given = mapped
    ? [mapped.architecture, ...(mapped.subArchitectures ?? [])]
    : (profile.architectures ?? []);
  const rules = (profile.syscalls ?? []).filter(
    ({ includes, excludes }) => meets(includes, true) && !meets(excludes, false),
  );
  return {
    defaultAction,
    ...(defaultErrnoRet == null ? {} : { defaultErrnoRet }),
    ...(given.length === 0 ? {} : { architectures: given }),
    syscalls: rules.map(({ name: single, names, action, errnoRet, args }) => ({
      names: names ?? (single == null ? [] : [single]),
      action,
      ...(errnoRet == null ? {} : { errnoRet }),
      ...(args?.length
        ? { args: args.map(({ valueTwo, ...rest }) => (valueTwo == null ? rest : { ...rest, valueTwo })) }
        : {}),
    })),
  };
}

const nativeName: Readonly<Record<string, string>> = {
  amd64: "SCMP_ARCH_X86_64",
  arm64: "SCMP_ARCH_AARCH64",
  arm: "SCMP_ARCH_ARM",
  ppc64le: "SCMP_ARCH_PPC64LE",
  s390x: "SCMP_ARCH_S390X",
  riscv64: "SCMP_ARCH_RISCV64",
};

function parse(text: string): z.infer<typeof profileShape> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new HubError("invalid", `Decoding seccomp profile failed: ${String(cause)}`, { cause });
  }
  const result = profileShape.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new HubError(
    "invalid",
    `Decoding seccomp profile failed: ${issue?.path.join(".")}: ${issue?.message}`,
  );
}
