import { once } from "node:events";
import { mkdir, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { run as command } from "../../support/command.ts";
import { describeNeeding, programs, root } from "../../support/needs.ts";
import { Server } from "../../support/server.ts";
import { TemporaryFolder } from "../support/temporary-folder.ts";
import { Agent, pushBusybox } from "./support/engine.ts";

describeNeeding(
  [root, programs("docker", "conmon", "runc", "socat", "busybox", "tar")],
  "docker's client with our engine",
  () => {
    let folder: TemporaryFolder;
    let agent: Agent;
    let image: string;

    beforeAll(async () => {
      folder = await TemporaryFolder.make();
      agent = new Agent(folder.path);
      await using server = await Server.start();
      const login = { user: "admin", token: server.adminToken };
      image = await pushBusybox(server, login, folder.path);
      await agent.start();
      const auth = Buffer.from(`${login.user}:${login.token}`).toString("base64");
      expect((await agent.docker("pull", image)).stderr).toContain("denied");
      await mkdir(path.join(folder.path, "docker"), { recursive: true });
      await writeFile(
        path.join(folder.path, "docker/config.json"),
        JSON.stringify({ auths: { [server.host]: { auth } } }),
      );
      expect(await agent.succeed("pull", image)).toContain(`Downloaded newer image for ${image}`);
      expect(await agent.succeed("pull", image)).toContain("Image is up to date");
      await agent.succeed("tag", image, "box");
    }, 180_000);

    afterAll(async () => {
      const ids = (await agent.docker("ps", "--all", "--quiet")).stdout.split("\n").filter(Boolean);
      if (ids.length > 0) await agent.docker("rm", "--force", ...ids);
      expect(await agent.end("SIGTERM")).toBe(0);
      await folder[Symbol.asyncDispose]();
    });

    const run = (...args: string[]) => agent.docker("run", "--network", "none", ...args);

    test.each([
      [["box", "true"], 0, "", ""],
      [["box", "sh", "-c", "echo out; echo err >&2; exit 5"], 5, "out\n", "err\n"],
      [["--no-such-flag", "box"], 125, "", "unknown flag"],
      [["box", "/etc"], 126, "", ""],
      [["box", "no-such-command"], 127, "", "executable file not found in $PATH"],
      [["box", "sh", "-c", "sh -c 'kill -9 $$'; exit $?"], 137, "", ""],
    ])("run --rm %j ends with %i", async (args, code, stdout, stderr) => {
      const outcome = await run("--rm", ...args);
      expect([outcome.code, outcome.stdout]).toEqual([code, stdout]);
      expect(outcome.stderr).toContain(stderr);
    });

    test("nothing of a container with --rm is left, and its output is whole", async () => {
      const outcomes = await Promise.all(
        [1, 2, 3].map(() => run("--rm", "box", "sh", "-c", "seq 20000; echo end >&2")),
      );
      for (const { stdout, stderr } of outcomes)
        expect([stdout.split("\n").length, stderr]).toEqual([20_001, "end\n"]);
      expect(await agent.succeed("ps", "--all", "--quiet")).toBe("");
    });

    test("standard input reaches a container, and its end too", async () => {
      const env = { DOCKER_HOST: `unix://${agent.socket}` };
      const args = ["run", "--rm", "-i", "--network", "none", "box", "cat"];
      const { stdout } = await command("docker", args, { env, input: "one\ntwo\n" });
      expect(stdout).toBe("one\ntwo\n");
    });

    test("one in the background: ps, inspect, exec, logs, top, pause, stop, rm", async () => {
      const script = "echo begun; trap 'echo asked; exit 3' TERM; while :; do sleep 0.05; done";
      const { stdout } = await run("-d", "--name", "web", "--label", "a=b", "box", "sh", "-c", script);
      const id = stdout.trim();
      expect(id).toMatch(/^[0-9a-f]{64}$/);
      const format = "{{.ID}} {{.Image}} {{.Names}} {{.Status}}";
      expect(await agent.succeed("ps", "--no-trunc", "--filter", "label=a=b", "--format", format)).toMatch(
        new RegExp(`^${id} box web Up `),
      );
      expect(await agent.succeed("inspect", "-f", "{{.State.Running}} {{.Config.Image}}", "web")).toBe(
        "true box",
      );
      expect((await run("--name", "web", "box")).stderr).toContain(
        'The container name "/web" is already in use',
      );
      expect(await agent.succeed("exec", "-e", "A=1", "web", "sh", "-c", "echo $A")).toBe("1");
      expect((await agent.docker("exec", "web", "sh", "-c", "exit 7")).code).toBe(7);
      expect((await agent.docker("exec", "web", "no-such-command")).code).toBe(127);
      expect((await agent.docker("exec", "-d", "web", "touch", "/there")).code).toBe(0);
      expect(await agent.succeed("top", "web")).toContain("begun");
      await agent.succeed("pause", "web");
      expect((await agent.docker("exec", "web", "true")).stderr).toContain("is paused");
      await agent.succeed("unpause", "web");
      await agent.succeed("rename", "web", "site");
      const follows = agent.docker("logs", "--follow", "--timestamps", "site");
      await agent.succeed("stop", "--time", "5", "site");
      expect((await follows).stdout).toMatch(/^\d{4}-\S+Z begun\n\d{4}-\S+Z asked\n$/);
      expect(await agent.succeed("wait", "site")).toBe("3");
      expect(await agent.succeed("logs", "--tail", "1", "site")).toBe("asked");
      expect((await agent.docker("rmi", "--no-prune", image, "box")).stderr).toContain(
        "is using its referenced image",
      );
      await agent.succeed("rm", "site");
      expect((await agent.docker("inspect", "--type", "container", "site")).stderr).toMatch(
        /no such container/i,
      );
      await agent.succeed("tag", "box", image);
    });

    test("kill -9 of the agent: containers go on, and their logs are whole", async () => {
      await run(
        "-d",
        "--name",
        "lasts",
        "box",
        "sh",
        "-c",
        "for i in $(seq 40); do echo $i; sleep 0.05; done; until [ -e /go ]; do sleep 0.05; done; exit 4",
      );
      await agent.end("SIGKILL");
      await agent.start();
      expect(await agent.succeed("ps", "--format", "{{.Names}}")).toBe("lasts");
      await agent.succeed("exec", "lasts", "touch", "/go");
      expect(await agent.succeed("wait", "lasts")).toBe("4");
      expect(await agent.succeed("logs", "lasts")).toBe(
        Array.from({ length: 40 }, (_, i) => i + 1).join("\n"),
      );
      await agent.succeed("rm", "lasts");
    });

    test("images are listed, described, and removed", async () => {
      expect(await agent.succeed("images", "--format", "{{.Repository}}:{{.Tag}}")).toContain("box:latest");
      expect(await agent.succeed("inspect", "-f", "{{.Config.Labels.purpose}}", "box")).toBe("tests");
      expect(await agent.succeed("history", "--format", "{{.CreatedBy}}", "box")).toBe("busybox");
      await agent.succeed("tag", "box", "other:1");
      expect(await agent.succeed("rmi", "other:1")).toBe("Untagged: other:1");
      expect((await agent.docker("rmi", "other:1")).stderr).toContain("No such image: other:1");
    });

    test("events are told", async () => {
      const since = Math.floor(Date.now() / 1000);
      await run("--rm", "--name", "told", "box", "true");
      const until = String(Math.ceil(Date.now() / 1000) + 1);
      const told = await agent.succeed(
        "events",
        "--since",
        String(since),
        "--until",
        until,
        "--filter",
        "container=told",
        "--format",
        "{{.Action}}",
      );
      expect(told.split("\n")).toEqual(["create", "attach", "start", "die", "destroy"]);
    });

    test("what is not there yet says so", async () => {
      expect((await agent.docker("cp", `box:/etc`, "-")).code).toBe(1);
    });

    test("requests of any shape are refused, and the next is answered", async () => {
      const json = { "content-type": "application/json" };
      const statuses = await Promise.all(
        (
          [
            ["POST", "/v1.51/containers/create", "{", 400],
            ["POST", "/v1.51/containers/create", "[]", 400],
            ["POST", "/containers/create", JSON.stringify({ Image: "box", Env: 7 }), 400],
            ["POST", "/containers/create", JSON.stringify({ Image: "absent" }), 404],
            ["POST", "/containers/create", "x".repeat(5_000_000), 413],
            ["POST", "/containers/x/attach", "", 404],
            ["POST", "/exec/x/start", "{}", 404],
            ["GET", "/v1.99/info", "", 400],
            ["GET", "/v1.2/info", "", 400],
            ["GET", "/v1.51/../etc/passwd", "", 404],
            ["GET", "/images/%zz/json", "", 400],
            ["GET", "/containers/json?filters=7", "", 400],
            ["GET", "/containers/json?limit=many", "", 400],
            ["GET", "/nothing", "", 404],
            ["PATCH", "/info", "", 404],
            ["POST", "/images/create?fromImage=UPPER%20case", "", 400],
          ] as const
        ).map(async ([method, place, body, status]) => {
          const answer = await agent.ask(method, place, body, json).catch((error: unknown) => ({
            status: status === 413 ? 413 : String(error),
            text: '{"message":"cut off"}',
          }));
          expect((JSON.parse(answer.text) as { message: string }).message).toEqual(expect.any(String));
          return [method, place, answer.status === status ? status : `${answer.status} ${answer.text}`];
        }),
      );
      expect(statuses.filter(([, , found]) => typeof found === "string")).toEqual([]);
      const { headers } = await agent.ask("GET", "/v1.24/_ping");
      expect(headers["api-version"]).toBe("1.51");
      expect((await stat(agent.socket)).mode & 0o777).toBe(0o660);
    });

    test("a second agent on the same data is refused", async () => {
      const second = agent.spawn();
      const said = text(second.stderr as NodeJS.ReadableStream);
      const [code] = (await once(second, "exit")) as [number];
      expect([code, await said]).toEqual([1, expect.stringContaining("another process")]);
    });
  },
);
