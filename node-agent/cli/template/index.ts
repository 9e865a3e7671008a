export { compileTemplate } from "./evaluate.ts";
export { toJson } from "./print.ts";
