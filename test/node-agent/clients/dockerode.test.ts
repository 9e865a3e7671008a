import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import Docker from "dockerode";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeNeeding, programs, root } from "../../support/needs.ts";
import { type Agent, startAgentWithBox } from "../engine/support/engine.ts";

describeNeeding(
  [root, programs("docker", "conmon", "runc", "socat", "busybox", "tar", "nft", "ip")],
  "dockerode with our engine",
  () => {
    const cleanup = new AsyncDisposableStack();
    let agent: Agent;
    let docker: Docker;
    beforeAll(async () => {
      agent = await startAgentWithBox(cleanup);
      docker = new Docker({ socketPath: agent.socket });
    }, 300_000);
    afterAll(() => cleanup.disposeAsync(), 300_000);

    const none = { HostConfig: { NetworkMode: "none" } };

    /** A container that runs until the test ends. */
    async function running(name: string, script = "sleep 60"): Promise<Docker.Container> {
      const container = await docker.createContainer({
        Image: "box",
        name,
        Cmd: ["sh", "-c", script],
        ...none,
      });
      await container.start();
      return container;
    }

    test("ping, version, info", async () => {
      expect(String(await docker.ping())).toBe("OK");
      expect((await docker.version()).Os).toBe("linux");
      expect(await docker.info()).toMatchObject({ OSType: "linux" });
    });

    test("run writes both streams and gives the exit code", async () => {
      const [out, err] = [new PassThrough(), new PassThrough()];
      const read = Promise.all([text(out), text(err)]);
      const [{ StatusCode }, container] = (await docker.run(
        "box",
        ["sh", "-c", "echo o; echo e >&2; exit 3"],
        [out, err],
        {
          Tty: false,
          ...none,
        },
      )) as [{ StatusCode: number }, Docker.Container];
      out.end();
      err.end();
      expect([StatusCode, await read]).toEqual([3, ["o\n", "e\n"]]);
      await container.remove();
    });

    test("exec", async () => {
      const container = await running("execs");
      const exec = await container.exec({
        Cmd: ["sh", "-c", "cat; exit 4"],
        AttachStdin: true,
        AttachStdout: true,
      });
      const stream = await exec.start({ hijack: true, stdin: true });
      const out = new PassThrough();
      docker.modem.demuxStream(stream, out, out);
      stream.on("end", () => out.end());
      stream.end("typed");
      expect(await text(out)).toBe("typed");
      expect(await exec.inspect()).toMatchObject({ ExitCode: 4, Running: false });
      await container.remove({ force: true });
    });

    test("logs, also followed to the end", async () => {
      const container = await running("logs", "for i in 1 2 3; do echo $i; sleep 0.1; done");
      const stream = await container.logs({ follow: true, stdout: true, stderr: true });
      const out = new PassThrough();
      docker.modem.demuxStream(stream, out, out);
      stream.on("end", () => out.end());
      expect(await text(out)).toBe("1\n2\n3\n");
      expect((await container.logs({ stdout: true, tail: 1 })).subarray(8).toString()).toBe("3\n");
      await container.remove({ force: true });
    });

    test("list with filters, inspect, rename, update, top, pause, stop", async () => {
      const container = await running("first");
      const names = async (filters: object) =>
        (await docker.listContainers({ filters: JSON.stringify(filters) })).map(({ Names }) => Names);
      expect(await names({ name: ["first"], status: ["running"] })).toEqual([["/first"]]);
      await container.rename({ name: "second" });
      await container.update({ Memory: 64 << 20, MemorySwap: 64 << 20 });
      expect(await container.inspect()).toMatchObject({ Name: "/second", HostConfig: { Memory: 64 << 20 } });
      expect(((await container.top()) as { Processes: string[][] }).Processes).not.toEqual([]);
      await container.pause();
      await container.unpause();
      await container.restart({ t: 0 });
      await container.stop({ t: 0 });
      expect(await container.wait()).toMatchObject({ StatusCode: 137 });
      await container.remove();
      await expect(container.inspect()).rejects.toMatchObject({ statusCode: 404 });
    });

    test("images", async () => {
      const image = docker.getImage("box");
      await image.tag({ repo: "dockerode", tag: "1" });
      expect(
        (await docker.listImages({ filters: { reference: ["dockerode:1"] } })).map(
          ({ RepoTags }) => RepoTags,
        ),
      ).toEqual([["dockerode:1"]]);
      expect(await image.history()).toHaveLength(1);
      const saved = await docker.getImage("dockerode:1").get();
      const loaded = await docker.loadImage(saved);
      expect(await text(loaded)).toContain("Loaded image: dockerode:1");
      await docker.getImage("dockerode:1").remove();
      await expect(docker.getImage("absent").inspect()).rejects.toMatchObject({ statusCode: 404 });
    });

    test("events", async () => {
      const events = await docker.getEvents({ filters: { container: ["told"] } });
      const seen: string[] = [];
      const { promise, resolve } = Promise.withResolvers<void>();
      events.on("data", (piece: Buffer) => {
        for (const line of piece.toString().split("\n").filter(Boolean))
          seen.push((JSON.parse(line) as { Action: string }).Action);
        if (seen.includes("destroy")) resolve();
      });
      const container = await running("told", "true");
      await container.wait();
      await container.remove();
      await promise;
      (events as PassThrough).destroy();
      expect(seen).toEqual(["create", "start", "die", "destroy"]);
    });

    test("volumes and networks", async () => {
      await docker.createVolume({ Name: "dockerode", Labels: { a: "b" } });
      expect(
        (await docker.listVolumes({ filters: { label: ["a=b"] } })).Volumes.map(({ Name }) => Name),
      ).toEqual(["dockerode"]);
      await docker.getVolume("dockerode").remove();
      const network = await docker.createNetwork({ Name: "dockerode" });
      const container = await running("joins", "sleep 60").catch(async (error: unknown) => {
        await network.remove();
        throw error;
      });
      await container.remove({ force: true });
      const joined = await docker.createContainer({
        Image: "box",
        Cmd: ["sleep", "60"],
        ExposedPorts: { "80/tcp": {} },
        HostConfig: {
          NetworkMode: "dockerode",
          PortBindings: { "80/tcp": [{ HostIp: "127.0.0.1", HostPort: "" }] },
        },
      });
      await joined.start();
      const { NetworkSettings } = await joined.inspect();
      expect(Object.keys(NetworkSettings.Networks)).toEqual(["dockerode"]);
      expect(NetworkSettings.Ports["80/tcp"]).toEqual([
        { HostIp: "127.0.0.1", HostPort: expect.stringMatching(/^\d+$/) },
      ]);
      await expect(network.remove()).rejects.toMatchObject({ statusCode: 403 });
      await network.disconnect({ Container: joined.id });
      await joined.remove({ force: true });
      await network.remove();
    });
  },
);
