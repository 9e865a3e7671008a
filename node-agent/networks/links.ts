import { open, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { execute, succeed } from "../host/exec.ts";
import type { Endpoint, Network } from "./network.ts";
import { numberOf, type Range, rangeOf } from "./ranges.ts";

/** The hardware address that belongs to an address: nobody else on the network has it. */
export function macOf(address: string): string {
  const hex = numberOf(address).toString(16).padStart(8, "0");
  return `02:42:${hex.match(/../g)?.join(":")}`;
}

const batch = (lines: readonly string[], options: readonly string[] = []) =>
  succeed("ip", [...options, "-batch", "-"], { input: `${lines.join("\n")}\n` });

/** All links of this host, by name, with the largest packet that each takes. */
async function allLinks(): Promise<Map<string, number>> {
  const found = JSON.parse(await succeed("ip", ["-json", "link", "show"])) as {
    ifname: string;
    mtu: number;
  }[];
  return new Map(found.map(({ ifname, mtu }) => [ifname, mtu]));
}

/** The names of all links of this host that begin so. */
export async function linksOf(prefix: string): Promise<string[]> {
  return [...(await allLinks()).keys()].filter((name) => name.startsWith(prefix));
}

/** What this host routes and has addresses of, but for the default route, and where its name servers are. */
export async function rangesInUse(): Promise<Range[]> {
  const routes = await succeed("ip", ["-4", "route", "show", "table", "all"]);
  const resolv = await readFile("/etc/resolv.conf", "utf8").catch(() => "");
  const found = [
    ...routes.matchAll(/^(?:\w+ )?(\d+\.\d+\.\d+\.\d+(?:\/\d+)?) /gm),
    ...resolv.matchAll(/^\s*nameserver\s+(\d+\.\d+\.\d+\.\d+)\s*$/gm),
  ].map(([, text = ""]) => (text.includes("/") ? text : `${text}/32`));
  return [...new Set(found)].map(rangeOf);
}

/** Makes a network's bridge, or mends the one that is there. It may be done again. @returns the largest packet that it takes. */
export async function makeBridge(network: Network): Promise<number> {
  const { bridge, gateway, subnet, gateway6, subnet6, options } = network;
  const links = await allLinks();
  const there = links.get(bridge);
  // Not more than leaves the host in one piece.
  const [, way = ""] = /^default .*?dev (\S+)/m.exec(await succeed("ip", ["-4", "route", "show"])) ?? [];
  const mtu =
    Number(options["com.docker.network.driver.mtu"] ?? 0) || there || Math.min(links.get(way) ?? 1500, 1500);
  const bits = (text: string) => text.slice(text.indexOf("/") + 1);
  await batch([
    ...(there !== undefined
      ? []
      : [`link add ${bridge} mtu ${mtu} address ${macOf(gateway)} type bridge mcast_snooping 0`]),
    // Without an address that it gives itself: only what we give answers.
    `link set ${bridge} addrgenmode none`,
    `addr replace ${gateway}/${bits(subnet)} dev ${bridge}`,
    ...(gateway6 === undefined || subnet6 === undefined
      ? []
      : [
          `addr replace ${gateway6}/${bits(subnet6)} dev ${bridge} nodad`,
          // The kernel asks from it who has an address that a packet from outside is for.
          `addr replace fe80::1/64 dev ${bridge} nodad`,
        ]),
    `link set ${bridge} up`,
  ]);
  // Ports that are published on 127.0.0.1 lead to containers; that containers do not reach 127.0.0.1 is in the rules.
  await setting(`net/ipv4/conf/${bridge}/route_localnet`, "1");
  await setting("net/ipv4/ip_forward", "1");
  if (gateway6 !== undefined) await forward6();
  return mtu;
}

/** The host goes on to take its own routes from routers, which the kernel stops for one that forwards. */
async function forward6(): Promise<void> {
  const folder = "net/ipv6/conf";
  for (const link of await readdir(path.join("/proc/sys", folder)))
    if ((await readSetting(`${folder}/${link}/accept_ra`)) === "1")
      await setting(`${folder}/${link}/accept_ra`, "2");
  await setting(`${folder}/all/forwarding`, "1");
}

const readSetting = async (name: string) =>
  (await readFile(path.join("/proc/sys", name), "utf8").catch(() => "")).trim();

/** Written only where it differs: writing ip_forward again resets what others have set. */
async function setting(name: string, value: string): Promise<void> {
  if ((await readSetting(name)) !== value) await writeFile(path.join("/proc/sys", name), value);
}

/** Takes links away, both ends of those with two. It is no error when they are gone. */
export async function removeLinks(links: readonly string[]): Promise<void> {
  if (links.length === 0) return;
  const lines = links.map((link) => `link del ${link}`);
  await execute("ip", ["-force", "-batch", "-"], { input: `${lines.join("\n")}\n` });
}

/** What is to be done inside a namespace so that the endpoint is there. Its other end comes out on the host. */
function inside({ endpoint, mtu }: Joining, isDefault: boolean): string[] {
  const { interface: name, link, mac, address, prefix, gateway, address6, prefix6, gateway6 } = endpoint;
  return [
    `link add ${name} mtu ${mtu} address ${mac} type veth peer name ${link} mtu ${mtu} netns ${process.pid}`,
    `link set ${name} addrgenmode none`,
    `addr add ${address}/${prefix} dev ${name}`,
    ...(address6 === undefined ? [] : [`addr add ${address6}/${prefix6} dev ${name} nodad`]),
    `link set ${name} up`,
    ...(isDefault ? [`route replace default via ${gateway}`] : []),
    ...(isDefault && gateway6 !== undefined ? [`route replace default via ${gateway6}`] : []),
  ];
}

/** Fastens the host's ends to their bridges, also once more. */
export async function fasten(
  ends: readonly { link: string; network: Network }[],
  force = false,
): Promise<void> {
  if (ends.length === 0) return;
  const lines = ends.flatMap(({ link, network }) => [
    `link set ${link} addrgenmode none`,
    `link set ${link} master ${network.bridge} up`,
    // Where the host has bridges pass its rules, a container that reaches itself by a published port goes out where it came in.
    `link set ${link} type bridge_slave hairpin on`,
    // Two that may not talk to one another reach the host only.
    ...(network.options["com.docker.network.bridge.enable_icc"] === "false"
      ? [`link set ${link} type bridge_slave isolated on`]
      : []),
  ]);
  await batch(lines, force ? ["-force"] : []);
}

/** A network that a namespace joins, with the largest packet that it takes. */
export interface Joining {
  endpoint: Endpoint;
  network: Network;
  mtu: number;
}

/** Makes a network namespace that a file holds, with what it joins; `route` is the endpoint with the way out. */
export async function makeNamespace(
  file: string,
  joining: readonly Joining[],
  route: Endpoint | undefined,
): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  await (await open(file, "wx", 0o600)).close();
  const lines = ["link set lo up"];
  for (const one of joining) lines.push(...inside(one, one.endpoint === route));
  await succeed("unshare", [`--net=${file}`, "ip", "-batch", "-"], { input: `${lines.join("\n")}\n` });
  await fasten(joining.map(({ endpoint: { link }, network }) => ({ link, network })));
}

/** Joins a namespace that is there to one more network. */
export async function joinNamespace(file: string, joining: Joining, isDefault: boolean): Promise<void> {
  const { endpoint, network } = joining;
  const input = `${inside(joining, isDefault).join("\n")}\n`;
  await succeed("nsenter", [`--net=${file}`, "ip", "-batch", "-"], { input });
  await fasten([{ link: endpoint.link, network }]);
}

/** Where a namespace sends what is for nobody near, after the endpoint it went through before is gone. */
export async function routeNamespace(file: string, { gateway, gateway6 }: Endpoint): Promise<void> {
  const lines = [gateway, gateway6].flatMap((way) => (way ? [`route replace default via ${way}`] : []));
  await succeed("nsenter", [`--net=${file}`, "ip", "-force", "-batch", "-"], {
    input: `${lines.join("\n")}\n`,
  });
}

/** Lets namespaces go: they end with their last process. It is no error when they are gone. */
export async function removeNamespaces(files: readonly string[]): Promise<void> {
  if (files.length === 0) return;
  await execute("umount", ["--no-canonicalize", "--lazy", "--quiet", ...files]);
  for (const file of files) await rm(file, { force: true });
}
