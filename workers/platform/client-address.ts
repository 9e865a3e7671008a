/**
 * How the address of a client is known, which decides whom limits stop and what the audit log says:
 *
 * - `cloudflare`: by CF-Connecting-IP, which Cloudflare sets itself, whatever the client sent;
 * - `proxy`: by the last entry of X-Forwarded-For, which the operator's own proxy wrote; only for a server that nobody but that proxy
 *   can reach;
 * - `unknown`: not at all. workerd tells a Worker nothing of the socket's other end, and what a client says of itself counts for nothing.
 */
const addressSources = ["cloudflare", "proxy", "unknown"] as const;
export type AddressSource = (typeof addressSources)[number];

/** @throws Error naming CLIENT_ADDRESS. */
export function readAddressSource(setting: string | undefined): AddressSource {
  const found = addressSources.find((source) => source === (setting || "unknown"));
  if (found === undefined)
    throw new Error(`CLIENT_ADDRESS is "${setting}"; it is one of ${addressSources.join(", ")}`);
  return found;
}

/** The address a request came from, as IPv4 or IPv6 is written; undefined: not known. */
export function clientAddress(source: AddressSource, request: Request): string | undefined {
  if (source === "unknown") return undefined;
  const header = source === "cloudflare" ? "CF-Connecting-IP" : "X-Forwarded-For";
  const last = (request.headers.get(header) ?? "").split(",").at(-1)?.trim() ?? "";
  // Some proxies write the port too.
  const bare = /^\[([^\]]+)\](?::\d+)?$/.exec(last)?.[1] ?? /^(\d+(?:\.\d+){3}):\d+$/.exec(last)?.[1] ?? last;
  return parseAddress(bare) ? bare : undefined;
}

/** What limits count as one client: an IPv4 address, or the /64 of an IPv6 address, which is the least that anybody is given. */
export function networkOf(address: string): string {
  const parsed = parseAddress(address);
  if (!parsed) return address;
  if (typeof parsed === "string") return parsed;
  return `${parsed.slice(0, 4).join(":")}::/64`;
}

/** An IPv4 address as text, IPv6 as its eight groups; an IPv4 address in IPv6's clothes is the former. */
function parseAddress(address: string): string | string[] | undefined {
  if (/^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/.test(address)) return address;
  if (!/^[0-9A-Fa-f:.]{2,45}$/.test(address) || !address.includes(":")) return undefined;
  const url = URL.parse(`http://[${address}]/`);
  if (!url) return undefined;
  // The one spelling of RFC 5952, without brackets.
  const [head = "", tail] = url.hostname.slice(1, -1).split("::");
  const [front, back] = [groups(head), groups(tail ?? "")];
  const all =
    tail === undefined
      ? front
      : [...front, ...Array<string>(8 - front.length - back.length).fill("0"), ...back];
  const mapped = all.slice(0, 6).join(":") === "0:0:0:0:0:ffff";
  return mapped ? all.slice(6).flatMap(bytes).join(".") : all;
}

function groups(text: string): string[] {
  return text === "" ? [] : text.split(":");
}

function bytes(group: string): number[] {
  const value = Number.parseInt(group, 16);
  return [value >> 8, value & 255];
}
