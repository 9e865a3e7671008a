import { writeFileSync } from "node:fs";
import type { Reporter, TestCase, TestModule, TestSuite } from "vitest/node";

/** What came of a run, for `test/run.ts`. */
export interface TestOutcome {
  passed: number;
  failed: number;
  skipped: { test: string; reason: string }[];
}

/** The variable that names the file the outcome is written to. */
export const outcomeFile = "WHERRY_TEST_OUTCOME";

/**
 * Counts what vitest ran. Vitest's own JSON report has neither the reasons of skipped tests nor what failed outside of a test
 * (a file that does not load, an error nobody caught); here each of those is a failure.
 */
export default class OutcomeReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const file = process.env[outcomeFile];
    if (file === undefined) return;
    const outcome: TestOutcome = { passed: 0, failed: unhandledErrors.length, skipped: [] };
    for (const module of modules) {
      const tests = [...module.children.allTests()];
      for (const test of tests) count(test, outcome);
      const broken = module.state() === "failed" && !tests.some((test) => test.result().state === "failed");
      if (broken) outcome.failed++;
    }
    writeFileSync(file, JSON.stringify(outcome));
  }
}

function count(test: TestCase, outcome: TestOutcome): void {
  const result = test.result();
  if (result.state === "passed") outcome.passed++;
  else if (result.state === "skipped")
    outcome.skipped.push({ test: test.fullName, reason: reasonOf(test, result.note) });
  else outcome.failed++;
}

function reasonOf(test: TestCase, note: string | undefined): string {
  for (let task: TestCase | TestSuite | TestModule = test; task.type !== "module"; task = task.parent) {
    const { missing } = task.meta();
    if (missing !== undefined) return `it needs ${missing}`;
  }
  return note ?? "it was not selected";
}
