export { freeRange, type Range, rangeOf } from "./ranges.ts";
export { type FirewallState, ruleset } from "./ruleset.ts";
