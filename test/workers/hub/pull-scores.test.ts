import { expect, test } from "vitest";
import { countedDay } from "../../../workers/hub/pull-days.ts";
import { pullingClient } from "../../../workers/hub/pull-clients.ts";
import { scoreOf } from "../../../workers/hub/pull-scores.ts";

/** The sums of a repository that was pulled so often on each day, today being the first. */
function sumsOf(daily: (daysAgo: number) => number) {
  const last = (days: number) =>
    Array.from({ length: days }, (_, daysAgo) => daily(daysAgo)).reduce((sum, pulls) => sum + pulls, 0);
  return { last1: last(1), last7: last(7), last31: last(31), last35: last(35), last183: last(183) };
}

test("recent pulls are a daily average", () => {
  expect(scoreOf(sumsOf(() => 40)).recentPulls).toBeCloseTo(40);
  expect(scoreOf(sumsOf(() => 0))).toEqual({ recentPulls: 0, trend: 0 });
});

test("the same number of pulls counts the less the longer it is ago", () => {
  const scores = [0, 3, 20, 100, 200].map(
    (ago) => scoreOf(sumsOf((day) => (day === ago ? 100 : 0))).recentPulls,
  );
  expect(scores).toEqual(scores.toSorted((a, b) => b - a));
  expect(new Set(scores).size).toBe(5);
  expect(scores.at(-1)).toBe(0);
});

test.each([
  ["steady", () => 1000, 0],
  ["falling", (ago: number) => 10 * ago, 0],
  ["new with three pulls", (ago: number) => (ago === 0 ? 3 : 0), 0.9],
  ["new with a hundred", (ago: number) => (ago === 0 ? 100 : 0), 31.6],
  ["doubled from ten a day", (ago: number) => (ago < 7 ? 20 : 10), 7.8],
  ["doubled from a thousand a day", (ago: number) => (ago < 7 ? 2000 : 1000), 83.6],
])("the trend of what is %s", (_, daily, trend) => {
  expect(scoreOf(sumsOf(daily)).trend).toBeCloseTo(trend, 1);
});

test.each([
  ["the first pull opens its day", undefined, 10, 10],
  ["the day goes on", 10, 10, 10],
  ["the next day begins", 10, 11, 11],
  ["a day without pulls is left out", 10, 15, 15],
  ["what comes late counts for the day that has begun", 10, 9, 10],
  ["a clock that was far ahead is put right", 10, 8, 8],
])("%s", (_, open, today, counted) => {
  expect(countedDay(open, today)).toBe(counted);
});

test.each([
  ["user:1", "192.0.2.1", "docker", "user:1", undefined],
  ["token:1", undefined, "docker", "token:1", "machines of acme"],
  ["token:2", "192.0.2.1", "docker", "token:2", "machines of acme"],
  ["anonymous", "192.0.2.1", "docker", "address 192.0.2.1", undefined],
  ["anonymous", "::ffff:192.0.2.1", "docker", "address 192.0.2.1", undefined],
  ["anonymous", "2001:DB8:1:2:3:4:5:6", "x", "address 2001:db8:1:2::/64", "network 2001:db8:1:"],
  ["anonymous", "2001:db8::1", "x", "address 2001:db8:0:0::/64", "network 2001:db8:0:"],
  ["anonymous", undefined, "docker/29", "agent docker/29", "agents"],
  ["anonymous", undefined, "a".repeat(10_000), `agent ${"a".repeat(300)}`, "agents"],
])("who pulls: %s from %s with %.20s", (subject, address, agent, name, crowd) => {
  const account = subject === "anonymous" ? undefined : `acme+${subject.slice(-1)}`;
  const client = pullingClient({ subject, account }, address, agent);
  expect([client.name, client.crowd?.name]).toEqual([name, crowd]);
});
