import type { Healthcheck } from "./create-body.ts";

/** Of a container's health check. Names are Docker's. */
export interface Health {
  status: "starting" | "healthy" | "unhealthy";
  /** Failures in a row. */
  failing: number;
  /** The last five, the oldest first. */
  log: ProbeResult[];
}

export interface ProbeResult {
  /** Milliseconds since 1970. */
  start: number;
  end: number;
  /** 0 is healthy; -1 that it took too long or could not be run. */
  exitCode: number;
  output: string;
}

/** A check with every time in milliseconds. */
export interface HealthPlan {
  command: string[];
  interval: number;
  timeout: number;
  startPeriod: number;
  startInterval: number;
  retries: number;
}

const seconds = 1000;
const resultsKept = 5;

/** What is run how often; undefined where there is no check. */
export function healthPlan(check: Healthcheck | undefined): HealthPlan | undefined {
  const [kind, ...rest] = check?.Test ?? [];
  if (check === undefined || kind === undefined || kind === "NONE") return undefined;
  const command =
    kind === "CMD" ? rest : kind === "CMD-SHELL" ? ["/bin/sh", "-c", rest.join(" ")] : undefined;
  if (command === undefined || command.length === 0) return undefined;
  const milliseconds = (nanoseconds: number, usual: number) =>
    nanoseconds > 0 ? Math.max(1, nanoseconds / 1e6) : usual;
  return {
    command,
    interval: milliseconds(check.Interval, 30 * seconds),
    timeout: milliseconds(check.Timeout, 30 * seconds),
    startPeriod: milliseconds(check.StartPeriod, 0),
    startInterval: milliseconds(check.StartInterval, 5 * seconds),
    retries: check.Retries > 0 ? check.Retries : 3,
  };
}

export const firstHealth: Health = { status: "starting", failing: 0, log: [] };

/**
 * What a result makes of the health. In the start period failures do not count, unless it was healthy once.
 *
 * @param startedAt when the container was started, in milliseconds since 1970.
 */
export function judgeProbe(before: Health, result: ProbeResult, plan: HealthPlan, startedAt: number): Health {
  const log = [...before.log, result].slice(-resultsKept);
  if (result.exitCode === 0) return { status: "healthy", failing: 0, log };
  if (before.status === "starting" && result.start - startedAt < plan.startPeriod) return { ...before, log };
  const failing = before.failing + 1;
  return { status: failing >= plan.retries ? "unhealthy" : before.status, failing, log };
}

/** Milliseconds until the next check. */
export function untilNextProbe({ status }: Health, plan: HealthPlan, startedAt: number, now: number): number {
  const starting = status === "starting" && now - startedAt < plan.startPeriod;
  return starting ? Math.min(plan.startInterval, plan.interval) : plan.interval;
}
