import { CommandError } from "../command-error.ts";
import { parseDuration } from "../show/times.ts";
import { refuse } from "./refuse.ts";

/** As flags have it; times such as `30s`. */
export interface HealthFlags {
  "no-healthcheck": boolean;
  "health-cmd": string | undefined;
  "health-interval": string | undefined;
  "health-timeout": string | undefined;
  "health-start-period": string | undefined;
  "health-start-interval": string | undefined;
  "health-retries": number | undefined;
}

/** How the engine asks whether a container is well; undefined when no flag says so. @throws CommandError. */
export function healthOf(flags: HealthFlags): object | undefined {
  const given = Object.entries(flags).filter(
    ([name, value]) => name !== "no-healthcheck" && value !== undefined,
  );
  if (flags["no-healthcheck"]) {
    if (given.length > 0) throw new CommandError("--no-healthcheck conflicts with --health-* options", 125);
    return { Test: ["NONE"] };
  }
  if (given.length === 0) return undefined;
  const command = flags["health-cmd"];
  return {
    ...(command === undefined ? {} : { Test: ["CMD-SHELL", command] }),
    Interval: nanoseconds("--health-interval", flags["health-interval"]),
    Timeout: nanoseconds("--health-timeout", flags["health-timeout"]),
    StartPeriod: nanoseconds("--health-start-period", flags["health-start-period"]),
    StartInterval: nanoseconds("--health-start-interval", flags["health-start-interval"]),
    Retries: flags["health-retries"] ?? 0,
  };
}

function nanoseconds(flag: string, text: string | undefined): number {
  if (text === undefined) return 0;
  const milliseconds = parseDuration(text);
  if (milliseconds === undefined || milliseconds < 0) throw refuse(flag, text, "30s, 1m30s or 500ms");
  return milliseconds * 1e6;
}
