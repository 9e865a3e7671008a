import { randomBytes } from "node:crypto";
import { isIPv6 } from "node:net";
import { HubError } from "#shared/errors";

/** Addresses of IPv6 that have their first bits in common. */
export interface Range6 {
  first: bigint;
  bits: number;
}

/** The number of an address that `isIPv6` takes, without a zone. */
export function number6(address: string): bigint {
  const [head = "", tail] = address.replace(/\d+\.\d+\.\d+\.\d+$/, hexOfIPv4).split("::");
  const groups = (text: string) => (text === "" ? [] : text.split(":"));
  const [left, right] = [groups(head), groups(tail ?? "")];
  const middle = Array<string>(8 - left.length - right.length).fill("0");
  return [...left, ...(tail === undefined ? [] : middle), ...right].reduce(
    (sum, group) => sum * 65_536n + BigInt(`0x${group}`),
    0n,
  );
}

function hexOfIPv4(text: string): string {
  const [a = 0, b = 0, c = 0, d = 0] = text.split(".").map(Number);
  return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
}

/** As RFC 5952 writes it. */
export function text6(address: bigint): string {
  const groups = Array.from({ length: 8 }, (_, i) =>
    ((address >> BigInt(112 - 16 * i)) & 0xffffn).toString(16),
  );
  const runs = [...groups.join(":").matchAll(/(?:^|:)0(?::0)+(?=:|$)/g)];
  const [longest] = runs.toSorted((a, b) => b[0].replace(/^:/, "").length - a[0].replace(/^:/, "").length);
  if (longest === undefined) return groups.join(":");
  const whole = groups.join(":");
  const after = whole.slice(longest.index + longest[0].length);
  return `${whole.slice(0, longest.index)}::${after.replace(/^:/, "")}`;
}

/** @throws HubError `invalid` for what is no address with a count of bits, or leaves no room for a network. */
export function range6Of(text: string): Range6 {
  const [address = "", count = "", ...rest] = text.split("/");
  const bits = /^\d{1,3}$/.test(count) ? Number(count) : 129;
  if (!isIPv6(address) || address.includes("%") || rest.length > 0 || bits > 112)
    throw new HubError(
      "invalid",
      `invalid CIDR address: ${JSON.stringify(text)}; write it as fd00:1:2:3::/64, with at most 112 bits`,
    );
  const first = number6(address);
  if (first % 2n ** BigInt(128 - bits) !== 0n)
    throw new HubError("invalid", `invalid subnet ${text}: it has bits set behind the first ${bits}`);
  return { first, bits };
}

export const contains6 = ({ first, bits }: Range6, address: bigint) =>
  address >= first && address < first + 2n ** BigInt(128 - bits);

export const overlap6 = (a: Range6, b: Range6) => contains6(a, b.first) || contains6(b, a.first);

/** A subnet of one's own with random bits, as RFC 4193 has it: nobody else uses the same. */
export function localSubnet6(): string {
  return `${text6((0xfdn << 120n) | (BigInt(`0x${randomBytes(7).toString("hex")}`) << 64n))}/64`;
}
