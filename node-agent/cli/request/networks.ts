import { fieldsOf } from "./fields.ts";
import { refuse } from "./refuse.ts";

/** How a container is in a network, as the API takes it. */
export interface Endpoint {
  Aliases?: string[];
  Links?: string[];
  MacAddress?: string;
  DriverOpts?: Record<string, string>;
  IPAMConfig?: { IPv4Address?: string; IPv6Address?: string; LinkLocalIPs?: string[] };
  GwPriority?: number;
}

/** What stands beside `--network` on the command line, for the network that is given first. */
export interface EndpointFlags {
  aliases: readonly string[];
  links: readonly string[];
  ip: string | undefined;
  ip6: string | undefined;
  linkLocal: readonly string[];
  mac: string | undefined;
}

/** Networks that have no addresses to choose and no names to give. */
const bare = (name: string) => ["none", "host"].includes(name) || name.startsWith("container:");

/**
 * `--network web`, `--network name=web,alias=a,ip=10.0.0.5`, several of them: the mode, which is the first, and all endpoints.
 *
 * @throws CommandError.
 */
export function parseNetworks(
  texts: readonly string[],
  flags: EndpointFlags,
): { mode: string; endpoints: Record<string, Endpoint> } {
  const found = texts.length === 0 ? [["default", {}] as const] : texts.map(parseNetwork);
  const [mode, first] = found[0] ?? ["default", {}];
  const own = ownEndpoint(flags);
  const merged = mergeEndpoints(first, own);
  const entries = [[mode, merged] as const, ...found.slice(1)].filter(
    ([name, endpoint], at) =>
      !bare(name) && (Object.keys(endpoint).length > 0 || at > 0 || name !== "default"),
  );
  return { mode, endpoints: Object.fromEntries(entries) };
}

function ownEndpoint({ aliases, links, ip, ip6, linkLocal, mac }: EndpointFlags): Endpoint {
  const addresses = {
    ...(ip === undefined ? {} : { IPv4Address: ip }),
    ...(ip6 === undefined ? {} : { IPv6Address: ip6 }),
    ...(linkLocal.length === 0 ? {} : { LinkLocalIPs: [...linkLocal] }),
  };
  return {
    ...(aliases.length === 0 ? {} : { Aliases: [...aliases] }),
    ...(links.length === 0 ? {} : { Links: [...links] }),
    ...(mac === undefined ? {} : { MacAddress: mac }),
    ...(Object.keys(addresses).length === 0 ? {} : { IPAMConfig: addresses }),
  };
}

function mergeEndpoints(one: Endpoint, other: Endpoint): Endpoint {
  const Aliases = [...(one.Aliases ?? []), ...(other.Aliases ?? [])];
  const addresses = { ...one.IPAMConfig, ...other.IPAMConfig };
  return {
    ...one,
    ...other,
    ...(Aliases.length === 0 ? {} : { Aliases }),
    ...(Object.keys(addresses).length === 0 ? {} : { IPAMConfig: addresses }),
  };
}

function parseNetwork(text: string): readonly [string, Endpoint] {
  if (!/^[\w-]+=/.test(text)) return [text, {}];
  const endpoint: Endpoint = {};
  const addresses = () => (endpoint.IPAMConfig ??= {});
  let name = "";
  for (const [field, value = ""] of fieldsOf(text)) {
    if (field === "name") name = value;
    else if (field === "alias") (endpoint.Aliases ??= []).push(value);
    else if (field === "ip") addresses().IPv4Address = value;
    else if (field === "ip6") addresses().IPv6Address = value;
    else if (field === "link-local-ip") (addresses().LinkLocalIPs ??= []).push(value);
    else if (field === "mac-address") endpoint.MacAddress = value;
    else if (field === "gw-priority") endpoint.GwPriority = Number(value);
    else if (field === "driver-opt") {
      const [option = "", setting = ""] = value.split("=", 2);
      (endpoint.DriverOpts ??= {})[option] = setting;
    } else throw refuse("--network", text, `web or name=web,alias=a,ip=10.0.0.5; there is no "${field}"`);
  }
  if (name === "") throw refuse("--network", text, "name=web,alias=a,ip=10.0.0.5");
  return [name, endpoint];
}
