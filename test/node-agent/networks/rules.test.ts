import { describe, expect, test } from "vitest";
import { succeed } from "../../../node-agent/host/exec.ts";
import { freeRange, rangeOf, ruleset } from "../../../node-agent/networks/index.ts";
import { describeNeeding, programs, root } from "../../support/needs.ts";

describe("a range of addresses", () => {
  test.each([
    "10.0.0.0",
    "10.0.0.0/33",
    "10.0.0.1/8",
    "10.0.0/8",
    "10.0.0.0/8/8",
    "::/64",
    "10.0.0.0/8\n",
    "",
  ])("is refused: %j", (text) => {
    expect(() => rangeOf(text)).toThrow(expect.objectContaining({ kind: "invalid" }) as Error);
  });

  test("is chosen around what is in use", () => {
    expect(freeRange([])).toEqual(rangeOf("10.200.0.0/16"));
    expect(freeRange(["10.200.7.0/24", "10.201.0.0/16"].map(rangeOf))).toEqual(rangeOf("10.202.0.0/16"));
    expect(freeRange([rangeOf("10.0.0.0/8")])).toEqual(rangeOf("172.16.0.0/20"));
    expect(() => freeRange([rangeOf("0.0.0.0/0")])).toThrow("non-overlapping IPv4 address pool");
  });
});

const state = {
  table: "wherry",
  bridges: [
    { link: "wherry0", subnet: "10.200.0.0/16", internal: false },
    { link: "wherry-12345678", subnet: "10.201.0.0/20", internal: true },
  ],
  endpoints: [{ link: "wv1", mac: "02:42:0a:c8:00:02", address: "10.200.0.2" }],
  ports: [
    { protocol: "tcp", hostAddress: "0.0.0.0", hostPort: 8080, address: "10.200.0.2", port: 80 },
    { protocol: "udp", hostAddress: "127.0.0.1", hostPort: 53, address: "10.200.0.2", port: 53 },
  ],
} as const;

describeNeeding([root, programs("nft", "ip", "unshare", "socat", "busybox")], "the rules", () => {
  test("are taken by the kernel, again and again, beside those of others", async () => {
    const others =
      "table ip docker {\n\tchain FORWARD {\n\t\ttype filter hook forward priority filter; policy drop;\n\t}\n}\n";
    const rules = ruleset(state);
    const empty = ruleset({ ...state, bridges: [], endpoints: [], ports: [] });
    // In a network namespace of its own, which goes with the shell.
    const script = `set -e; for rules in "$@"; do printf %s "$rules" | nft -f -; done; nft list table ip docker; nft list table inet wherry`;
    const shell = ["--net", "sh", "-c", script, "sh", others, empty, rules, rules];
    const listed = await succeed("unshare", shell);
    expect(listed).toContain(others);
    expect(listed).toContain("tcp . 8080 : 10.200.0.2 . 80");
    expect(listed).toContain("127.0.0.1 . udp . 53 : 10.200.0.2 . 53");
  });

  test("let packets through to published ports, and from a container's own address only", async () => {
    // One bridge with a container on it, all in namespaces that go with the shell; the web server answers one word.
    const script = `set -e
mkdir -p /run/netns; mount -t tmpfs none /run/netns; ip link set lo up
ip link add wherry0 type bridge; ip addr add 10.200.0.1/16 dev wherry0; ip link set wherry0 up
ip netns add box; ip link add wv1 type veth peer name eth0 address 02:42:0a:c8:00:02 netns box
ip link set wv1 master wherry0 up; ip -n box link set lo up; ip -n box link set eth0 up
ip -n box addr add 10.200.0.2/16 dev eth0; ip -n box addr add 10.200.0.9/16 dev eth0; ip -n box route add default via 10.200.0.1
sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.wherry0.route_localnet=1
printf %s "$1" | nft -f -
ip netns exec box socat TCP-LISTEN:80,fork,reuseaddr SYSTEM:'echo reached' & server=$!
trap 'kill $server' EXIT
for place in 127.0.0.1:8080 10.200.0.1:8080; do socat -T5 - TCP:$place,retry=50,interval=0.1 </dev/null; done
ip netns exec box busybox ping -c1 -W2 -I 10.200.0.2 10.200.0.1 >/dev/null && echo own
ip netns exec box busybox ping -c1 -W1 -I 10.200.0.9 10.200.0.1 >/dev/null || echo refused`;
    const out = await succeed("unshare", ["--net", "--mount", "sh", "-c", script, "sh", ruleset(state)]);
    expect(out.trim().split("\n")).toEqual(["reached", "reached", "own", "refused"]);
  });
});
