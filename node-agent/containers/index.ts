export { Containers } from "./containers.ts";
export type { ContainerEvent } from "./events.ts";
export { type LogEntry, nanoseconds, writtenBytes } from "./log-lines.ts";
export { maskedPaths, readonlyPaths } from "./spec.ts";
export type { ContainerRecord } from "./store.ts";
export type { NetworkSource } from "./surroundings.ts";
