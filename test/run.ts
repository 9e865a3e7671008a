import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { installPackages } from "./packages.ts";
import { outcomeFile, type TestOutcome } from "./support/outcome-reporter.ts";

/**
 * `npm test [vitest's arguments]`: installs what the tests need of Debian, runs them, and closes with a line for each test that
 * was skipped and the counts. Vitest is known to hang now and then after its last test (workers-sdk#15719), so all of it has a deadline.
 */
const deadline = 60 * 60_000;

/**
 * What runs beside what when everything is run: tests of the Worker keep a processor busy, those of the agent mostly wait. Real clients and
 * browsers come after them, and have the machine for themselves.
 */
const phases = [[["workers"], ["node-agent"]], [["together", "browser"]]];

const folder = await mkdtemp(path.join(tmpdir(), "wherry-test-"));
try {
  await installPackages();
  process.exitCode = await runTests(process.argv.slice(2));
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function runTests(args: readonly string[]): Promise<number> {
  const end = Date.now() + deadline;
  const outcome: TestOutcome = { passed: 0, failed: 0, skipped: [] };
  // With arguments vitest knows what to run.
  for (const phase of args.length > 0 ? [[[]]] : phases) {
    const runs = phase.map((projects, place) => runProjects(projects, args, end, place > 0));
    for (const { passed, failed, skipped } of await Promise.all(runs)) {
      outcome.passed += passed;
      outcome.failed += failed;
      outcome.skipped.push(...skipped);
    }
  }
  for (const { test, reason } of outcome.skipped) console.log(`Skipped: ${test}: ${reason}.`);
  console.log(`${outcome.passed} passed, ${outcome.failed} failed, ${outcome.skipped.length} skipped`);
  const incomplete = process.env["CI"] === "true" && outcome.skipped.length > 0;
  return outcome.failed > 0 || incomplete ? 1 : 0;
}

/** @param end milliseconds since 1970 @param held what is printed comes in one piece at the end, not between that of another run */
async function runProjects(
  projects: readonly string[],
  args: readonly string[],
  end: number,
  held: boolean,
): Promise<TestOutcome> {
  const file = path.join(folder, `${projects.join("-")}outcome.json`);
  const chosen = projects.flatMap((project) => ["--project", project]);
  const problem = await runVitest([...chosen, ...args], file, end - Date.now(), held);
  const outcome = await readOutcome(file);
  if (outcome.failed === 0 && problem !== undefined) {
    console.log(problem);
    outcome.failed = 1;
  }
  return outcome;
}

/** Resolves to what was wrong with the run as a whole, if anything. */
async function runVitest(
  args: readonly string[],
  file: string,
  time: number,
  held: boolean,
): Promise<string | undefined> {
  const vitest = path.resolve("node_modules/vitest/vitest.mjs");
  const reporters = ["--reporter=default", "--reporter=./test/support/outcome-reporter.ts"];
  const child = spawn(process.execPath, [vitest, "run", ...reporters, ...args], {
    stdio: ["inherit", held ? "pipe" : "inherit", held ? "pipe" : "inherit"],
    env: { ...process.env, [outcomeFile]: file },
    // A process group of its own, so that what the tests have started goes with it.
    detached: true,
  });
  const printed: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (chunk: Buffer) => printed.push(chunk));
  const killAll = (signal: NodeJS.Signals) => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, signal);
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => killAll(signal));
  const timer = setTimeout(killAll, Math.max(0, time), "SIGKILL");
  try {
    const { promise, resolve, reject } = Promise.withResolvers<[number | null, NodeJS.Signals | null]>();
    child.once("error", reject);
    child.once("close", (code, signal) => resolve([code, signal]));
    const [code, signal] = await promise;
    if (code === 0) return undefined;
    if (signal === "SIGKILL") return `vitest was killed: its ${deadline / 60_000} minutes were over.`;
    return `vitest ended with ${signal ?? `code ${code}`}.`;
  } finally {
    clearTimeout(timer);
    process.stdout.write(Buffer.concat(printed));
  }
}

async function readOutcome(file: string): Promise<TestOutcome> {
  const text = await readFile(file, "utf8").catch(() => undefined);
  return text === undefined ? { passed: 0, failed: 0, skipped: [] } : (JSON.parse(text) as TestOutcome);
}
