import { unlink } from "node:fs/promises";

import { mebibyte, randomFile, settle } from "./content.ts";
import { alternate, type Benchmark } from "./measurement.ts";

const size = 512 * mebibyte;
const repository = "bench/blob";

/** One stream in, as docker pushes a layer, and out again. */
export const blob: Benchmark = {
  name: "blob",
  needs: ["curl"],
  rounds: 5,
  async measure(stage) {
    const file = `${stage.directory}/blob`;
    let digest = "";
    let madeFor = -1;
    const rounds = await alternate(stage, async (registry, round) => {
      if (madeFor !== round) {
        if (madeFor >= 0) await unlink(file);
        digest = await randomFile(file, size);
        madeFor = round;
      }
      await settle();
      const push = await registry.client.pushBlob(repository, file, digest);
      await settle();
      const pullRate = await registry.client.pullBlob(repository, digest);
      const pulled = await registry.client.digestOfPulled(repository, digest);
      if (pulled !== digest) throw new Error(`${registry.name} gave out ${pulled} for ${digest}.`);
      return { patch: push.patchRate / 1e6, push: size / push.seconds / 1e6, pull: pullRate / 1e6 };
    });
    const rates = (key: "patch" | "push" | "pull") => ({
      unit: "MB/s",
      better: "more" as const,
      ours: rounds.ours.map((rate) => rate[key]),
      peer: rounds.peer.map((rate) => rate[key]),
    });
    return [
      { name: "blob push 512 MiB, PATCH", ...rates("patch"), wanted: { ratio: 2 } },
      { name: "blob push 512 MiB, POST to PUT", ...rates("push"), wanted: { ratio: 2 } },
      { name: "blob pull 512 MiB", ...rates("pull"), wanted: { ratio: 1 } },
    ];
  },
};
