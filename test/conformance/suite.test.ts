import { expect, test } from "vitest";
import { describeNeeding, go } from "../support/needs.ts";
import { Server } from "../support/server.ts";
import { isComplete, parseReport, runSuite, summary } from "./suite.ts";

describeNeeding([go], "the OCI distribution conformance suite", () => {
  test("has nothing that fails, nothing that is skipped and nothing that is disabled", async () => {
    await using server = await Server.start();
    const result = await runSuite({ url: server.url, user: "admin", token: server.adminToken });
    expect(result.problems).toEqual([]);
    expect(isComplete(result), summary(result)).toBe(true);
    expect(result.pass).toBeGreaterThan(1000);
  });
});

const report = `Test results
OCI Conformance Test: FAIL
  OCI Conformance Test/ping: Pass
  OCI Conformance Test/empty: FAIL
    OCI Conformance Test/empty/referrers: FAIL
     - header value mismatch for "Content-Type"
unexpected status code, expected one of [200], received 404
  OCI Conformance Test/post only: Pass
    OCI Conformance Test/post only/blob-post-only: Skip
     - registry does not support content in the POST

Configuration:
  registry: 127.0.0.1:5000

OCI Conformance Result: FAIL
  Disabled......................:          0
  Skip..........................:          1
  Pass..........................:          2
  FAIL..........................:          1
  Error.........................:          0
  Total.........................:          4
`;

test("a skipped test counts, though a test beside it has passed", () => {
  const result = parseReport(report);
  expect(result).toMatchObject({ pass: 2, fail: 1, skip: 1, disabled: 0, error: 0 });
  expect(result && summary(result)).toBe("conformance: 2 pass, 1 fail, 1 skip, 0 disabled");
  expect(result && isComplete(result)).toBe(false);
  expect(result && isComplete({ ...result, fail: 0 })).toBe(false);
  expect(result && isComplete({ ...result, fail: 0, skip: 0 })).toBe(true);
});

test("the reasons of what did not pass are told", () => {
  expect(parseReport(report)?.problems).toEqual([
    `OCI Conformance Test/empty/referrers: FAIL
    - header value mismatch for "Content-Type"
    unexpected status code, expected one of [200], received 404`,
    `OCI Conformance Test/post only/blob-post-only: Skip
    - registry does not support content in the POST`,
  ]);
});

test("a suite that printed no counts has not passed", () => {
  expect(parseReport("failed to load config: unsupported config version 9")).toBeUndefined();
});
