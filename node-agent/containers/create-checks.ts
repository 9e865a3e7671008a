import { HubError } from "#shared/errors";
import type { ContainerConfig } from "./create-body.ts";
import { signalNumber } from "./signals.ts";
import { grantedCapabilities } from "./spec/capabilities.ts";
import type { HostFacts } from "./spec/host-facts.ts";

/** Nanoseconds. */
const leastInterval = 1_000_000;

/**
 * What can be known to be wrong before a start, so that it is told where it is asked for.
 *
 * @throws HubError `invalid` with Docker's words.
 */
export function checkConfig(config: ContainerConfig, host: HostFacts): void {
  const { HostConfig, Healthcheck, StopSignal, WorkingDir } = config;
  if (StopSignal !== "") signalNumber(StopSignal);
  for (const name of ["Interval", "Timeout", "StartPeriod"] as const) {
    const value = Healthcheck?.[name] ?? 0;
    if (value !== 0 && value < leastInterval) throw invalid(`${name} in Healthcheck cannot be less than 1ms`);
  }
  if (WorkingDir !== "" && !WorkingDir.startsWith("/"))
    throw invalid(`the working directory '${WorkingDir}' is invalid, it needs to be an absolute path`);
  if (!["", "runc", "crun", "io.containerd.runc.v2"].includes(HostConfig.Runtime))
    throw invalid(`unknown or invalid runtime name: ${HostConfig.Runtime}`);
  const { CapAdd: add, CapDrop: drop, Privileged: privileged } = HostConfig;
  grantedCapabilities({ add, drop, privileged }, host.capabilities);
  checkProcessors(HostConfig.CpusetCpus, host.cpus);
}

/** `0-2,5`. A host can have some that are off: only those beyond the last are refused here. */
function checkProcessors(text: string, count: number): void {
  if (text === "") return;
  if (!/^\d{1,5}(?:-\d{1,5})?(?:,\d{1,5}(?:-\d{1,5})?)*$/.test(text))
    throw invalid(`Invalid value ${text} for cpuset cpus`);
  if (text.split(/[,-]/).some((number) => Number(number) >= count))
    throw invalid(`Requested CPUs are not available - requested ${text}, available: 0-${count - 1}`);
}

const invalid = (message: string) => new HubError("invalid", message);
