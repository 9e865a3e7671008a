export { type PlannedMount, plannedMounts } from "./plan.ts";
export { type Volume, type VolumeEvent, Volumes } from "./volumes.ts";
