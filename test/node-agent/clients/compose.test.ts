import { cp } from "node:fs/promises";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Outcome, run } from "../../support/command.ts";
import { describeNeeding, programs, root } from "../../support/needs.ts";
import { type Agent, startAgentWithBox } from "../engine/support/engine.ts";

const files = path.join(import.meta.dirname, "compose");

describeNeeding(
  [root, programs("docker-compose", "docker", "conmon", "runc", "socat", "busybox", "tar", "nft", "ip")],
  "docker-compose with our engine",
  () => {
    const cleanup = new AsyncDisposableStack();
    let agent: Agent;
    beforeAll(async () => {
      agent = await startAgentWithBox(cleanup);
    }, 300_000);
    afterAll(() => cleanup.disposeAsync(), 300_000);

    /** One project: a copy of a file in a folder of its own, and the command for it. */
    async function project(name: string) {
      const folder = path.join(agent.folder, name);
      await cp(path.join(files, `${name}.yml`), path.join(folder, "docker-compose.yml"));
      const answer = (
        args: readonly string[],
        env: Readonly<Record<string, string>> = {},
      ): Promise<Outcome> =>
        run("docker-compose", ["--project-name", name, "--ansi", "never", ...args], {
          cwd: folder,
          env: { DOCKER_HOST: `unix://${agent.socket}`, COMPOSE_HTTP_TIMEOUT: "30", ...env },
        });
      const compose = async (args: string, env?: Readonly<Record<string, string>>): Promise<string> => {
        const { code, stdout, stderr } = await answer(args.split(" "), env);
        if (code !== 0)
          throw new Error(`docker-compose ${args}: ${code} ${stdout}${stderr}\n${agent.output}`);
        return stdout;
      };
      return { compose, answer, folder };
    }

    const states = async (name: string, filters: readonly string[] = []) =>
      (
        await agent.succeed(
          "ps",
          "--all",
          "--filter",
          `label=com.docker.compose.project=${name}`,
          ...filters.flatMap((filter) => ["--filter", filter]),
          "--format",
          '{{.Label "com.docker.compose.service"}} {{.State}}',
        )
      )
        .split("\n")
        .filter(Boolean)
        .toSorted();

    async function until(condition: () => Promise<boolean>): Promise<void> {
      const end = Date.now() + 20_000;
      while (!(await condition())) {
        if (Date.now() > end) throw new Error("it does not come about");
        await wait(50);
      }
    }

    test.concurrent("health checks", async () => {
      const { compose } = await project("health");
      await compose("up -d");
      await until(async () => (await states("health", ["health=healthy"])).join() === "well running");
      await until(async () => (await states("health", ["health=unhealthy"])).join() === "ill running");
      expect(await compose("ps")).toMatch(/well.*Up \(healthy\)/);
      await compose("down --timeout 0");
      expect(await states("health")).toEqual([]);
    });

    test.concurrent("scale", async () => {
      const { compose } = await project("scale");
      await compose("up -d --scale worker=3");
      expect(await states("scale")).toEqual(Array.from({ length: 3 }, () => "worker running"));
      expect((await compose("logs")).match(/working/g)).toHaveLength(3);
      await compose("up -d --scale worker=1");
      expect(await states("scale")).toEqual(["worker running"]);
      await compose("down");
      expect(await states("scale")).toEqual([]);
    });

    test.concurrent("environment", async () => {
      const { compose, folder } = await project("env");
      await run("sh", ["-c", "echo FROM_FILE=file > app.env; echo WORD=dotted > .env"], { cwd: folder });
      expect(await compose("up --no-log-prefix")).toContain("plain and simple file dotted");
      expect(await compose("run --rm app id -u", { WORD: "given" })).toBe("33\n");
      expect(await compose("run --rm -e PLAIN=other app", { WORD: "given" })).toContain("other file given");
      await compose("down");
    });

    test.concurrent("recreate", async () => {
      const { compose } = await project("recreate");
      const id = async (service: string) => (await compose(`ps -q ${service}`)).trim();
      await compose("up -d", { VERSION: "1" });
      const [app, other] = [await id("app"), await id("other")];
      await compose("exec -T app touch /kept/file");
      await compose("up -d", { VERSION: "1" });
      expect(await id("app")).toBe(app);
      await compose("up -d", { VERSION: "2" });
      expect(await id("app")).not.toBe(app);
      expect(await id("other")).toBe(other);
      expect(await compose("exec -T app ls /kept", { VERSION: "2" })).toBe("file\n");
      await compose("up -d --force-recreate other", { VERSION: "2" });
      expect(await id("other")).not.toBe(other);
      await compose("down --volumes");
      expect(await states("recreate")).toEqual([]);
    });

    test.concurrent("every other verb", async () => {
      const { compose, answer } = await project("verbs");
      await compose("create");
      expect(await states("verbs")).toEqual(["app created"]);
      await compose("start");
      await until(async () => (await compose("logs app")).includes("begun"));
      expect(await compose("top")).toContain("begun");
      expect(await compose("images")).toContain("box");
      await compose("pause");
      expect(await states("verbs")).toEqual(["app paused"]);
      await compose("unpause");
      expect((await answer(["exec", "-T", "app", "sh", "-c", "exit 7"])).code).toBe(7);
      await compose("restart --timeout 5");
      await compose("stop --timeout 5");
      expect(await compose("ps")).toMatch(/app.*Exit 3/);
      expect(await compose("logs --tail=1")).toContain("asked");
      await compose("start");
      await compose("kill -s KILL");
      await until(async () => (await states("verbs")).join() === "app exited");
      expect((await answer(["--profile", "tasks", "run", "--rm", "task"])).code).toBe(0);
      await compose("rm --force");
      await compose("down");
      expect(await states("verbs")).toEqual([]);
    });

    test.concurrent("networks", async () => {
      const { compose, answer } = await project("networks");
      await compose("up -d --timeout 0");
      const ping = (from: string, to: string) =>
        answer(["exec", "-T", from, "ping", "-c", "1", "-W", "2", to]);
      expect((await ping("client", "server")).code).toBe(0);
      expect((await ping("client", "www")).code).toBe(0);
      expect((await ping("server", "hidden")).code).toBe(0);
      expect((await ping("client", "hidden")).code).not.toBe(0);
      expect(await compose("exec -T client ip -4 addr show eth0")).toContain("10.235.7.");
      await compose("down --timeout 0");
      expect(await agent.succeed("network", "ls", "--quiet", "--filter", "name=networks_")).toBe("");
    });

    test.concurrent("volumes", async () => {
      const { compose } = await project("volumes");
      expect(await compose("up")).toContain("kept");
      expect(await agent.succeed("volume", "ls", "--quiet", "--filter", "label=purpose=tests")).toBe(
        "volumes_kept",
      );
      expect(await compose("run --rm reader")).toBe("kept\n");
      await compose("down --volumes");
      expect(await agent.succeed("volume", "ls", "--quiet", "--filter", "name=volumes_kept")).toBe("");
    });

    test.concurrent("what depends on what", async () => {
      const { compose } = await project("depends-on");
      await compose("up -d");
      expect(await states("depends-on")).toEqual(["app running", "database running", "migration exited"]);
      expect(await compose("logs migration")).toContain("migrated");
      await compose("down --timeout 0");
    });

    test.concurrent("published ports", async () => {
      const { compose } = await project("ports");
      await compose("up -d");
      const address = (await compose("port web 80")).trim();
      expect(address).toMatch(/^127\.0\.0\.1:\d+$/);
      await until(() =>
        run("busybox", ["wget", "-q", "-O", "-", `http://${address}/`]).then(({ code }) => code === 0),
      );
      await compose("down --timeout 0");
    });

    test.concurrent("a network that another service has", async () => {
      const { compose } = await project("shared");
      await compose("up -d");
      const addresses = await Promise.all(
        ["first", "second"].map((service) => compose(`exec -T ${service} ip -4 -o addr show eth0`)),
      );
      expect(addresses[0]).toBe(addresses[1]);
      expect(await compose("exec -T first cat /etc/hosts")).toContain("10.1.2.3");
      await compose("down --timeout 0");
      expect(await states("shared")).toEqual([]);
    });
  },
);
