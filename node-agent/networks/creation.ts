import { randomBytes } from "node:crypto";
import { isIPv4, isIPv6 } from "node:net";
import { HubError } from "#shared/errors";
import { contains6, localSubnet6, number6, overlap6, range6Of, type Range6, text6 } from "./addresses6.ts";
import type { Network } from "./network.ts";
import { addressOf, contains, freeRange, numberOf, overlap, type Range, rangeOf } from "./ranges.ts";

interface AddressPlan {
  subnet?: string | undefined;
  gateway?: string | undefined;
  range?: string | undefined;
  reserved?: Readonly<Record<string, string>> | undefined;
}

export interface NetworkWish {
  name: string;
  driver?: string | undefined;
  internal?: boolean | undefined;
  attachable?: boolean | undefined;
  /** Whether it has IPv6 too. */
  ipv6?: boolean | undefined;
  /** One of each family at most. */
  plans?: readonly AddressPlan[] | undefined;
  labels?: Readonly<Record<string, string>> | undefined;
  options?: Readonly<Record<string, string>> | undefined;
}

/** What is in use already, on this host and by our other networks. */
export interface InUse {
  ranges: readonly Range[];
  ours: readonly Network[];
}

/** The three that are there without being made. */
export const predefined = ["bridge", "host", "none"] as const;

/** @throws HubError `denied`, `invalid`, `not-found` in moby's words, before anything is made. */
export function checkWish({ name, driver = "", plans = [], options = {} }: NetworkWish): void {
  if ((predefined as readonly string[]).includes(name) || name === "default")
    throw new HubError("denied", `operation is not permitted on predefined ${name} network`);
  if (!/^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}$/.test(name))
    throw new HubError(
      "invalid",
      `invalid network name: ${JSON.stringify(name.slice(0, 130))}; only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed`,
    );
  if (driver === "host" || driver === "null")
    throw new HubError("denied", `only one instance of "${driver}" network is allowed`);
  if (driver !== "" && driver !== "bridge" && driver !== "default")
    throw new HubError(
      "not-found",
      `could not find plugin ${driver} in v1 plugin registry: plugin "${driver}" not found`,
    );
  if (options["com.docker.network.bridge.name"] !== undefined)
    throw new HubError(
      "unsupported",
      "bridges are named by the engine: leave out com.docker.network.bridge.name",
    );
  const mtu = options["com.docker.network.driver.mtu"];
  if (mtu !== undefined && !(/^\d{2,5}$/.test(mtu) && Number(mtu) >= 68 && Number(mtu) <= 65_535))
    throw new HubError("invalid", `invalid value for com.docker.network.driver.mtu: ${mtu}`);
  const families = plans.map(({ subnet = "" }) => (subnet.includes(":") ? 6 : 4));
  if (new Set(families).size < families.length)
    throw new HubError("invalid", "bridge driver doesn't support multiple subnets of one family");
}

/**
 * A network as it is to be, with addresses that nobody else uses.
 *
 * @throws HubError `invalid` for addresses that do not fit, `denied` where they are in use.
 */
export function newNetwork(wish: NetworkWish, prefix: string, inUse: InUse): Network {
  const { plans = [], options = {} } = wish;
  const id = randomBytes(32).toString("hex");
  const plan4 = plans.find(({ subnet = "", gateway = "" }) => !`${subnet}${gateway}`.includes(":"));
  const plan6 = plans.find(({ subnet = "" }) => subnet.includes(":"));
  const wishes6 = wish.ipv6 || plan6 !== undefined;
  return {
    id,
    name: wish.name,
    driver: "bridge",
    internal: wish.internal ?? false,
    ...withAddresses(plan4 ?? {}, inUse),
    ...(wishes6 ? withAddresses6(plan6 ?? {}, inUse) : {}),
    bridge: wish.name === "bridge" ? `${prefix}0` : `${prefix}-${id.slice(0, 8)}`,
    attachable: wish.attachable ?? false,
    labels: wish.labels ?? {},
    options,
    createdAt: Date.now(),
  };
}

function withAddresses({ subnet, gateway, range, reserved = {} }: AddressPlan, inUse: InUse) {
  const ours = inUse.ours.filter((other) => other.driver === "bridge").map((other) => rangeOf(other.subnet));
  const within = subnet ? rangeOf(subnet) : freeRange([...inUse.ranges, ...ours]);
  if (within.bits > 30)
    throw new HubError("invalid", `invalid subnet ${subnet}: it has no room for a gateway and a container`);
  if (ours.some((other) => overlap(within, other)))
    throw new HubError("denied", "invalid pool request: Pool overlaps with other one on this address space");
  if (inUse.ranges.some((other) => overlap(within, other)))
    throw new HubError(
      "denied",
      `invalid pool request: Pool overlaps with other one on this address space: this host has a route or an address in ${subnet}`,
    );
  for (const address of [gateway, ...Object.values(reserved)])
    if (address && !(isIPv4(address) && contains(within, numberOf(address))))
      throw new HubError("invalid", `no matching subnet for gateway ${address}`);
  if (range && !(contains(within, rangeOf(range).first) && rangeOf(range).bits >= within.bits))
    throw new HubError("invalid", `no matching subnet for range ${range}`);
  return {
    subnet: `${addressOf(within.first)}/${within.bits}`,
    gateway: gateway || addressOf(within.first + 1),
    ...(range ? { range } : {}),
    ownSubnet: Boolean(subnet),
    reserved,
  };
}

function withAddresses6({ subnet, gateway }: AddressPlan, inUse: InUse) {
  const subnet6 = subnet || localSubnet6();
  const within: Range6 = range6Of(subnet6);
  const ours = inUse.ours.flatMap((other) => (other.subnet6 === undefined ? [] : [range6Of(other.subnet6)]));
  if (ours.some((other) => overlap6(within, other)))
    throw new HubError("denied", "invalid pool request: Pool overlaps with other one on this address space");
  if (gateway && !(isIPv6(gateway) && contains6(within, number6(gateway))))
    throw new HubError("invalid", `no matching subnet for gateway ${gateway}`);
  return { subnet6, gateway6: gateway || text6(within.first + 1n) };
}

/** Those that are there without being made, but for the bridge, which has addresses. */
export function withoutBridge(name: "host" | "none"): Network {
  return {
    id: randomBytes(32).toString("hex"),
    name,
    driver: name === "host" ? "host" : "null",
    internal: false,
    subnet: "",
    gateway: "",
    ownSubnet: false,
    reserved: {},
    bridge: "",
    attachable: false,
    labels: {},
    options: {},
    createdAt: Date.now(),
  };
}
