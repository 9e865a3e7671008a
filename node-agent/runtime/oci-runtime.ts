import { readFileSync } from "node:fs";
import { execute, findProgram, requireProgram } from "../host/exec.ts";
import { RuntimeError } from "./runtime.ts";

/** Milliseconds that one call of the runtime may take. */
const deadline = 60_000;

/**
 * The program that makes containers, crun or runc. Both take the same commands; crun is several times faster, but refuses hosts that
 * mix cgroup v1 with controllers in v2.
 */
export class OciRuntime {
  readonly program: string;
  readonly root: string;

  /** @param root where it keeps its state: this should not outlive a reboot. */
  constructor(program: string, root: string) {
    this.program = program;
    this.root = root;
  }

  /** The best that this host has. @throws ProgramError when there is neither. */
  static choose(root: string): OciRuntime {
    const crun = hasMixedCgroups() ? undefined : findProgram("crun");
    return new OciRuntime(crun ?? requireProgram("runc"), root);
  }

  /** @throws RuntimeError in its own words. */
  async run(command: string, args: readonly string[]): Promise<string> {
    const all = [`--root=${this.root}`, "--log-format=json", command, ...args];
    const outcome = await execute(this.program, all, { deadline });
    if (outcome.code === 0) return outcome.stdout;
    throw new RuntimeError(lastError(outcome.stderr) || `${command} ended with code ${outcome.code}`);
  }
}

/** What a runtime has said last, of its messages as JSON or as plain text. */
export function lastError(text: string): string {
  const lines = text.trim().split("\n").filter(Boolean);
  for (const line of lines.toReversed()) {
    try {
      const { msg, level } = JSON.parse(line) as { msg?: unknown; level?: unknown };
      if (typeof msg === "string" && level !== "warning" && level !== "info") return msg.trim();
    } catch {
      return line.trim();
    }
  }
  return "";
}

function hasMixedCgroups(): boolean {
  try {
    return readFileSync("/sys/fs/cgroup/unified/cgroup.controllers", "utf8").trim() !== "";
  } catch {
    return false;
  }
}
