export type { HubContext } from "./context.ts";
