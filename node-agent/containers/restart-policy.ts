import { HubError } from "#shared/errors";
import type { HostConfig } from "./create-body.ts";

export type RestartPolicy = HostConfig["RestartPolicy"];

const names = ["", "no", "always", "on-failure", "unless-stopped"];

/** The first wait before a restart, and the longest, in milliseconds. */
const firstDelay = 100;
const longestDelay = 60_000;
/** A run of this length counts as having worked: the next wait is the first again. */
const goodRun = 10_000;

/** @throws HubError `invalid` for a policy that there is none of, or that contradicts `--rm`. */
export function checkRestartPolicy({ Name, MaximumRetryCount }: RestartPolicy, autoRemove: boolean): void {
  if (!names.includes(Name))
    throw new HubError("invalid", `invalid restart policy: unknown policy '${Name}'`);
  if (MaximumRetryCount < 0)
    throw new HubError("invalid", "invalid restart policy: maximum retry count cannot be negative");
  if (MaximumRetryCount > 0 && Name !== "on-failure")
    throw new HubError(
      "invalid",
      "invalid restart policy: maximum retry count can only be used with 'on-failure'",
    );
  if (autoRemove && Name !== "" && Name !== "no")
    throw new HubError("invalid", "can't create 'AutoRemove' container with restart policy");
}

interface Ended {
  exitCode: number;
  /** Stopped or killed by somebody, since it was last started. */
  byHand: boolean;
  /** How often it was started again already, in a row. */
  restarts: number;
  /** How long it ran, in milliseconds. */
  ran: number;
  /** The last wait, in milliseconds; 0 before the first. */
  lastDelay: number;
}

/** After how many milliseconds a container that has ended is started again; undefined when it stays. */
export function restartDelay(policy: RestartPolicy, ended: Ended): number | undefined {
  const again =
    policy.Name === "always" || policy.Name === "unless-stopped"
      ? true
      : policy.Name === "on-failure" &&
        ended.exitCode !== 0 &&
        (policy.MaximumRetryCount === 0 || ended.restarts < policy.MaximumRetryCount);
  if (!again || ended.byHand) return undefined;
  if (ended.ran >= goodRun || ended.lastDelay === 0) return firstDelay;
  return Math.min(ended.lastDelay * 2, longestDelay);
}

/** Whether a container is started when the agent comes up and finds it not running, as after a reboot. */
export function startsWithAgent(policy: RestartPolicy, wasRunning: boolean, byHand: boolean): boolean {
  if (policy.Name === "always") return true;
  if (policy.Name === "unless-stopped") return !byHand;
  return policy.Name === "on-failure" && wasRunning;
}
