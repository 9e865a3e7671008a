import { rm } from "node:fs/promises";
import path from "node:path";
import { ImageStore } from "../node-agent/images/index.ts";
import type { Credential } from "../node-agent/images/registry/credential.ts";
import { Machine } from "../test/together/support/machine.ts";
import { settle } from "./content.ts";
import { buildAndPush, signIn } from "./large-image.ts";
import type { Benchmark, Stage } from "./measurement.ts";

/** What a user waits for before a first container: the pull of a whole image, by our store, by dockerd and by podman, from the same registry, ours. */
export const pull: Benchmark = {
  name: "pull",
  needs: ["docker", "dockerd", "podman", "tar", "mount"],
  rounds: 5,
  async measure(stage) {
    const machine = stage.cleanup.use(await Machine.start());
    const { ours } = stage;
    const first = `${ours.host}/admin/bench:first`;
    const second = `${ours.host}/admin/bench:second`;
    await signIn(machine, ours);
    await buildAndPush(machine, first, second);
    const times: Record<"ours" | "docker" | "podman" | "again", number[]> = {
      ours: [],
      docker: [],
      podman: [],
      again: [],
    };
    for (let round = 0; round < stage.rounds; round++) {
      await measureOurs(stage, first, second, times);
      await machine.forgetImages("docker");
      await settle();
      times.docker.push(await secondsOf(machine.succeed("docker", ["pull", "--quiet", first])));
      await machine.forgetImages("docker");
      await settle();
      times.podman.push(
        await secondsOf(machine.succeed("podman", ["pull", "--quiet", "--tls-verify=false", first])),
      );
      await machine.forgetImages("podman");
    }
    const common = { unit: "s", better: "less" as const, ours: times.ours };
    return [
      {
        name: "pull of 580 MB in 5 layers, dockerd",
        ...common,
        peer: times.docker,
        peerName: "docker pull",
        wanted: { ratio: 2 },
      },
      {
        name: "pull of 580 MB in 5 layers, podman",
        ...common,
        peer: times.podman,
        peerName: "podman pull",
        wanted: { ratio: 2 },
      },
      {
        name: "pull of a second image with one layer of its own",
        ...common,
        ours: times.again,
        peer: times.ours,
        peerName: "the first",
        wanted: { ratio: 5 },
      },
    ];
  },
};

async function measureOurs(
  stage: Stage,
  first: string,
  second: string,
  times: Record<"ours" | "again", number[]>,
): Promise<void> {
  const folder = path.join(stage.directory, "store");
  const credential: Credential = stage.ours.credential
    ? { kind: "password", ...stage.ours.credential }
    : { kind: "anonymous" };
  await settle();
  {
    await using store = await ImageStore.open(folder);
    times.ours.push(await secondsOf(store.pull(first, credential)));
    await store.flush();
    times.again.push(await secondsOf(store.pull(second, credential)));
  }
  await rm(folder, { recursive: true });
}

async function secondsOf(work: Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work;
  return (performance.now() - start) / 1000;
}
