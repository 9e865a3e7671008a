import { isIPv4 } from "node:net";
import { HubError } from "#shared/errors";

/** Addresses of IPv4 that have their first bits in common. */
export interface Range {
  /** The lowest address, as a number. */
  first: number;
  /** How many bits are in common. */
  bits: number;
}

/** @throws HubError `invalid` for what is no address with a count of bits, or has bits set behind them. */
export function rangeOf(text: string): Range {
  const [address = "", count = "", ...rest] = text.split("/");
  const bits = /^\d{1,2}$/.test(count) ? Number(count) : 33;
  if (!isIPv4(address) || bits > 32 || rest.length > 0)
    throw new HubError("invalid", `invalid CIDR address: ${JSON.stringify(text)}; write it as 10.20.0.0/16`);
  const first = numberOf(address);
  if (first % sizeOf(bits) !== 0)
    throw new HubError("invalid", `invalid subnet ${text}: it has bits set behind the first ${bits}`);
  return { first, bits };
}

/** The number of an address that `isIPv4` takes. */
export const numberOf = (address: string) =>
  address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);

export const addressOf = (number: number) =>
  [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join(".");

export const contains = ({ first, bits }: Range, address: number) =>
  address >= first && address < first + sizeOf(bits);

/** How many addresses have these first bits. */
export const sizeOf = (bits: number) => 2 ** (32 - bits);

export const overlap = (a: Range, b: Range) =>
  a.first < b.first + sizeOf(b.bits) && b.first < a.first + sizeOf(a.bits);

/** Where networks are laid, in this order: private addresses, those last that homes, offices and Docker use most. */
const grounds = [
  { ground: { first: 10 * 2 ** 24 + 200 * 2 ** 16, bits: 13 }, bits: 16 },
  { ground: { first: 10 * 2 ** 24 + 128 * 2 ** 16, bits: 10 }, bits: 20 },
  { ground: { first: 172 * 2 ** 24 + 16 * 2 ** 16, bits: 12 }, bits: 20 },
  { ground: { first: 192 * 2 ** 24 + 168 * 2 ** 16, bits: 16 }, bits: 24 },
];

/**
 * A range that nothing on this host uses.
 *
 * @param used of routes, addresses, name servers and other networks. The default route is none of them.
 * @throws HubError `unavailable` when there is none left.
 */
export function freeRange(used: readonly Range[]): Range {
  for (const { ground, bits } of grounds)
    for (let first = ground.first; first < ground.first + sizeOf(ground.bits); first += sizeOf(bits)) {
      const range = { first, bits };
      if (!used.some((other) => overlap(range, other))) return range;
    }
  throw new HubError(
    "unavailable",
    "could not find an available, non-overlapping IPv4 address pool among the defaults to assign to the network; remove networks that nobody uses, or give a subnet",
  );
}
