export { freeRange, rangeOf } from "./ranges.ts";
export { ruleset } from "./ruleset.ts";
