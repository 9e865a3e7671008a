import { expect, test } from "vitest";
import { describeNeeding } from "../../support/needs.ts";
import { host, neighbour, testHost, testHostNeeds } from "./support/test-host.ts";

describeNeeding(testHostNeeds, "networks on a host with a past", () => {
  const { agent, serve, exec, remove, get } = testHost();

  test("beside others who drop all that passes through the host, as Docker does", async () => {
    await agent.end("SIGTERM");
    expect(await agent.traces()).toEqual({ links: [], tables: [], namespaces: [] });
    await agent.onHost("iptables", "-P", "FORWARD", "DROP");
    await agent.start();
    await serve("web", "-p", "8080:80");
    expect((await exec("web", "busybox", "ping", "-c1", "-W2", neighbour.address)).code).toBe(0);
    expect((await agent.fromNeighbour(...get(`http://${host.address}:8080/`))).stdout).toBe("web\n");
    await remove("web");
    await agent.end("SIGTERM");
    expect((await agent.onHost("iptables", "-S", "FORWARD")).stdout).toBe("-P FORWARD DROP\n");
    await agent.onHost("iptables", "-P", "FORWARD", "ACCEPT");
    await agent.start();
  });

  test("kill -9 of the agent: networks go on, are taken up, mended, and nothing is left", async () => {
    await agent.succeed("network", "create", "blue");
    await serve("web", "--network", "blue", "-p", "8080:80");
    await serve("other", "--network", "blue");
    await agent.end("SIGKILL");
    expect((await agent.fromNeighbour(...get(`http://${host.address}:8080/`))).stdout).toBe("web\n");
    // Somebody takes a bridge away meanwhile, and a container ends.
    const bridge = (await agent.traces()).links.find((link) => link.includes("-")) ?? "";
    await agent.ip(`link del ${bridge}`);
    await agent.start();
    expect((await agent.fromNeighbour(...get(`http://${host.address}:8080/`))).stdout).toBe("web\n");
    expect((await exec("other", ...get("http://web/"))).stdout).toBe("web\n");
    expect((await agent.onHost("socat", "-T1", "TCP-LISTEN:8080", "-")).stderr).toContain(
      "Address already in use",
    );
    const running = await agent.succeed("run", "-d", "--network", "blue", "box", "sleep", "600");
    expect((await exec(running, ...get("http://other/"))).stdout).toBe("other\n");
    // The namespaces that were ready are gone with the agent, and others are ready: as many as links.
    await remove("web", "other", running);
    await agent.end("SIGKILL");
    await agent.start();
    await agent.end("SIGTERM");
    expect(await agent.traces()).toEqual({ links: [], tables: [], namespaces: [] });
    await agent.start();
    await agent.succeed("network", "rm", "blue");
  });
});
