/** All that packets are judged by. Its texts are of our own making: names of links that we made, and addresses. */
export interface FirewallState {
  /** The name of both tables, `inet` and `bridge`. */
  table: string;
  bridges: readonly { link: string; subnet: string; internal: boolean }[];
  /** The host's end of each container's link, and the one address that may speak from it. */
  endpoints: readonly { link: string; mac: string; address: string }[];
  ports: readonly {
    protocol: "tcp" | "udp";
    /** 0.0.0.0 is all of the host. */
    hostAddress: string;
    hostPort: number;
    address: string;
    port: number;
  }[];
}

/**
 * The whole of our rules for nft(8), which it puts in the place of those before in one transaction. Nobody else's table is named.
 *
 * A container speaks only from its own address. Networks do not reach one another, nor does anybody outside reach them, but through
 * published ports. What is internal reaches only itself.
 */
export function ruleset(state: FirewallState): string {
  const { table, bridges, endpoints, ports } = state;
  const links = bridges.map(({ link }) => `"${link}"`);
  const internal = bridges.filter((bridge) => bridge.internal).map(({ link }) => `"${link}"`);
  const everywhere = ports.filter(({ hostAddress }) => hostAddress === "0.0.0.0");
  const somewhere = ports.filter(({ hostAddress }) => hostAddress !== "0.0.0.0");
  const target = (port: FirewallState["ports"][number]) => `${port.address} . ${port.port}`;
  return `${["inet", "bridge"].map((family) => `table ${family} ${table}\ndelete table ${family} ${table}`).join("\n")}
table inet ${table} {
  set bridges { type ifname; ${elements(links)} }
  set internal { type ifname; ${elements(internal)} }
  map everywhere { type inet_proto . inet_service : ipv4_addr . inet_service; ${elements(
    everywhere.map((port) => `${port.protocol} . ${port.hostPort} : ${target(port)}`),
  )} }
  map somewhere { type ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service; ${elements(
    somewhere.map((port) => `${port.hostAddress} . ${port.protocol} . ${port.hostPort} : ${target(port)}`),
  )} }
  chain loopback {
    type filter hook prerouting priority raw; policy accept;
    iifname @bridges ip daddr 127.0.0.0/8 drop
  }
  chain published {
    fib daddr type local dnat ip to ip daddr . meta l4proto . th dport map @somewhere
    fib daddr type local dnat ip to meta l4proto . th dport map @everywhere
  }
  chain incoming {
    type nat hook prerouting priority dstnat; policy accept;
    meta l4proto { tcp, udp } jump published
  }
  chain own {
    type nat hook output priority -100; policy accept;
    meta l4proto { tcp, udp } jump published
  }
  chain outgoing {
    type nat hook postrouting priority srcnat; policy accept;
    ip saddr 127.0.0.0/8 oifname @bridges masquerade
${bridges
  .flatMap(({ link, subnet, internal: closed }) => [
    // A container that reaches itself or a neighbour through the host must get the answer through the host.
    `    ip saddr ${subnet} oifname "${link}" ct status dnat masquerade`,
    ...(closed ? [] : [`    ip saddr ${subnet} oifname != "${link}" masquerade`]),
  ])
  .join("\n")}
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
  chain speaking {
    type filter hook prerouting priority -300; policy accept;
    iifname != @links accept
    ether type ip iifname . ether saddr . ip saddr @speakers accept
    ether type arp iifname . arp saddr ether . arp saddr ip @speakers accept
    drop
  }
}
`;
}

const elements = (items: readonly string[]) =>
  items.length === 0 ? "" : `elements = { ${items.join(", ")} }`;
