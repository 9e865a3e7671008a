import { describe, expect, it } from "vitest";
import { clientAddress, networkOf, readAddressSource } from "../../../workers/platform/client-address.ts";

const from = (headers: Record<string, string>) => new Request("https://hub.example/", { headers });

describe("the address of a client", () => {
  const everything = from({
    "CF-Connecting-IP": "192.0.2.1",
    "X-Forwarded-For": "198.51.100.1, 198.51.100.2",
    "X-Real-IP": "198.51.100.3",
    Forwarded: "for=198.51.100.4",
    "MF-CF-Blob": '{"clientIp":"198.51.100.5"}',
  });

  it("is what the one who was named says, and nothing else", () => {
    expect(clientAddress("cloudflare", everything)).toBe("192.0.2.1");
    expect(clientAddress("proxy", everything)).toBe("198.51.100.2");
    expect(clientAddress("unknown", everything)).toBeUndefined();
    expect(clientAddress("cloudflare", from({ "X-Forwarded-For": "198.51.100.1" }))).toBeUndefined();
    expect(clientAddress("proxy", from({ "CF-Connecting-IP": "198.51.100.1" }))).toBeUndefined();
  });

  it.each([
    ["192.0.2.1:4711", "192.0.2.1"],
    ["[2001:db8::1]:4711", "2001:db8::1"],
    ["2001:db8::1", "2001:db8::1"],
    ["unknown", undefined],
    ["_hidden", undefined],
    ["300.1.1.1", undefined],
    ["", undefined],
    ["1.2.3.4.5", undefined],
    ["<script>", undefined],
  ])("that a proxy writes as %j is %j", (written, address) => {
    expect(clientAddress("proxy", from({ "X-Forwarded-For": `203.0.113.1, ${written}` }))).toBe(address);
  });

  it.each([
    ["192.0.2.1", "192.0.2.1"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:DB8:1:2::", "2001:db8:1:2::/64"],
    ["2001:db8:1:2::9", "2001:db8:1:2::/64"],
    ["::1", "0:0:0:0::/64"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["2001:db8::", "2001:db8:0:0::/64"],
  ])("%s counts as %s", (address, network) => {
    expect(networkOf(address)).toBe(network);
  });

  it("comes from a source there is", () => {
    expect(readAddressSource("")).toBe("unknown");
    expect(() => readAddressSource("header")).toThrow(/CLIENT_ADDRESS is "header"/);
  });
});
