import { readFile } from "node:fs/promises";
import { isIP, isIPv4 } from "node:net";
import type { Endpoint } from "./network.ts";

/** What a container says of names. */
export interface NamePlan {
  hostname: string;
  domain: string;
  /** `name:address` or `name=address`; the address `host-gateway` is the host's. */
  extraHosts: readonly string[];
  dns: readonly string[];
  dnsSearch: readonly string[];
  dnsOptions: readonly string[];
}

const everybody = `127.0.0.1\tlocalhost
::1\tlocalhost ip6-localhost ip6-loopback
fe00::\tip6-localnet
ff00::\tip6-mcastprefix
ff02::1\tip6-allnodes
ff02::2\tip6-allrouters
`;

/** A container's /etc/hosts. @param gateway the host's address on its first network. */
export function hostsFile(plan: NamePlan, endpoints: readonly Endpoint[], gateway: string): string {
  const own = plan.domain === "" ? plan.hostname : `${plan.hostname}.${plan.domain} ${plan.hostname}`;
  const extra = plan.extraHosts.map((entry) => {
    const at = entry.search(/[:=]/);
    const address = entry.slice(at + 1).replace(/^\[(.*)\]$/, "$1");
    return `${address === "host-gateway" ? gateway : address}\t${entry.slice(0, at)}\n`;
  });
  const addresses = endpoints.flatMap(({ address, address6 }) => [
    address,
    ...(address6 === undefined ? [] : [address6]),
  ]);
  return (
    everybody +
    extra.join("") +
    (own === "" ? "" : addresses.map((address) => `${address}\t${own}\n`).join(""))
  );
}

const resolvFile = "/etc/resolv.conf";

/** The words behind a keyword of the host's resolv.conf. */
async function hostWords(keyword: RegExp): Promise<string[]> {
  const text = await readFile(resolvFile, "utf8").catch(() => "");
  return text.split("\n").flatMap((line) => {
    const [word = "", ...rest] = line.trim().split(/\s+/);
    return keyword.test(word) ? rest : [];
  });
}

/** The name servers of the host. */
export async function hostServers(): Promise<string[]> {
  return (await hostWords(/^nameserver$/)).filter((server) => isIP(server.split("%")[0] ?? "") > 0);
}

/**
 * A container's /etc/resolv.conf.
 *
 * @param resolver the host's address where names are answered; undefined where there are none of containers, and nobody has to be asked
 *   for the container.
 */
export async function resolvConf(
  plan: NamePlan,
  resolver: { address: string; named: boolean } | undefined,
): Promise<string> {
  const ofHost = await hostServers();
  // One that listens on the host's loopback, or needs IPv6, is not there for a container: the host asks it on its behalf.
  const outside = ofHost.filter((server) => isIPv4(server) && !server.startsWith("127."));
  const direct = plan.dns.length > 0 ? plan.dns : outside;
  const servers =
    resolver !== undefined && (resolver.named || direct.length === 0) ? [resolver.address] : direct;
  const search = plan.dnsSearch.length > 0 ? plan.dnsSearch : await hostWords(/^(?:search|domain)$/);
  const asked = plan.dnsOptions.length > 0 ? plan.dnsOptions : await hostWords(/^options$/);
  // Names of containers have no dot: they are asked for as they are.
  const plain = resolver?.named && !asked.some((option) => option.startsWith("ndots:")) ? ["ndots:0"] : [];
  const options = [...asked, ...plain];
  return [
    ...servers.map((server) => `nameserver ${server}\n`),
    // `--dns-search .` is none.
    ...(search.length === 0 || search.includes(".") ? [] : [`search ${search.join(" ")}\n`]),
    ...(options.length === 0 ? [] : [`options ${options.join(" ")}\n`]),
  ].join("");
}
