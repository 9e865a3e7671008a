export { type PlannedMount, plannedMounts } from "./plan.ts";
export { type BoundVolume, type Volume, Volumes } from "./volumes.ts";
