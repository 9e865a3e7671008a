import { HubError } from "#shared/errors";
import type { Device, DeviceRule } from "../../runtime/index.ts";
import type { HostConfig } from "../create-body.ts";
import { parseDeviceRule } from "./resources.ts";

/** What `--device` names, as it was found on the host: a folder gives several. */
export interface FoundDevice {
  device: Device;
  /** Some of `rwm`. */
  access: string;
}

/** What every container may use, beside the pseudo-terminals of its own: null, zero, full, random, urandom, tty. */
const common: readonly (readonly [number, number])[] = [
  [1, 3],
  [1, 5],
  [1, 7],
  [1, 8],
  [1, 9],
  [5, 0],
];

/** @throws HubError `invalid` for a rule that is none. */
export function deviceRulesOf(hostConfig: HostConfig, found: readonly FoundDevice[]): DeviceRule[] {
  if (hostConfig.Privileged) return [{ allow: true, access: "rwm" }];
  return [
    { allow: false, access: "rwm" },
    // Making a node gives no right to open it.
    { allow: true, type: "c", access: "m" },
    { allow: true, type: "b", access: "m" },
    ...common.map(([major, minor]) => ({ allow: true, type: "c" as const, major, minor, access: "rwm" })),
    // /dev/console, /dev/ptmx and /dev/pts/*.
    { allow: true, type: "c", major: 5, minor: 1, access: "rwm" },
    { allow: true, type: "c", major: 5, minor: 2, access: "rwm" },
    { allow: true, type: "c", major: 136, access: "rwm" },
    ...found.map(({ device: { type, major, minor }, access }) => ({
      allow: true,
      type: type === "b" ? ("b" as const) : ("c" as const),
      major,
      minor,
      access,
    })),
    ...hostConfig.DeviceCgroupRules.map(parseDeviceRule),
  ];
}

/**
 * Refuses what this engine has not, so that nobody takes a container for having it.
 *
 * @throws HubError `unsupported` for `--gpus` and other drivers' devices.
 */
export function refuseDeviceRequests(requests: HostConfig["DeviceRequests"]): void {
  const [first] = requests;
  if (first === undefined) return;
  const driver = first.Driver || "gpu";
  throw new HubError(
    "unsupported",
    `could not select device driver "${driver}": this engine hands out no GPUs; name the devices with --device`,
  );
}
