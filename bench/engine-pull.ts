import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Agent } from "../test/node-agent/engine/support/engine.ts";
import { succeed } from "../test/support/command.ts";
import { Machine } from "../test/together/support/machine.ts";
import { mebibyte, settle } from "./content.ts";
import { buildAndPush, signIn } from "./large-image.ts";
import type { Benchmark } from "./measurement.ts";
import { memoryOf } from "./process-memory.ts";
import type { Registry } from "./registries.ts";

/** How long after its last work the agent is idle: its threads have ended, and its garbage is collected. In milliseconds. */
const rest = 10_000;

/** `docker pull` of a whole image, and of a second one that has all but one layer with it: by our engine and by dockerd, from the same registry, ours. */
export const enginePull: Benchmark = {
  name: "engine-pull",
  needs: ["docker", "dockerd", "podman", "tar", "mount", "conmon", "runc"],
  rounds: 5,
  async measure(stage) {
    const machine = stage.cleanup.use(await Machine.start());
    const { ours } = stage;
    const [first, second] = [`${ours.host}/admin/bench:first`, `${ours.host}/admin/bench:second`];
    await signIn(machine, ours);
    await buildAndPush(machine, first, second);
    await machine.forgetImages("docker");
    const agent = new Agent(path.join(stage.directory, "agent"));
    await signAgentIn(agent, ours);
    const pid = await start(agent, stage.cleanup);
    const fresh = (await memoryOf([pid])).resident / mebibyte;
    const times = { first: [] as number[], second: [] as number[] };
    const peer = { first: [] as number[], second: [] as number[] };
    for (let round = 0; round < stage.rounds; round++) {
      await settle();
      times.first.push(await secondsOf(pull(agent, first)));
      await settle();
      times.second.push(await secondsOf(pull(agent, second)));
      await agent.succeed("rmi", first, second);
      await settle();
      peer.first.push(await secondsOf(machine.succeed("docker", ["pull", "--quiet", first])));
      await settle();
      peer.second.push(await secondsOf(machine.succeed("docker", ["pull", "--quiet", second])));
      await machine.forgetImages("docker");
    }
    await sleep(rest);
    const after = (await memoryOf([pid])).resident / mebibyte;
    const common = { better: "less" as const, peerName: "dockerd" };
    return [
      {
        name: "docker pull of 580 MB in 5 layers, our engine",
        unit: "s",
        ...common,
        ours: times.first,
        peer: peer.first,
        wanted: { ratio: 2 },
      },
      {
        name: "docker pull of a second image with one layer of its own, our engine",
        unit: "s",
        ...common,
        ours: times.second,
        peer: times.first,
        peerName: "the first",
        wanted: { ratio: 5 },
      },
      {
        name: "idle memory of the engine after these pulls, RSS",
        unit: "MiB",
        ...common,
        ours: [after],
        peer: [fresh],
        peerName: "just started",
        wanted: { below: 90 },
      },
    ];
  },
};

async function pull(agent: Agent, image: string): Promise<void> {
  const env = { DOCKER_CONFIG: path.join(agent.folder, "docker"), DOCKER_HOST: `unix://${agent.socket}` };
  await succeed("docker", ["pull", "--quiet", image], { env, deadline: 300_000 });
}

async function start(agent: Agent, cleanup: AsyncDisposableStack): Promise<number> {
  const child = agent.spawn();
  child.stdout?.resume();
  child.stderr?.resume();
  cleanup.defer(async () => {
    const closed = once(child, "close");
    if (child.kill("SIGTERM")) await closed;
  });
  const end = Date.now() + 30_000;
  while (
    !(await agent.ask("GET", "/_ping").then(
      ({ status }) => status === 200,
      () => false,
    ))
  ) {
    if (child.exitCode !== null || Date.now() > end) throw new Error("the agent does not answer");
    await sleep(50);
  }
  return child.pid ?? 0;
}

async function signAgentIn(agent: Agent, { host, credential }: Registry): Promise<void> {
  const folder = path.join(agent.folder, "docker");
  await mkdir(folder, { recursive: true });
  const { user, password } = credential ?? { user: "", password: "" };
  const auth = Buffer.from(`${user}:${password}`).toString("base64");
  await writeFile(path.join(folder, "config.json"), JSON.stringify({ auths: { [host]: { auth } } }));
}

async function secondsOf(work: Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work;
  return (performance.now() - start) / 1000;
}
