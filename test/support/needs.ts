import { spawnSync } from "node:child_process";
import { describe } from "vitest";
import { findProgram } from "./command.ts";

declare module "vitest" {
  interface TaskMeta {
    /** Why a group of tests is skipped on this machine, as the end of the sentence "skipped: it needs …". */
    missing?: string;
  }
}

/** Returns what is missing, as the end of "it needs …", or undefined where the need is met. */
export type Need = () => string | undefined;

/** Programs of the system. As root on Debian test/run.ts has installed them. */
export function programs(...names: string[]): Need {
  return () => {
    const missing = names.filter((name) => !findProgram(name));
    if (missing.length === 0) return undefined;
    return `${missing.join(" and ")} (installed by \`npm test\` as root on Debian; see test/packages.ts)`;
  };
}

/** Rights to mount, and to start a container daemon. */
export const root: Need = () => (process.getuid?.() === 0 ? undefined : "root, to run container engines");

/** Go in a version that builds the conformance suite. */
export const go: Need = () => {
  const found = spawnSync("go", ["env", "GOVERSION"], { encoding: "utf8" }).stdout?.trim() || "none";
  const [major = 0, minor = 0] = found.replace(/^go/, "").split(".").map(Number);
  return major > 1 || (major === 1 && minor >= 24)
    ? undefined
    : `Go 1.24 or later, to build the suite; found: ${found}`;
};

/**
 * A group of tests that only some machines can run. Where a need is not met they are skipped, and `npm test` prints why; on CI
 * that fails the run. This is the only door to skipping (architecture.test.ts).
 */
export function describeNeeding(needs: readonly Need[], title: string, body: () => void): void {
  const missing = needs.map((need) => need()).filter((lack) => lack !== undefined);
  if (missing.length === 0) describe(title, body);
  else describe(title, { skip: true, meta: { missing: missing.join("; ") } }, body);
}
