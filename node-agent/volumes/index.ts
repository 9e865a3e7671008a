export { plannedMounts } from "./plan.ts";
export { Volumes } from "./volumes.ts";
