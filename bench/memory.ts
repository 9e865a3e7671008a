import { setTimeout as sleep } from "node:timers/promises";

import { mebibyte, settle, sparseFile } from "./content.ts";
import { alternate, type Benchmark } from "./measurement.ts";
import { type Memory, memoryOf } from "./process-memory.ts";
import type { Registry } from "./registries.ts";

const clients = 4;
const size = 2048 * mebibyte;
const interval = 100;

/** The most memory the whole server holds at one moment while four clients push 2 GiB each. */
export const memory: Benchmark = {
  name: "memory",
  needs: ["curl"],
  rounds: 1,
  async measure(stage) {
    const files: { path: string; digest: string }[] = [];
    for (let client = 0; client < clients; client++) {
      const path = `${stage.directory}/blob-${client}`;
      files.push({ path, digest: await sparseFile(path, size) });
    }
    const rounds = await alternate(stage, async (registry) => {
      await settle();
      const pushes = files.map(({ path, digest }, client) =>
        registry.client.pushBlob(`bench/memory-${client}`, path, digest),
      );
      return peakUntil(Promise.all(pushes), registry);
    });
    const peaks = (key: keyof Memory) => ({
      unit: "MiB",
      better: "less" as const,
      ours: rounds.ours.map((peak) => peak[key] / mebibyte),
      peer: rounds.peer.map((peak) => peak[key] / mebibyte),
    });
    return [
      { name: "peak memory, 4 clients push 2 GiB each, RSS", ...peaks("resident"), wanted: { below: 400 } },
      { name: "peak memory, 4 clients push 2 GiB each, PSS", ...peaks("proportional"), wanted: undefined },
    ];
  },
};

async function peakUntil(work: Promise<unknown>, registry: Registry): Promise<Memory> {
  const peak: Memory = { resident: 0, proportional: 0 };
  const sample = async () => {
    const now = await memoryOf(await registry.processes());
    peak.resident = Math.max(peak.resident, now.resident);
    peak.proportional = Math.max(peak.proportional, now.proportional);
  };
  const done = work.then(() => "done" as const);
  while ((await Promise.race([done, sleep(interval)])) !== "done") await sample();
  return peak;
}
