import { expect, test } from "vitest";
import { describeNeeding } from "../../support/needs.ts";
import { host, neighbour, testHost, testHostNeeds } from "./support/test-host.ts";

describeNeeding(testHostNeeds, "containers on networks of their own", () => {
  const { agent, serve, exec, inspect, remove, get } = testHost();

  test("names: of containers on the same networks, aliases, ids, backwards; others are asked of --dns", async () => {
    await agent.succeed("network", "create", "blue");
    await agent.succeed("network", "create", "red");
    const id = await serve(
      "web",
      "--network",
      "blue",
      "--network-alias",
      "www.site",
      "--hostname",
      "webhost",
    );
    await serve("hidden", "--network", "red");
    await agent.serveNames();
    await agent.succeed(
      "run",
      "-d",
      "--name",
      "asker",
      "--network",
      "blue",
      "--dns",
      neighbour.address,
      "--dns-search",
      "example.test",
      "box",
      "sleep",
      "600",
    );
    const address = await inspect("web", "{{.NetworkSettings.Networks.blue.IPAddress}}");
    const gateway = await inspect("web", "{{.NetworkSettings.Networks.blue.Gateway}}");
    expect((await exec("asker", "cat", "/etc/resolv.conf")).stdout).toBe(
      `nameserver ${gateway}\nsearch example.test\noptions ndots:0\n`,
    );
    for (const name of ["web", "WEB", "www.site", id.slice(0, 12), "webhost", "web.blue"])
      expect([name, (await exec("asker", ...get(`http://${name}/`))).stdout]).toEqual([name, "web\n"]);
    const ask = async (...query: string[]) => (await exec("asker", "busybox", "nslookup", ...query)).stdout;
    expect(await ask(address)).toContain("name = web.blue");
    expect(await ask("-type=a", "known.example.test")).toContain("Address: 192.0.2.80");
    // By the search domain, and for a name that nobody knows.
    expect((await exec("asker", "busybox", "ping", "-c1", "-W1", "known")).stdout).toContain("192.0.2.80");
    expect(await ask("-type=a", "nobody.example.test")).toContain("NXDOMAIN");
    // Nothing of containers that are on other networks, under no name; and from other networks nobody is answered.
    const hidden = await inspect("hidden", "{{.NetworkSettings.Networks.red.IPAddress}}");
    expect(await ask("-type=a", "hidden")).toContain("NXDOMAIN");
    expect(await ask("-type=a", "hidden.red")).toContain("NXDOMAIN");
    expect(await ask(hidden)).not.toContain("hidden");
    const red = await inspect("hidden", "{{.NetworkSettings.Networks.red.Gateway}}");
    expect(
      (await exec("asker", "busybox", "timeout", "3", "busybox", "nslookup", "hidden", red)).stdout,
    ).not.toContain(hidden);
    // Renamed, it is found by its new name.
    await agent.succeed("rename", "web", "shop");
    expect((await exec("asker", ...get("http://shop/"))).stdout).toBe("web\n");
    expect((await exec("asker", ...get("http://web/"))).code).not.toBe(0);
    await remove("shop", "hidden", "asker");
    await agent.succeed("network", "rm", "blue", "red");
  });

  test("connect and disconnect, of containers that run and of others; fixed addresses", async () => {
    await agent.succeed(
      "network",
      "create",
      "--subnet",
      "10.77.0.0/24",
      "--gateway",
      "10.77.0.9",
      "--ip-range",
      "10.77.0.64/28",
      "blue",
    );
    await agent.succeed("network", "create", "red");
    await serve("web", "--network", "blue", "--ip", "10.77.0.200", "-p", "8085:80");
    await serve("one");
    expect(
      (await agent.docker("run", "--rm", "--network", "blue", "--ip", "10.77.0.200", "box", "true")).stderr,
    ).toContain("Address already in use");
    expect(
      (await agent.docker("run", "--rm", "--network", "blue", "--ip", "10.78.0.2", "box", "true")).stderr,
    ).toContain("no configured subnet contains IP address 10.78.0.2");
    expect(
      (await agent.docker("run", "--rm", "--network", "red", "--ip", "10.78.0.2", "box", "true")).stderr,
    ).toContain("user configured subnets");
    await agent.succeed("network", "connect", "--alias", "uno", "blue", "one");
    expect(await inspect("one", "{{.NetworkSettings.Networks.blue.IPAddress}}")).toMatch(
      /^10\.77\.0\.(?:6[4-9]|7\d)$/,
    );
    expect((await exec("one", ...get("http://web/"))).stdout).toBe("web\n");
    expect((await exec("web", ...get("http://uno/"))).stdout).toBe("one\n");
    expect((await agent.docker("network", "connect", "blue", "one")).stderr).toContain(
      "endpoint with name one already exists in network blue",
    );
    await agent.succeed("network", "disconnect", "blue", "one");
    expect((await exec("web", ...get("http://uno/"))).code).not.toBe(0);
    expect((await agent.docker("network", "disconnect", "blue", "one")).stderr).toContain(
      "is not connected to network blue",
    );
    // The published port follows to the network that is left.
    await agent.succeed("network", "connect", "red", "web");
    await agent.succeed("network", "disconnect", "blue", "web");
    expect((await agent.fromNeighbour(...get(`http://${host.address}:8085/`))).stdout).toBe("web\n");
    expect((await exec("web", "busybox", "ping", "-c1", "-W2", neighbour.address)).code).toBe(0);
    // What is changed of one that does not run holds when it starts, and after a restart.
    await agent.succeed("stop", "--time", "0", "one");
    await agent.succeed("network", "connect", "--ip", "10.77.0.70", "blue", "one");
    await agent.succeed("network", "disconnect", "bridge", "one");
    await agent.succeed("start", "one");
    expect(
      await inspect(
        "one",
        "{{range $name, $at := .NetworkSettings.Networks}}{{$name}} {{$at.IPAddress}} {{end}}",
      ),
    ).toBe("blue 10.77.0.70");
    await agent.succeed("restart", "--time", "0", "one");
    expect(await inspect("one", "{{.NetworkSettings.Networks.blue.IPAddress}}")).toBe("10.77.0.70");
    await remove("web", "one");
    await agent.succeed("network", "rm", "blue", "red");
  });
});
