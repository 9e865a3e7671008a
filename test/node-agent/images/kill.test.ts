import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { expect, test } from "vitest";
import { ImageStore } from "../../../node-agent/images/index.ts";
import { describeNeeding, programs, root } from "../../support/needs.ts";
import { SeededRandom } from "../../support/random.ts";
import { TemporaryFolder } from "../support/temporary-folder.ts";
import { archive } from "./support/archive.ts";
import { FakeRegistry, noise } from "./support/registry.ts";

const rounds = 10;
const puller = path.join(import.meta.dirname, "support/puller.ts");

describeNeeding(
  [root, programs("tar", "mknod", "mount")],
  "a store whose process is killed while it pulls",
  () => {
    test("never has half an image, and leaves nothing behind", { timeout: 180_000 }, async () => {
      await using folder = await TemporaryFolder.make();
      await using registry = await FakeRegistry.start();
      const place = path.join(folder.path, "store");
      const layers = Array.from({ length: 4 }, (_, index) => layerOf(index));
      registry.addImage({ layers: layers.slice(0, 2) }, "first");
      const { id } = registry.addImage({ layers }, "second");
      const names = ["first", "second"].map((tag) => `${registry.host}/app:${tag}`);
      const random = new SeededRandom(5);
      // How long one that is let go on takes from its first word to its last.
      const whole = await pullUntil(place, names, Infinity);
      let finished = 0;
      for (let round = 0; round < rounds; round++) {
        await using fresh = await TemporaryFolder.make();
        const store = path.join(fresh.path, "store");
        await pullUntil(store, names, random.below(Math.ceil(whole * 1.1)));
        const told: string[] = [];
        await using opened = await ImageStore.open(store, { onRepair: (sentence) => told.push(sentence) });
        expect(told).toEqual([]);
        expect(readdirSync(path.join(store, "staging"))).toEqual([]);
        for (const image of opened.list()) await isWhole(opened, image.id, image.diffIds.length, fresh.path);
        // What the killed one had begun, this one finishes.
        expect(await opened.pull(names[1] ?? "")).toMatchObject({ id });
        await isWhole(opened, id, 4, fresh.path);
        for (const image of opened.list()) opened.remove(image.id, { force: true });
        await opened.removeRootfs(path.join(fresh.path, "container"));
        await opened.collect();
        for (const name of ["layers", "blobs/sha256", "staging"])
          expect(readdirSync(path.join(store, name)), name).toEqual([]);
        finished += 1;
      }
      expect(finished).toBe(rounds);
    });
  },
);

const layerOf = (index: number) =>
  archive(
    ...Array.from({ length: 60 }, (_, file) => ({
      path: `${index}/${file}`,
      content: noise(`${index} ${file}`, 20_000),
    })),
    { path: `${index}/null`, type: "3", major: 1, minor: 3 },
    { path: `${index}/.wh.gone` },
  );

/** Runs a puller, and kills it so many milliseconds after its first word. @returns how long it has run since then. */
async function pullUntil(store: string, names: readonly string[], moment: number): Promise<number> {
  const child = spawn(process.execPath, [puller, store, ...names], { stdio: ["ignore", "pipe", "inherit"] });
  const closed = once(child, "close");
  await Promise.race([once(child.stdout, "data"), closed]);
  const start = performance.now();
  if (moment < Infinity) {
    await Promise.race([wait(moment), closed]);
    child.kill("SIGKILL");
  }
  child.stdout.resume();
  await closed;
  return performance.now() - start;
}

async function isWhole(store: ImageStore, id: string, layers: number, folder: string): Promise<void> {
  const container = path.join(folder, "container");
  const { path: rootfs } = await store.mountRootfs(id, container);
  for (let index = 0; index < layers; index++)
    for (const file of [0, 30, 59])
      expect(readFileSync(`${rootfs}/${index}/${file}`).equals(noise(`${index} ${file}`, 20_000))).toBe(true);
  await store.removeRootfs(container);
}
