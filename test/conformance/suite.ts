import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { run, succeed } from "../support/command.ts";

/** The OCI distribution conformance suite, at the commit we answer to. */
const suite = "github.com/opencontainers/distribution-spec/conformance@v0.0.0-20260831232431-97274622c111";

/** The registry under test. */
export interface Target {
  /** Such as `http://127.0.0.1:5000`. */
  url: string;
  user: string;
  /** An access token that may pull, push and delete in `conformance/**`. */
  token: string;
}

export interface Conformance {
  pass: number;
  fail: number;
  skip: number;
  disabled: number;
  /** Failures of the suite itself. */
  error: number;
  /** The tests that did not pass, each with its reasons. */
  problems: string[];
}

/** Builds the suite with Go and runs it: everything the development version of the specification has, nothing turned off. */
export async function runSuite(target: Target): Promise<Conformance> {
  const folder = await mkdtemp(path.join(tmpdir(), "wherry-conformance-"));
  try {
    await succeed("go", ["install", suite], { cwd: folder, env: { GOBIN: folder }, deadline: 240_000 });
    const { host, protocol } = new URL(target.url);
    const outcome = await run(path.join(folder, "conformance"), [], {
      cwd: folder,
      deadline: 240_000,
      env: {
        OCI_REGISTRY: host,
        OCI_TLS: protocol === "https:" ? "enabled" : "disabled",
        OCI_USERNAME: target.user,
        OCI_PASSWORD: target.token,
        OCI_RESULTS_DIR: folder,
        OCI_VERSION: "dev",
        OCI_DATA_SPARSE: "true",
      },
    });
    // Its exit code tells failures only, so it is the counts that are read.
    return (
      parseReport(outcome.stdout) ?? fail(`The suite printed no counts.\n${outcome.stdout}${outcome.stderr}`)
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The line that sums up a run. */
export function summary({ pass, fail, skip, disabled, error }: Conformance): string {
  return `conformance: ${pass} pass, ${fail + error} fail, ${skip} skip, ${disabled} disabled`;
}

/** Whether the registry does all that the specification has. */
export function isComplete({ pass, fail, skip, disabled, error }: Conformance): boolean {
  return pass > 0 && fail + skip + disabled + error === 0;
}

/** Reads what the suite prints: a tree of tests, then the counts by status. Undefined when there are no counts. */
export function parseReport(report: string): Conformance | undefined {
  const count = (status: string) => {
    const found = new RegExp(`^  ${status}\\.+: +(\\d+)$`, "m").exec(report)?.[1];
    return found === undefined ? undefined : Number(found);
  };
  const [pass, fail, skip, disabled, error] = ["Pass", "FAIL", "Skip", "Disabled", "Error"].map(count);
  if (pass === undefined || fail === undefined || skip === undefined) return undefined;
  if (disabled === undefined || error === undefined) return undefined;
  return { pass, fail, skip, disabled, error, problems: problemsOf(report) };
}

/** A test's line ends in its status; its reasons follow, the first after a dash. Of a branch only the leaves have reasons. */
function problemsOf(report: string): string[] {
  const tree = report.slice(0, report.indexOf("\nConfiguration:")).split("\n").slice(1);
  const problems: string[] = [];
  let open = false;
  for (const line of tree) {
    const status = /: (Pass|Skip|Disabled|FAIL|Error|Unknown)$/.exec(line)?.[1];
    if (status !== undefined) {
      open = status !== "Pass";
      if (open) problems.push(line.trim());
    } else if (open && line.trim() !== "") {
      problems.push(`${problems.pop()}\n    ${line.trim()}`);
    }
  }
  return problems.filter((problem) => problem.includes("\n"));
}

function fail(message: string): never {
  throw new Error(message);
}
