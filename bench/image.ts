import { mkdir, rm, writeFile } from "node:fs/promises";
import { Machine } from "../test/together/support/machine.ts";
import { mebibyte, randomFile, settle } from "./content.ts";
import { alternate, type Benchmark } from "./measurement.ts";

const layers = 8;
const layerSize = 128 * mebibyte;

/** What a user waits for: the whole `docker push` and `docker pull` of 1 GiB in 8 layers, by a dockerd of its own. */
export const image: Benchmark = {
  name: "image",
  needs: ["docker", "dockerd"],
  rounds: 4,
  async measure(stage) {
    const machine = stage.cleanup.use(await Machine.start());
    for (const { host, credential } of [stage.ours, stage.peer]) {
      if (!credential) continue;
      const { user, password } = credential;
      await machine.succeed("docker", ["login", "--username", user, "--password-stdin", host], password);
    }
    // A daemon that has pushed a layer somewhere knows its digest and pushes differently: an image of its own for each push.
    const rounds = await alternate(stage, async (registry, round) => {
      const remote = `${registry.host}/admin/bench:${round}`;
      await buildImage(machine, remote);
      await settle();
      const push = await secondsOf(machine.succeed("docker", ["push", "--quiet", remote]));
      await machine.forgetImages("docker");
      await settle();
      const pull = await secondsOf(machine.succeed("docker", ["pull", "--quiet", remote]));
      await machine.forgetImages("docker");
      return { push, pull };
    });
    const seconds = (key: "push" | "pull") => ({
      unit: "s",
      better: "less" as const,
      ours: rounds.ours.map((time) => time[key]),
      peer: rounds.peer.map((time) => time[key]),
      wanted: { ratio: 1 },
    });
    return [
      { name: "docker push of 1 GiB in 8 layers", ...seconds("push") },
      { name: "docker pull of 1 GiB in 8 layers", ...seconds("pull") },
    ];
  },
};

async function buildImage(machine: Machine, name: string): Promise<void> {
  const folder = `${machine.folder}/image`;
  await mkdir(folder);
  const steps = ["FROM scratch"];
  for (let layer = 0; layer < layers; layer++) {
    await randomFile(`${folder}/${layer}`, layerSize);
    steps.push(`COPY ${layer} /`);
  }
  await writeFile(`${folder}/Dockerfile`, steps.join("\n"));
  await machine.succeed("docker", ["build", "--quiet", "--tag", name, folder]);
  await rm(folder, { recursive: true });
}

async function secondsOf(work: Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work;
  return (performance.now() - start) / 1000;
}
