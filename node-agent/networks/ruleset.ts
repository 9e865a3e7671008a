import { isIPv6 } from "node:net";
import { number6 } from "./addresses6.ts";

interface FirewallBridge {
  link: string;
  subnet: string;
  subnet6?: string | undefined;
  internal: boolean;
  /** Whether containers speak to the world as the host. Default: yes. */
  masquerade?: boolean;
  /** Where containers find names: they ask port 53 of the gateway, and who answers listens on another. */
  resolver?: { gateway: string; port: number } | undefined;
}

/** All that packets are judged by. Its texts are of our own making: names of links that we made, and addresses. */
export interface FirewallState {
  /** The name of both tables, `inet` and `bridge`. */
  table: string;
  bridges: readonly FirewallBridge[];
  /** The host's end of each container's link, and the addresses that may speak from it. */
  endpoints: readonly { link: string; mac: string; address: string; address6?: string | undefined }[];
  ports: readonly {
    protocol: "tcp" | "udp";
    /** 0.0.0.0 and :: are all of the host. */
    hostAddress: string;
    hostPort: number;
    /** Of the same family. */
    address: string;
    port: number;
  }[];
}

/**
 * The whole of our rules for nft(8), which it puts in the place of those before in one transaction. Nobody else's table is named.
 *
 * A container speaks only from its own address. Networks do not reach one another, nor does anybody outside reach them, but through
 * published ports. What is internal reaches only itself, and of the host only who answers for names.
 */
export function ruleset(state: FirewallState): string {
  const { table, bridges, endpoints } = state;
  const links = bridges.map(({ link }) => `"${link}"`);
  const internal = bridges.filter((bridge) => bridge.internal).map(({ link }) => `"${link}"`);
  const endpoints6 = endpoints.flatMap(({ address6, ...end }) =>
    address6 === undefined ? [] : [{ ...end, address6 }],
  );
  return `${["inet", "bridge"].map((family) => `table ${family} ${table}\ndelete table ${family} ${table}`).join("\n")}
table inet ${table} {
  set bridges { type ifname; ${elements(links)} }
  set internal { type ifname; ${elements(internal)} }
${publishedMaps(state)}
  chain loopback {
    type filter hook prerouting priority raw; policy accept;
    iifname @bridges ip daddr 127.0.0.0/8 drop
  }
  chain published {
    fib daddr type local dnat ip to ip daddr . meta l4proto . th dport map @somewhere
    fib daddr type local dnat ip to meta l4proto . th dport map @everywhere
    ip6 daddr != ::1 fib daddr type local dnat ip6 to ip6 daddr . meta l4proto . th dport map @somewhere6
    ip6 daddr != ::1 fib daddr type local dnat ip6 to meta l4proto . th dport map @everywhere6
  }
  chain incoming {
    type nat hook prerouting priority dstnat; policy accept;
${ofResolvers(bridges, ({ link, gateway, port }) => [
  `iifname "${link}" ip daddr ${gateway} meta l4proto { tcp, udp } th dport 53 redirect to :${port}`,
])}
    meta l4proto { tcp, udp } jump published
  }
  chain own {
    type nat hook output priority -100; policy accept;
    meta l4proto { tcp, udp } jump published
  }
  chain outgoing {
    type nat hook postrouting priority srcnat; policy accept;
    ip saddr 127.0.0.0/8 oifname @bridges masquerade
${bridges.flatMap(masquerades).join("\n")}
  }
  chain arriving {
    type filter hook input priority filter; policy accept;
${ofResolvers(bridges, ({ link, gateway, port }) => [
  `iifname "${link}" ip daddr ${gateway} meta l4proto { tcp, udp } th dport ${port} accept`,
  `ip daddr ${gateway} meta l4proto { tcp, udp } th dport ${port} drop`,
])}
    iifname != @internal accept
    ct state established,related accept
    meta l4proto { icmp, ipv6-icmp } accept
    drop
  }
  chain between {
    type filter hook forward priority filter; policy accept;
    iifname != @bridges oifname != @bridges accept
${bridges.map(({ link }) => `    iifname "${link}" oifname "${link}" accept`).join("\n")}
    iifname @internal drop
    oifname @internal drop
    ct state established,related accept
    oifname @bridges ct status dnat accept
    oifname @bridges drop
  }
}
table bridge ${table} {
  set links { type ifname; ${elements(endpoints.map(({ link }) => `"${link}"`))} }
  set speakers { type ifname . ether_addr . ipv4_addr; ${elements(
    endpoints.map(({ link, mac, address }) => `"${link}" . ${mac} . ${address}`),
  )} }
  set speakers6 { type ifname . ether_addr . ipv6_addr; ${elements(
    endpoints6.map(({ link, mac, address6 }) => `"${link}" . ${mac} . ${address6}`),
  )} }
  chain speaking {
    type filter hook prerouting priority -300; policy accept;
    iifname != @links accept
    ether type ip iifname . ether saddr . ip saddr @speakers accept
    ether type arp iifname . arp saddr ether . arp saddr ip @speakers accept
    icmpv6 type { nd-router-advert, nd-redirect } drop
${endpoints6
  // Bytes 8 to 24 of the message are the address that it speaks for.
  .map(
    ({ link, address6 }) =>
      `    iifname "${link}" icmpv6 type nd-neighbor-advert @th,64,128 != 0x${number6(address6).toString(16)} drop`,
  )
  .join("\n")}
    ether type ip6 iifname . ether saddr . ip6 saddr @speakers6 accept
    drop
  }
}
`;
}

function masquerades({ link, subnet, subnet6, internal, masquerade = true }: FirewallBridge): string[] {
  const families = [
    ["ip", subnet],
    ["ip6", subnet6],
  ].filter(([, range]) => range !== undefined);
  return families.flatMap(([family, range]) => [
    // A container that reaches itself or a neighbour through the host must get the answer through the host.
    `    ${family} saddr ${range} oifname "${link}" ct status dnat masquerade`,
    ...(internal || !masquerade ? [] : [`    ${family} saddr ${range} oifname != "${link}" masquerade`]),
  ]);
}

function publishedMaps({ ports }: FirewallState): string {
  const maps = ["", "6"].flatMap((suffix) => {
    const type = suffix === "" ? "ipv4_addr" : "ipv6_addr";
    const all = suffix === "" ? "0.0.0.0" : "::";
    const family = ports.filter(({ address }) => isIPv6(address) === (suffix === "6"));
    const of = (everywhere: boolean) =>
      family
        .filter(({ hostAddress }) => (hostAddress === all) === everywhere)
        .map(({ protocol, hostAddress, hostPort, address, port }) => {
          const key = `${protocol} . ${hostPort} : ${address} . ${port}`;
          return everywhere ? key : `${hostAddress} . ${key}`;
        });
    return [
      `map everywhere${suffix} { type inet_proto . inet_service : ${type} . inet_service; ${elements(of(true))} }`,
      `map somewhere${suffix} { type ${type} . inet_proto . inet_service : ${type} . inet_service; ${elements(of(false))} }`,
    ];
  });
  return maps.map((map) => `  ${map}`).join("\n");
}

function ofResolvers(
  bridges: readonly FirewallBridge[],
  rules: (resolver: { link: string; gateway: string; port: number }) => string[],
): string {
  return bridges
    .flatMap(({ link, resolver }) => (resolver === undefined ? [] : rules({ link, ...resolver })))
    .map((rule) => `    ${rule}`)
    .join("\n");
}

const elements = (items: readonly string[]) =>
  items.length === 0 ? "" : `elements = { ${items.join(", ")} }`;
