import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeNeeding, programs, root } from "../../support/needs.ts";
import { Server } from "../../support/server.ts";
import { host, neighbour, TestHost } from "../networks/support/test-host.ts";
import { TemporaryFolder } from "../support/temporary-folder.ts";
import { Agent, pushBusybox } from "./support/engine.ts";

describeNeeding(
  [root, programs("docker", "conmon", "runc", "socat", "busybox", "tar", "nft", "ip", "nsenter", "unshare")],
  "networks of containers, with docker's client",
  () => {
    let folder: TemporaryFolder;
    let agent: TestHost;

    beforeAll(async () => {
      folder = await TemporaryFolder.make();
      await pullBusybox(folder.path);
      agent = new TestHost(folder.path);
      await agent.make();
      await agent.start();
    }, 60_000);

    afterAll(async () => {
      await agent[Symbol.asyncDispose]();
      expect(await agent.traces()).toEqual({ links: [], tables: [], namespaces: [] });
      await folder[Symbol.asyncDispose]();
    });

    test("smoke", async () => {
      console.log(await agent.succeed("network", "ls"));
      console.log(await agent.succeed("run", "--rm", "box", "busybox", "ip", "addr"));
      console.log(host, neighbour);
    });
  },
);

/** Puts an image "box" into the data of an agent: the host of the tests does not reach the hub. */
async function pullBusybox(folder: string): Promise<void> {
  await using server = await Server.start();
  const login = { user: "admin", token: server.adminToken };
  const image = await pushBusybox(server, login, folder);
  const auth = Buffer.from(`${login.user}:${login.token}`).toString("base64");
  await mkdir(path.join(folder, "docker"), { recursive: true });
  await writeFile(
    path.join(folder, "docker/config.json"),
    JSON.stringify({ auths: { [server.host]: { auth } } }),
  );
  const agent = new Agent(folder);
  await agent.start();
  await agent.succeed("pull", image);
  await agent.succeed("tag", image, "box");
  expect(await agent.end("SIGTERM")).toBe(0);
}
