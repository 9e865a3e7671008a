import { expect, test } from "vitest";
import { describeNeeding } from "../../support/needs.ts";
import { host, neighbour, testHost, testHostNeeds } from "./support/test-host.ts";

describeNeeding(testHostNeeds, "walls between networks", () => {
  const { agent, serve, exec, inspect, remove, get } = testHost();

  test("networks do not reach one another; an internal one reaches nothing but itself and its names", async () => {
    await agent.succeed("network", "create", "--internal", "closed");
    await agent.succeed("network", "create", "blue");
    await serve("inner", "--network", "closed", "-p", "8087:80");
    await serve("asker", "--network", "closed", "--dns", neighbour.address);
    await serve("outer", "--network", "blue", "-p", "8088:80");
    const outer = await inspect("outer", "{{.NetworkSettings.Networks.blue.IPAddress}}");
    const inner = await inspect("inner", "{{.NetworkSettings.Networks.closed.IPAddress}}");
    expect((await exec("asker", ...get("http://inner/"))).stdout).toBe("inner\n");
    for (const place of [outer, host.address, `${host.address}:8088`, neighbour.address])
      expect([place, (await exec("asker", ...get(`http://${place}/`))).code]).not.toEqual([place, 0]);
    expect(
      (await exec("asker", "busybox", "ip", "route", "add", "default", "via", "10.201.0.1")).code,
    ).not.toBe(0);
    expect((await exec("outer", ...get(`http://${inner}/`))).code).not.toBe(0);
    expect(await inspect("inner", "{{json .NetworkSettings.Ports}}")).toBe('{"80/tcp":null}');
    await agent.serveNames();
    expect((await exec("asker", "busybox", "nslookup", "-type=a", "known.example.test")).stdout).toContain(
      "SERVFAIL",
    );
    await remove("inner", "asker", "outer");
    await agent.succeed("network", "rm", "closed", "blue");
  });

  test("a hostile container does not speak for others, nor reach what listens on the host's loopback", async () => {
    await serve("web");
    const web = await inspect("web", "{{.NetworkSettings.IPAddress}}");
    await agent.succeed("run", "-d", "--name", "liar", "--cap-add", "NET_ADMIN", "box", "sleep", "600");
    const lie = (...command: string[]) => exec("liar", "busybox", ...command);
    await lie("ip", "addr", "add", "10.200.77.77/16", "dev", "eth0");
    expect((await lie("ping", "-c1", "-W2", web)).code).toBe(0);
    for (const target of [web, "10.200.0.1", neighbour.address])
      expect([target, (await lie("ping", "-c1", "-W1", "-I", "10.200.77.77", target)).code]).toEqual([
        target,
        1,
      ]);
    // As another's address: nobody believes it, by IP or by ARP.
    await lie("ip", "addr", "add", `${web}/32`, "dev", "eth0");
    await lie("arping", "-U", "-c1", "-I", "eth0", "-s", web, web);
    expect((await lie("arping", "-c1", "-w1", "-I", "eth0", "-s", web, "10.200.0.1")).stdout).toContain(
      "Received 0 resp",
    );
    expect((await agent.onHost(...get(`http://${web}/`))).stdout).toBe("web\n");
    await lie("ip", "addr", "del", `${web}/32`, "dev", "eth0");
    // The host's loopback, though the kernel routes it for published ports.
    agent.serve("host", "busybox", "httpd", "-f", "-p", "127.0.0.1:8090", "-h", agent.folder);
    await expect
      .poll(async () => (await agent.onHost("ss", "-Hltn", "sport = 8090")).stdout, { timeout: 5000 })
      .not.toBe("");
    await lie("ip", "addr", "del", "127.0.0.1/8", "dev", "lo");
    await lie("ip", "route", "add", "127.0.0.0/8", "via", "10.200.0.1");
    await lie("ip", "route", "del", "local", "127.0.0.1", "table", "local");
    const loopback = await lie("timeout", "2", "busybox", "wget", "-qO-", "http://127.0.0.1:8090/");
    expect(loopback.code).not.toBe(0);
    // With another hardware address it says nothing at all.
    await lie("ip", "link", "set", "eth0", "address", "02:42:0a:c8:00:01");
    expect((await lie("ping", "-c1", "-W1", "10.200.0.1")).code).toBe(1);
    await remove("web", "liar");
  });

  test("who answers for names is silent to all but containers, and says no more than it is asked", async () => {
    await agent.succeed("network", "create", "blue");
    await serve("web", "--network", "blue");
    const gateway = await inspect("web", "{{.NetworkSettings.Networks.blue.Gateway}}");
    const { stdout } = await agent.onHost("ss", "-Hlun", "src", gateway);
    const [, port = ""] = /:(\d+)\s/.exec(stdout) ?? [];
    await agent.fromNeighbour("ip", "route", "add", `${gateway}/32`, "via", host.address);
    const ask = `printf '\\0\\1\\1\\0\\0\\1\\0\\0\\0\\0\\0\\0\\3web\\0\\0\\1\\0\\1' | timeout 2 socat -t1 - UDP:${gateway}:${port} | wc -c`;
    expect(Number(port)).toBeGreaterThan(0);
    expect((await agent.fromNeighbour("sh", "-c", ask)).stdout.trim()).toBe("0");
    expect((await agent.onHost("sh", "-c", ask)).stdout.trim()).toBe("0");
    const key = await inspect("web", "{{.NetworkSettings.SandboxKey}}");
    const inside = await agent.onHost("nsenter", `--net=${key}`, "sh", "-c", ask.replace(`:${port}`, ":53"));
    expect(inside.stdout.trim()).toBe("37");
    await remove("web");
    await agent.succeed("network", "rm", "blue");
  });

  test("IPv6: addresses of one's own, a way out, published ports, and nobody else's address", async () => {
    await agent.succeed("network", "create", "--ipv6", "six");
    await serve("web", "--network", "six", "-p", "8091:80");
    await agent.succeed(
      "run",
      "-d",
      "--name",
      "asker",
      "--cap-add",
      "NET_ADMIN",
      "--network",
      "six",
      "box",
      "sleep",
      "600",
    );
    const address = await inspect("web", "{{.NetworkSettings.Networks.six.GlobalIPv6Address}}");
    expect(address).toMatch(/^fd/);
    expect((await exec("asker", ...get(`http://[${address}]/`))).stdout).toBe("web\n");
    expect((await exec("asker", "busybox", "ping6", "-c1", "-W2", neighbour.address6)).code).toBe(0);
    expect((await agent.fromNeighbour(...get(`http://[${host.address6}]:8091/`))).stdout).toBe("web\n");
    expect((await agent.onHost(...get("http://[::1]:8091/"))).stdout).toBe("web\n");
    const other = address.replace(/::.*/, "::7777");
    await exec("asker", "busybox", "ip", "addr", "add", `${other}/64`, "dev", "eth0");
    expect((await exec("asker", "busybox", "ping6", "-c1", "-W1", "-I", other, address)).code).toBe(1);
    await remove("web", "asker");
    await agent.succeed("network", "rm", "six");
  });
});
