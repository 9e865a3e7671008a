import { expect, test } from "vitest";
import { describeNeeding } from "../../support/needs.ts";
import { host, neighbour, testHost, testHostNeeds } from "../networks/support/test-host.ts";

describeNeeding(testHostNeeds, "networks of containers, with docker's client", () => {
  /** Runs a command in a container and gives what it prints. */
  const run = (...args: string[]) => agent.succeed("run", "--rm", ...args);
  const { agent, serve, exec, inspect, remove, get } = testHost();

  test("the default network: an address, a way out as the host, and what inspect says of it", async () => {
    await serve("web");
    const [address = "", gateway = "", mac, prefix, key = ""] = (
      await inspect(
        "web",
        "{{with .NetworkSettings}}{{.IPAddress}} {{.Gateway}} {{.MacAddress}} {{.IPPrefixLen}} {{.SandboxKey}}{{end}}",
      )
    ).split(" ");
    expect([address, gateway, prefix]).toEqual([expect.stringMatching(/^10\.200\.0\./), "10.200.0.1", "16"]);
    const last = Number(address.split(".")[3]).toString(16).padStart(2, "0");
    expect(mac).toBe(`02:42:0a:c8:00:${last}`);
    expect(key).toContain(`${agent.folder}/run/netns/`);
    expect((await exec("web", "busybox", "ping", "-c1", "-W2", neighbour.address)).code).toBe(0);
    expect((await agent.onHost(...get(`http://${address}/`))).stdout).toBe("web\n");
    // From outside nothing reaches it, though the neighbour knows the way.
    await agent.fromNeighbour("ip", "route", "add", "10.200.0.0/16", "via", host.address);
    expect((await agent.fromNeighbour(...get(`http://${address}/`))).stdout).toBe("");
    await agent.fromNeighbour("ip", "route", "del", "10.200.0.0/16");
    const seen = await agent.succeed("network", "inspect", "bridge", "-f", "{{json .Containers}}");
    expect(Object.values(JSON.parse(seen) as object)).toEqual([
      expect.objectContaining({ Name: "web", IPv4Address: `${address}/16`, MacAddress: mac }),
    ]);
    expect(await exec("web", "cat", "/etc/hosts")).toMatchObject({
      stdout: expect.stringMatching(new RegExp(`\n${address}\t[0-9a-f]{12}\n$`)) as string,
    });
    await remove("web");
  });

  test("published ports are reached from the host, from outside, from neighbours and from the container itself, IPv6 too", async () => {
    const ports = ["8080:80", "127.0.0.1:8081:80", "[::]:8086:80", "7000-7002:80-82", "9090:9090/udp"];
    await serve("web", ...ports.flatMap((port) => ["-p", port]));
    await serve("other");
    for (const place of [
      "127.0.0.1:8080",
      "127.0.0.1:8081",
      `${host.address}:8080`,
      "[::1]:8080",
      "[::1]:8086",
      "127.0.0.1:7000",
    ])
      expect([place, (await agent.onHost(...get(`http://${place}/`))).stdout]).toEqual([place, "web\n"]);
    for (const [place, said] of [
      [`${host.address}:8080`, "web\n"],
      [`[${host.address6}]:8080`, "web\n"],
      [`[${host.address6}]:8086`, "web\n"],
      [`${host.address}:8081`, ""],
      [`${host.address}:8086`, ""],
    ])
      expect([place, (await agent.fromNeighbour(...get(`http://${place}/`))).stdout]).toEqual([place, said]);
    for (const asker of ["web", "other"])
      for (const place of [`${host.address}:8080`, "10.200.0.1:8080"])
        expect([asker, place, (await exec(asker, ...get(`http://${place}/`))).stdout]).toEqual([
          asker,
          place,
          "web\n",
        ]);
    const shown = (await agent.succeed("port", "web")).replaceAll("[::]", "::");
    expect(shown.split("\n").toSorted()).toEqual(
      [
        "80/tcp -> 0.0.0.0:7000",
        "80/tcp -> 0.0.0.0:8080",
        "80/tcp -> 127.0.0.1:8081",
        "80/tcp -> :::7000",
        "80/tcp -> :::8080",
        "80/tcp -> :::8086",
        "81/tcp -> 0.0.0.0:7001",
        "81/tcp -> :::7001",
        "82/tcp -> 0.0.0.0:7002",
        "82/tcp -> :::7002",
        "9090/udp -> 0.0.0.0:9090",
        "9090/udp -> :::9090",
      ].toSorted(),
    );
    expect(await agent.succeed("ps", "--filter", "name=web", "--format", "{{.Ports}}")).toContain(
      "0.0.0.0:8080->80/tcp",
    );
    // The container's datagrams, by a server in its namespace that says who asked.
    agent.serveIn(
      await inspect("web", "{{.NetworkSettings.SandboxKey}}"),
      "socat",
      "UDP-RECVFROM:9090,fork",
      "EXEC:cat",
    );
    for (const place of [`UDP:${host.address}:9090`, `UDP6:[${host.address6}]:9090`])
      await expect
        .poll(
          async () =>
            (await agent.fromNeighbour("sh", "-c", `echo asked | timeout 2 socat -t1 - ${place}`)).stdout,
          { timeout: 10_000 },
        )
        .toBe("asked\n");
    // Nobody else gets them.
    expect((await agent.docker("run", "--rm", "-p", "8080:80", "box", "true")).stderr).toMatch(
      /driver failed programming external connectivity on endpoint \S+ \([0-9a-f]{64}\): Bind for 0\.0\.0\.0:8080 failed: port is already allocated/,
    );
    expect((await agent.onHost("socat", "-T1", "TCP-LISTEN:8080", "-")).stderr).toContain(
      "Address already in use",
    );
    agent.serve("host", "socat", "TCP-LISTEN:8300,fork", "-");
    await expect
      .poll(async () => (await agent.onHost("ss", "-Hltn", "sport = 8300")).stdout, { timeout: 5000 })
      .not.toBe("");
    expect((await agent.docker("run", "--rm", "-p", "8300:80", "box", "true")).stderr).toContain(
      "address already in use",
    );
    await remove("web", "other");
    expect(await run("-p", "8080:80", "box", "echo", "free")).toBe("free");
  });

  test("ports at random: -P, no host port, a range", async () => {
    await serve("web", "-P", "--expose", "80", "--expose", "9000/udp", "-p", "80", "-p", "6100-6101:443");
    await serve("next", "-p", "6100-6101:80");
    const bindings = JSON.parse(await inspect("web", "{{json .NetworkSettings.Ports}}")) as Record<
      string,
      { HostIp: string; HostPort: string }[]
    >;
    const of = (key: string) => bindings[key]?.find(({ HostIp }) => HostIp === "0.0.0.0")?.HostPort ?? "";
    expect((await agent.onHost(...get(`http://127.0.0.1:${of("80/tcp")}/`))).stdout).toBe("web\n");
    expect(Number(of("9000/udp"))).toBeGreaterThan(1024);
    expect([of("443/tcp"), (await agent.succeed("port", "next", "80")).split("\n")[0]]).toEqual([
      "6100",
      "0.0.0.0:6101",
    ]);
    expect((await agent.docker("run", "--rm", "-p", "6100-6101:443", "box", "true")).stderr).toContain(
      "already allocated",
    );
    await remove("web", "next");
  });

  test("hosts: --add-host, host-gateway, hostname and domain; --dns on the default network", async () => {
    const hosts = await run(
      "--add-host",
      "db:192.0.2.7",
      "--add-host",
      "host.docker.internal:host-gateway",
      "-h",
      "box.example.test",
      "box",
      "cat",
      "/etc/hosts",
    );
    expect(hosts).toContain("192.0.2.7\tdb\n10.200.0.1\thost.docker.internal\n");
    expect(hosts).toMatch(/\n10\.200\.0\.\d+\tbox\.example\.test/);
    expect(
      await run(
        "--dns",
        "192.0.2.53",
        "--dns-option",
        "timeout:1",
        "--dns-search",
        ".",
        "box",
        "cat",
        "/etc/resolv.conf",
      ),
    ).toBe("nameserver 192.0.2.53\noptions timeout:1");
  });

  test("modes: none, host, another container's", async () => {
    expect(await run("--network", "none", "box", "busybox", "ip", "-o", "link")).not.toContain("eth0");
    expect(await run("--network", "host", "box", "busybox", "ip", "-o", "link")).toContain("up0");
    await serve("web", "--network", "bridge");
    expect(await run("--network", "container:web", "box", ...get("http://127.0.0.1/"))).toBe("web");
    expect(
      (await agent.docker("run", "--rm", "--network", "container:web", "-p", "1:1", "box", "true")).stderr,
    ).toContain("conflicting options: port publishing");
    await agent.succeed("network", "create", "blue");
    await agent.succeed("create", "--name", "alone", "--network", "none", "box", "true");
    expect((await agent.docker("network", "connect", "blue", "alone")).stderr).toContain(
      "private (none) mode",
    );
    await agent.succeed("stop", "--time", "0", "web");
    expect((await agent.docker("run", "--rm", "--network", "container:web", "box", "true")).stderr).toContain(
      "cannot join network of a non running container",
    );
    expect((await agent.docker("run", "--rm", "--network", "absent", "box", "true")).stderr).toContain(
      "network absent not found",
    );
    await remove("web", "alone");
    await agent.succeed("network", "rm", "blue");
  });

  test("networks are listed, refused, pruned, and told of", async () => {
    const since = (Date.now() / 1000).toFixed(3);
    await agent.succeed("network", "create", "--label", "a=b", "--subnet", "10.90.0.0/24", "blue");
    await agent.succeed("network", "create", "red");
    const names = (...filters: string[]) =>
      agent.succeed(
        "network",
        "ls",
        ...filters.flatMap((filter) => ["--filter", filter]),
        "--format",
        "{{.Name}}",
      );
    expect((await names()).split("\n").toSorted()).toEqual(["blue", "bridge", "host", "none", "red"]);
    expect(await names("label=a=b")).toBe("blue");
    expect((await names("type=custom", "driver=bridge")).split("\n")).toEqual(["blue", "red"]);
    expect(await names("type=builtin", "name=ho")).toBe("host");
    await agent.succeed("run", "-d", "--name", "web", "--network", "red", "box", "sleep", "600");
    expect(await names("dangling=true")).toBe("blue");
    expect(await agent.succeed("ps", "--filter", "network=red", "--format", "{{.Names}}")).toBe("web");
    for (const [args, said] of [
      [["rm", "bridge"], "bridge is a pre-defined network and cannot be removed"],
      [["rm", "red"], 'error while removing network: network red has active endpoints (name:"web"'],
      [["rm", "absent"], "No such network: absent"],
      [["create", "blue"], "network with name blue already exists"],
      [["create", "bridge"], "operation is not permitted on predefined bridge network"],
      [["create", "--subnet", "10.90.0.0/25", "x"], "Pool overlaps with other one on this address space"],
      [["create", "--subnet", `${host.address}/32`, "x"], "no room"],
      [["create", "--driver", "macvlan", "x"], 'plugin "macvlan" not found'],
      [["create", "-a b"], "unknown shorthand"],
      [["create", "x;y"], "invalid network name"],
    ] as const)
      expect([args, (await agent.docker("network", ...args)).stderr]).toEqual([
        args,
        expect.stringContaining(said),
      ]);
    expect(await agent.succeed("network", "prune", "--force")).toBe("Deleted Networks:\nblue");
    await remove("web");
    await agent.succeed("network", "rm", "red");
    const until = String(Math.ceil(Date.now() / 1000) + 1);
    const told = await agent.succeed(
      "events",
      "--since",
      since,
      "--until",
      until,
      "--filter",
      "type=network",
      "--format",
      "{{.Action}} {{.Actor.Attributes.name}}",
    );
    expect(told.split("\n")).toEqual([
      "create blue",
      "create red",
      "connect red",
      "destroy blue",
      "disconnect red",
      "destroy red",
    ]);
  });
});
