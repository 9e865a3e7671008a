export { main } from "./dispatch.ts";
