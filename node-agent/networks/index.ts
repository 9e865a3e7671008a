export type { Endpoint, EndpointWish, Network, NetworkEvent, Sandbox } from "./network.ts";
export { Networks } from "./networks.ts";
export { containerPorts } from "./port-wishes.ts";
export { freeRange, rangeOf } from "./ranges.ts";
export { ruleset } from "./ruleset.ts";
export type { ContainerPlan } from "./sandboxes.ts";
