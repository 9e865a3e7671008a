import { text } from "node:stream/consumers";
import { GenericContainer, Network, type StartedTestContainer, Wait } from "testcontainers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeNeeding, programs, root } from "../../support/needs.ts";
import { type Agent, startAgentWithBox } from "../engine/support/engine.ts";

/** Answers every request on port 80, in busybox. */
const serves = [
  "sh",
  "-c",
  'echo listening; while true; do printf "HTTP/1.0 200 OK\\r\\n\\r\\nserved\\n" | nc -l -p 80 >/dev/null; done',
];

describeNeeding(
  [root, programs("docker", "conmon", "runc", "socat", "busybox", "tar", "nft", "ip")],
  "testcontainers with our engine",
  () => {
    const cleanup = new AsyncDisposableStack();
    let agent: Agent;
    beforeAll(async () => {
      agent = await startAgentWithBox(cleanup);
      process.env["DOCKER_HOST"] = `unix://${agent.socket}`;
      // Its own cleaner is an image of the Internet.
      process.env["TESTCONTAINERS_RYUK_DISABLED"] = "true";
    }, 300_000);
    afterAll(() => cleanup.disposeAsync(), 300_000);

    const box = (...command: string[]) => new GenericContainer("box").withCommand(command);
    const sleeping = () =>
      box("sleep", "60").withNetworkMode("none").withWaitStrategy(Wait.forSuccessfulCommand("true"));
    const stop = (container: StartedTestContainer) => container.stop({ timeout: 0 });

    /** Starts a container, looks at it, and stops it. */
    async function withContainer(
      definition: GenericContainer,
      look: (container: StartedTestContainer) => Promise<void>,
    ): Promise<void> {
      const container = await definition.start();
      try {
        await look(container);
      } finally {
        await stop(container);
      }
    }

    test("waits for a message in the log", () =>
      withContainer(
        box("sh", "-c", "sleep 0.2; echo ready; sleep 60")
          .withNetworkMode("none")
          .withWaitStrategy(Wait.forLogMessage("ready")),
        async (container) => expect((await container.exec("true")).exitCode).toBe(0),
      ));

    test("waits for a message that comes twice", () =>
      withContainer(
        box("sh", "-c", "echo again; sleep 0.2; echo again; sleep 60")
          .withNetworkMode("none")
          .withWaitStrategy(Wait.forLogMessage(/again/, 2)),
        async (container) => expect((await container.exec("true")).exitCode).toBe(0),
      ));

    test("waits for a command that succeeds", () =>
      withContainer(
        box("sh", "-c", "sleep 0.2; touch /ready; sleep 60")
          .withNetworkMode("none")
          .withWaitStrategy(Wait.forSuccessfulCommand("test -e /ready")),
        async (container) => expect((await container.exec(["ls", "/ready"])).output).toBe("/ready\n"),
      ));

    test("waits for a health check", () =>
      withContainer(
        box("sh", "-c", "sleep 0.2; touch /ready; sleep 60")
          .withNetworkMode("none")
          .withHealthCheck({
            test: ["CMD-SHELL", "test -e /ready"],
            interval: 100,
            timeout: 3000,
            retries: 50,
            startPeriod: 1,
          })
          .withWaitStrategy(Wait.forHealthCheck()),
        async (container) => expect((await container.exec(["ls", "/ready"])).exitCode).toBe(0),
      ));

    test("waits for one that ends", () =>
      withContainer(
        box("sh", "-c", "echo done").withNetworkMode("none").withWaitStrategy(Wait.forOneShotStartup()),
        async (container) => expect(await text(await container.logs())).toContain("done"),
      ));

    test("a wait that is in vain fails", async () => {
      const definition = box("sleep", "60")
        .withNetworkMode("none")
        .withWaitStrategy(Wait.forLogMessage("never").withStartupTimeout(500));
      await expect(definition.start()).rejects.toThrow(/never/);
    });

    test("waits for its ports, and finds them at random ones of the host", () =>
      withContainer(box(...serves).withExposedPorts(80), async (container) => {
        const port = container.getMappedPort(80);
        expect(port).toBeGreaterThan(1024);
        expect(await fetched(`http://${container.getHost()}:${port}/`)).toBe("served\n");
      }));

    test("waits for an answer over HTTP", () =>
      withContainer(
        box(...serves)
          .withExposedPorts(80)
          .withWaitStrategy(Wait.forHttp("/", 80).forStatusCode(200)),
        async (container) => expect(container.getMappedPort(80)).toBeGreaterThan(0),
      ));

    test("all of several waits", () =>
      withContainer(
        box(...serves)
          .withExposedPorts(80)
          .withWaitStrategy(Wait.forAll([Wait.forLogMessage("listening"), Wait.forListeningPorts()])),
        async (container) => expect(container.getMappedPort(80)).toBeGreaterThan(0),
      ));

    test("two at once have two ports", async () => {
      const both = await Promise.all(
        [1, 2].map(() =>
          box(...serves)
            .withExposedPorts(80)
            .start(),
        ),
      );
      const [first, second] = both.map((container) => container.getMappedPort(80));
      expect(first).not.toBe(second);
      await Promise.all(both.map(stop));
    });

    test("a network of its own, and names in it", async () => {
      const network = await new Network().start();
      const server = await box(...serves)
        .withNetwork(network)
        .withNetworkAliases("web")
        .withWaitStrategy(Wait.forLogMessage("listening"))
        .start();
      await withContainer(
        box("sleep", "60").withNetwork(network).withWaitStrategy(Wait.forSuccessfulCommand("true")),
        async (client) => {
          expect((await client.exec(["wget", "-q", "-O", "-", "http://web/"])).output).toBe("served\n");
          expect((await client.exec(["nslookup", "nowhere"])).exitCode).not.toBe(0);
        },
      );
      await stop(server);
      await network.stop();
    });

    test("exec: output, exit code, folder, user and environment", () =>
      withContainer(sleeping(), async (container) => {
        const { output, exitCode } = await container.exec(["sh", "-c", "echo $A; pwd; id -u; exit 9"], {
          env: { A: "1" },
          workingDir: "/tmp",
          user: "33",
        });
        expect([output, exitCode]).toEqual(["1\n/tmp\n33\n", 9]);
      }));

    test("exec tells output from errors", () =>
      withContainer(sleeping(), async (container) => {
        const { stdout, stderr } = await container.exec(["sh", "-c", "echo o; echo e >&2"]);
        expect([stdout, stderr]).toEqual(["o\n", "e\n"]);
      }));

    test("a log is followed", async () => {
      const lines: string[] = [];
      const { promise, resolve } = Promise.withResolvers<void>();
      const definition = box("sh", "-c", "for i in 1 2 3; do echo line $i; sleep 0.1; done; sleep 60")
        .withNetworkMode("none")
        .withWaitStrategy(Wait.forLogMessage("line 1"))
        .withLogConsumer((stream) =>
          stream.on("data", (line: string | Buffer) => {
            lines.push(String(line).trim());
            if (String(line).includes("line 3")) resolve();
          }),
        );
      await withContainer(definition, () => promise);
      expect(lines).toEqual(["line 1", "line 2", "line 3"]);
    });

    test("environment, labels, user, entrypoint, folder", () =>
      withContainer(
        new GenericContainer("box")
          .withEntrypoint(["sh", "-c"])
          .withCommand(["echo $A; id -u; pwd; sleep 60"])
          .withEnvironment({ A: "value" })
          .withLabels({ of: "testcontainers" })
          .withUser("33")
          .withWorkingDir("/tmp")
          .withNetworkMode("none")
          .withWaitStrategy(Wait.forLogMessage("/tmp")),
        async (container) => {
          expect(container.getLabels()).toMatchObject({ of: "testcontainers" });
          expect((await container.exec(["sh", "-c", "echo $A; id -u"])).output).toBe("value\n33\n");
        },
      ));

    test("limits, temporary folders, capabilities", () =>
      withContainer(
        sleeping()
          .withTmpFs({ "/scratch": "rw,size=1m" })
          .withUlimits({ nofile: { soft: 77, hard: 77 } })
          .withDroppedCapabilities("ALL")
          .withSharedMemorySize(2 << 20)
          .withResourcesQuota({ memory: 0.1, cpu: 0.5 }),
        async (container) =>
          expect(
            (
              await container.exec([
                "sh",
                "-c",
                "ulimit -n; grep -c ' /scratch ' /proc/mounts; grep CapEff /proc/self/status",
              ])
            ).output,
          ).toMatch(/^77\n1\nCapEff:\s0+\n$/),
      ));

    test("a folder of the host", () =>
      withContainer(
        sleeping().withBindMounts([{ source: agent.folder, target: "/host", mode: "ro" }]),
        async (container) => {
          expect((await container.exec(["ls", "/host"])).output).toContain("data");
          expect((await container.exec(["touch", "/host/no"])).exitCode).toBe(1);
        },
      ));

    test("one that cannot start says why", async () => {
      await expect(box("no-such-command").withNetworkMode("none").start()).rejects.toThrow(
        /not found in \$PATH/,
      );
    });
  },
);

/** busybox listens for one connection after the other: there is a moment between two. */
async function fetched(url: string): Promise<string> {
  const end = Date.now() + 10_000;
  for (;;) {
    const found = await fetch(url).then(
      (response) => response.text(),
      () => undefined,
    );
    if (found !== undefined) return found;
    if (Date.now() > end) throw new Error(`${url} does not answer`);
  }
}
