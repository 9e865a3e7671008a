import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { installPackages } from "./packages.ts";
import { outcomeFile, type TestOutcome } from "./support/outcome-reporter.ts";

/**
 * `npm test [vitest's arguments]`: installs what the tests need of Debian, runs them, and closes with a line for each test that
 * was skipped and the counts. Vitest is known to hang now and then after its last test (workers-sdk#15719), so it has a deadline.
 */
const deadline = 60 * 60_000;

const folder = await mkdtemp(path.join(tmpdir(), "wherry-test-"));
try {
  await installPackages();
  process.exitCode = await runTests(process.argv.slice(2));
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function runTests(args: readonly string[]): Promise<number> {
  const file = path.join(folder, "outcome.json");
  const problem = await runVitest(args, file);
  const outcome = await readOutcome(file);
  if (outcome.failed === 0 && problem !== undefined) {
    console.log(problem);
    outcome.failed = 1;
  }
  for (const { test, reason } of outcome.skipped) console.log(`Skipped: ${test}: ${reason}.`);
  console.log(`${outcome.passed} passed, ${outcome.failed} failed, ${outcome.skipped.length} skipped`);
  const incomplete = process.env["CI"] === "true" && outcome.skipped.length > 0;
  return outcome.failed > 0 || incomplete ? 1 : 0;
}

/** Resolves to what was wrong with the run as a whole, if anything. */
function runVitest(args: readonly string[], file: string): Promise<string | undefined> {
  const vitest = path.resolve("node_modules/vitest/vitest.mjs");
  const reporters = ["--reporter=default", "--reporter=./test/support/outcome-reporter.ts"];
  const child = spawn(process.execPath, [vitest, "run", ...reporters, ...args], {
    stdio: "inherit",
    env: { ...process.env, [outcomeFile]: file },
    // A process group of its own, so that what the tests have started goes with it.
    detached: true,
  });
  const killAll = (signal: NodeJS.Signals) => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, signal);
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => killAll(signal));
  const timer = setTimeout(killAll, deadline, "SIGKILL");
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => {
      clearTimeout(timer);
      if (code === 0) resolve(undefined);
      else if (signal === "SIGKILL")
        resolve(`vitest was killed: its ${deadline / 60_000} minutes were over.`);
      else resolve(`vitest ended with ${signal ?? `code ${code}`}.`);
    });
  });
}

async function readOutcome(file: string): Promise<TestOutcome> {
  const text = await readFile(file, "utf8").catch(() => undefined);
  return text === undefined ? { passed: 0, failed: 0, skipped: [] } : (JSON.parse(text) as TestOutcome);
}
