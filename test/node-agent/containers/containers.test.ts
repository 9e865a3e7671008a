import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Containers } from "../../../node-agent/containers/containers.ts";
import type { ContainerEvent } from "../../../node-agent/containers/events.ts";
import { mountsBelow } from "../../../node-agent/host/mounts.ts";
import { describeNeeding, programs, root } from "../../support/needs.ts";
import { makeRootfs } from "../support/rootfs.ts";
import { TemporaryFolder } from "../support/temporary-folder.ts";
import { openContainers, written } from "./support/host.ts";

describeNeeding([root, programs("conmon", "runc", "socat", "busybox")], "containers", () => {
  let folder: TemporaryFolder;
  let containers: Containers;
  let events: ContainerEvent[];
  let complaints: string[];

  beforeAll(async () => {
    folder = await TemporaryFolder.make();
    await makeRootfs(path.join(folder.path, "image"));
    ({ containers, events, complaints } = await openContainers(folder.path));
  });

  afterAll(async () => {
    for (const { id } of containers.list()) await containers.remove(id, { force: true });
    await containers[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  const create = (command: string, body: object = {}, name?: string) =>
    containers.create({ name, image: "box", body: { Cmd: ["sh", "-c", command], ...body } });

  async function run(command: string, body: object = {}, name?: string): Promise<string> {
    const { id } = await create(command, body, name);
    await containers.start(id);
    return id;
  }

  const logs = (id: string, query: object = {}) =>
    written(containers.logs(id, { stdout: true, stderr: true, ...query }));
  const actions = (id: string) => events.filter((event) => event.id === id).map(({ action }) => action);

  async function until(condition: () => boolean, what: string): Promise<void> {
    for (let turn = 0; turn < 1000; turn++) {
      if (condition()) return;
      await wait(10);
    }
    throw new Error(`${what} has not come about`);
  }

  test("one runs, ends with its code, is started again, and goes without a trace", async () => {
    const { id } = await create("echo $HOSTNAME; cat /etc/hostname; exit 3");
    expect(containers.inspect(id).state.status).toBe("created");
    const ended = containers.wait(id, "next-exit");
    expect(await containers.start(id)).toBe(true);
    expect(await ended).toBe(3);
    expect(await logs(id)).toBe(`${id.slice(0, 12)}\n`.repeat(2));
    expect(containers.inspect(id).state).toMatchObject({ status: "exited", exitCode: 3, pid: 0 });
    const again = containers.wait(id, "next-exit");
    await containers.start(id);
    expect(await again).toBe(3);
    expect((await logs(id)).split("\n")).toHaveLength(5);
    const removed = containers.wait(id, "removed");
    await containers.remove(id);
    expect(await removed).toBe(3);
    expect(() => containers.inspect(id)).toThrow(`No such container: ${id}`);
    expect(existsSync(path.join(folder.path, "data/containers", id))).toBe(false);
    expect(actions(id)).toEqual(["create", "start", "die", "start", "die", "destroy"]);
  });

  test("by name, by the beginning of the id; a name is given once", async () => {
    const { id } = await create("true", {}, "web");
    expect(containers.inspect("web").id).toBe(id);
    expect(containers.inspect("/web").id).toBe(id);
    expect(containers.inspect(id.slice(0, 10)).id).toBe(id);
    await expect(create("true", {}, "web")).rejects.toMatchObject({
      kind: "conflict",
      message: expect.stringContaining(`The container name "/web" is already in use by container "${id}"`),
    });
    containers.rename("web", "site");
    expect(() => containers.inspect("web")).toThrow("No such container: web");
    await expect(create("true", {}, "a b")).rejects.toThrow("Invalid container name");
    await containers.remove("site");
  });

  test("one that cannot be started says why, completes who waits, and leaves no mount", async () => {
    const { id } = await create("", { Cmd: ["nope"] });
    const ended = containers.wait(id, "next-exit");
    await expect(containers.start(id)).rejects.toMatchObject({
      kind: "invalid",
      message: expect.stringContaining('exec: "nope": executable file not found in $PATH'),
    });
    expect(await ended).toBe(127);
    expect(containers.inspect(id).state).toMatchObject({ status: "created", exitCode: 127 });
    expect(await mountsBelow(folder.path)).toEqual([]);
    await containers.remove(id);
  });

  test("who attaches before the start sees all, writes, and sees the end before it is told", async () => {
    const body = { OpenStdin: true, StdinOnce: true };
    const { id } = await create("cat; echo err >&2; seq 1 2000", body);
    const { output, stdin } = await containers.attach(id, {
      stdin: true,
      signal: new AbortController().signal,
    });
    const all = written(output, "stdout");
    const ended = containers.wait(id, "next-exit");
    await containers.start(id);
    stdin?.end("typed\n");
    const numbers = Array.from({ length: 2000 }, (_, index) => `${index + 1}\n`).join("");
    expect(await all).toBe(`typed\n${numbers}`);
    expect(await ended).toBe(0);
    expect(await logs(id, { stdout: false })).toBe("err\n");
    await containers.remove(id);
  });

  test("stop asks, and kills what does not listen; a kill is 137; no policy starts it again", async () => {
    const always = { HostConfig: { RestartPolicy: { Name: "always" } } };
    const polite = await run("trap 'exit 0' TERM; while :; do sleep 0.05; done", always);
    const deaf = await run("trap '' TERM; while :; do sleep 0.05; done");
    await wait(100);
    await Promise.all([containers.stop(polite), containers.stop(deaf, { seconds: 0 })]);
    expect(containers.inspect(polite).state).toMatchObject({ status: "exited", exitCode: 0, byHand: true });
    expect(containers.inspect(deaf).state).toMatchObject({ status: "exited", exitCode: 137 });
    expect(await containers.stop(deaf)).toBe(false);
    await containers.start(polite);
    await containers.kill(polite);
    await until(() => containers.inspect(polite).state.status === "exited", "its end");
    expect(containers.inspect(polite).state.exitCode).toBe(137);
    for (const id of [polite, deaf]) await containers.remove(id);
  });

  test("is started again after failure, so often", async () => {
    const id = await run("echo turn; exit 1", {
      HostConfig: { RestartPolicy: { Name: "on-failure", MaximumRetryCount: 2 } },
    });
    await until(() => actions(id).filter((action) => action === "die").length === 3, "the third end");
    await wait(500);
    expect(await logs(id)).toBe("turn\n".repeat(3));
    expect(containers.inspect(id).state).toMatchObject({ status: "exited", restarts: 2 });
    await containers.remove(id);
  });

  test("with --rm it goes by itself", async () => {
    const { id } = await create("exit 4", { HostConfig: { AutoRemove: true } });
    const removed = containers.wait(id, "removed");
    await containers.start(id);
    expect(await removed).toBe(4);
    expect(readdirSync(path.join(folder.path, "data/containers"))).not.toContain(id);
  });

  test("paused, listed by its processes, counted, and limited anew", async () => {
    const id = await run("sleep 600; true");
    await until(() => containers.inspect(id).state.status === "running", "its start");
    await containers.pause(id);
    expect(() => containers.createExec(id, execOf("true"))).toThrow(
      "is paused, unpause the container before exec",
    );
    await containers.unpause(id);
    const { titles, processes } = await containers.top(id);
    expect(titles.slice(0, 2)).toEqual(["UID", "PID"]);
    expect(processes.map((row) => row.at(-1))).toEqual(expect.arrayContaining(["sleep 600"]));
    await containers.update(id, { Memory: 64 << 20, MemorySwap: -1 });
    expect(await containers.stats(id)).toMatchObject({ memory: { limit: 64 << 20 }, pids: { current: 2 } });
    await expect(containers.remove(id)).rejects.toThrow("stop the container before removing or force remove");
    await containers.remove(id, { force: true });
  });

  const usual = { env: [], user: "", cwd: "", tty: false, stdin: false, privileged: false };
  const execOf = (command: string, changes: object = {}) => ({
    args: ["sh", "-c", command],
    ...usual,
    ...changes,
  });

  test("further processes: with pipes, at a terminal, as another user, with nobody who looks", async () => {
    const id = await run("sleep 600");
    const exec = containers.createExec(
      id,
      execOf("id -u; pwd; echo $A; exit 7", { user: "www", cwd: "/tmp", env: ["A=b"] }),
    );
    const streams = await containers.startExec(exec.id);
    if (streams?.kind !== "piped") throw new Error("it has pipes");
    expect(await text(streams.stdout)).toBe("33\n/tmp\nb\n");
    expect(await streams.exitCode).toBe(7);
    await until(() => containers.inspectExec(exec.id).exitCode === 7, "its code");
    await expect(containers.startExec(exec.id)).rejects.toThrow("has already run");

    const terminal = containers.createExec(
      id,
      execOf("read line; echo got $line", { tty: true, stdin: true }),
    );
    const shown = await containers.startExec(terminal.id);
    if (shown?.kind !== "terminal") throw new Error("it has a terminal");
    shown.stdin?.write("words\n");
    expect(await written(shown.output)).toContain("got words");

    const alone = containers.createExec(id, execOf("echo x > /tmp/mark; exit 2"));
    expect(await containers.startExec(alone.id, { detached: true })).toBeUndefined();
    await until(() => containers.inspectExec(alone.id).exitCode === 2, "its end");

    const missing = containers.createExec(id, { ...execOf(""), args: ["nope"] });
    await expect(containers.startExec(missing.id)).rejects.toThrow(
      /OCI runtime exec failed: .*exec: "nope": executable file not found in \$PATH/,
    );
    expect(containers.inspectExec(missing.id).exitCode).toBe(127);
    await containers.remove(id, { force: true });
  });

  test("health: starting, healthy, unhealthy", async () => {
    const Healthcheck = { Test: ["CMD-SHELL", "echo looked; test -e /tmp/well"], Interval: 50e6, Retries: 2 };
    const id = await run("touch /tmp/well; sleep 600", { Healthcheck });
    const health = () => containers.inspect(id).health;
    await until(() => health()?.status === "healthy", "health");
    expect(health()?.log.at(-1)).toMatchObject({ exitCode: 0, output: "looked\n" });
    await streamsOf(containers.createExec(id, execOf("rm /tmp/well")).id);
    await until(() => health()?.status === "unhealthy", "ill health");
    expect(actions(id)).toEqual(
      expect.arrayContaining(["health_status: healthy", "health_status: unhealthy"]),
    );
    await containers.remove(id, { force: true });
  });

  async function streamsOf(id: string): Promise<void> {
    const streams = await containers.startExec(id);
    await streams?.exitCode;
  }

  test("logs: the last lines, from a time on, followed to the end; rotated without losing a line", async () => {
    const LogConfig = { Type: "json-file", Config: { "max-size": "20k", "max-file": "2" } };
    const id = await run(
      "i=0; while [ $i -lt 6000 ]; do i=$((i+1)); echo line $i; [ $((i%3000)) = 0 ] && sleep 2.1; done; true",
      {
        HostConfig: { LogConfig },
      },
    );
    const followed = await logs(id, { follow: true });
    const numbers = followed.match(/\d+/g)?.map(Number) ?? [];
    expect(numbers).toEqual(Array.from({ length: 6000 }, (_, index) => index + 1));
    expect(await logs(id, { tail: 3 })).toBe("line 5998\nline 5999\nline 6000\n");
    expect(await logs(id, { tail: 0 })).toBe("");
    // Of the files that were kept, each is whole.
    const kept = (await logs(id)).trimEnd().split("\n");
    expect(kept.length).toBeLessThan(6000);
    expect(kept.at(-1)).toBe("line 6000");
    expect(readdirSync(path.join(folder.path, "data/containers", id, "log")).length).toBeLessThanOrEqual(2);
    const { finishedAt } = containers.inspect(id).state;
    expect(await logs(id, { since: BigInt(finishedAt + 1000) * 1_000_000n })).toBe("");
    expect(await logs(id, { until: BigInt(finishedAt + 1000) * 1_000_000n })).toContain("line 6000");
    await containers.remove(id);
  });

  test("another agent takes up what runs and what has ended meanwhile", async () => {
    const lives = await run("echo one; sleep 1; echo two; sleep 600");
    const ends = await run("sleep 0.3; echo last; exit 9");
    const sleeps = await run("sleep 600", { HostConfig: { RestartPolicy: { Name: "unless-stopped" } } });
    await expect(openContainers(folder.path)).rejects.toMatchObject({ kind: "conflict" });
    await containers[Symbol.asyncDispose]();
    await wait(1300);
    ({ containers, events, complaints } = await openContainers(folder.path));
    expect(containers.inspect(lives).state.status).toBe("running");
    expect(containers.inspect(sleeps).state.status).toBe("running");
    expect(containers.inspect(ends).state).toMatchObject({ status: "exited", exitCode: 9 });
    expect(await logs(lives)).toBe("one\ntwo\n");
    expect(await logs(ends)).toBe("last\n");
    await containers.kill(lives);
    expect(await containers.wait(lives)).toBe(137);
    for (const id of [lives, ends, sleeps]) await containers.remove(id, { force: true });
    expect(complaints).toEqual([]);
    expect(await mountsBelow(folder.path)).toEqual([]);
  });
});
