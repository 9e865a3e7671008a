import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { expect, test } from "vitest";
import { mountsBelow } from "../../../node-agent/host/mounts.ts";
import { describeNeeding, programs, root } from "../../support/needs.ts";
import { SeededRandom } from "../../support/random.ts";
import { makeRootfs } from "../support/rootfs.ts";
import { TemporaryFolder } from "../support/temporary-folder.ts";
import { openContainers, written } from "./support/host.ts";

const rounds = 6;
const agent = path.join(import.meta.dirname, "support/agent.ts");
const lines = Array.from({ length: 20 }, (_, index) => `line ${index + 1}\n`).join("");

describeNeeding(
  [root, programs("conmon", "runc", "socat", "busybox")],
  "an agent that is killed at any moment",
  () => {
    test("leaves nothing behind, and no exit code or line is lost", { timeout: 180_000 }, async () => {
      const random = new SeededRandom(11);
      let seen = 0;
      for (let round = 0; round < rounds; round++) {
        await using folder = await TemporaryFolder.make();
        await makeRootfs(path.join(folder.path, "image"));
        await killedAgent(folder.path, round, random.below(1500));
        const { containers, complaints } = await openContainers(folder.path);
        await using stack = new AsyncDisposableStack();
        stack.use(containers);
        stack.defer(async () => {
          for (const { id } of containers.list()) await containers.remove(id, { force: true });
        });
        const ids = containers.list().map(({ id }) => id);
        for (const id of ids) {
          if (containers.inspect(id).state.status === "paused") await containers.unpause(id);
          const status = await Promise.race([containers.wait(id), wait(20_000, "late")]);
          if (status === "late") throw new Error(`${id} is ${JSON.stringify(containers.inspect(id).state)}`);
          const { state } = containers.inspect(id);
          if (state.status !== "exited" || state.byHand) continue;
          expect(state.exitCode, JSON.stringify(state)).toBe(5);
          const log = await written(containers.logs(id, { stdout: true, stderr: true }));
          // Also of runs before, where it was started again.
          expect(log.endsWith(lines), log).toBe(true);
          seen += 1;
        }
        for (const id of ids) await containers.remove(id);
        expect(complaints).toEqual([]);
        expect(readdirSync(path.join(folder.path, "data/containers"))).toEqual([]);
        for (const name of ["bundles", "exits", "oci"])
          expect(readdirSync(path.join(folder.path, "run", name)), name).toEqual([]);
        expect(await mountsBelow(folder.path)).toEqual([]);
        expect(cgroupsOf(ids)).toEqual([]);
        await nobodyIn(folder.path);
      }
      expect(seen).toBeGreaterThanOrEqual(rounds * 2);
    });
  },
);

async function killedAgent(folder: string, seed: number, moment: number): Promise<void> {
  const child = spawn(process.execPath, [agent, folder, String(seed)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const closed = once(child, "exit");
  await Promise.race([once(child.stdout, "data"), closed]);
  await Promise.race([wait(moment), closed]);
  child.kill("SIGKILL");
  await closed;
}

function cgroupsOf(ids: readonly string[]): string[] {
  const roots = ["", ...readdirSync("/sys/fs/cgroup")].map((name) =>
    path.join("/sys/fs/cgroup", name, "wherry"),
  );
  return roots
    .flatMap((folder) => ids.map((id) => path.join(folder, id)))
    .filter((folder) => existsSync(folder));
}

/** No process is left that has anything to do with the folder. What was told to end may take a moment. */
async function nobodyIn(folder: string): Promise<void> {
  let left: string[] = [];
  for (let turn = 0; turn < 300; turn++) {
    left = readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name) && name !== String(process.pid))
      .flatMap((pid) => {
        try {
          const command = readFileSync(`/proc/${pid}/cmdline`, "latin1").replaceAll("\0", " ");
          return command.includes(folder) ? [command] : [];
        } catch {
          return [];
        }
      });
    if (left.length === 0) return;
    await wait(20);
  }
  expect(left).toEqual([]);
}
