import { readdir, rm } from "node:fs/promises";
import path from "node:path";
import type { Container } from "./container.ts";
import { containerFolder, planRestart, removeNow, start, takeEnd, tidy } from "./lifecycle.ts";
import { startsWithAgent } from "./restart-policy.ts";
import type { World } from "./world.ts";

/**
 * Makes what is known and what is there agree, when the agent comes up: after its end, after a kill at any moment, and after a reboot.
 * What runs goes on, what has ended meanwhile is taken up with its exit code, what was half made or half removed is removed.
 */
export async function adopt(world: World, container: Container): Promise<void> {
  const { id } = container;
  const { state, config } = container.record;
  if (state.status === "removing" || state.status === "dead") {
    await container
      .inTurn(() => removeNow(world, container))
      .catch((error: unknown) => world.complain(String(error)));
    return;
  }
  const found = await world.runtime.find(id);
  if (!container.runs) {
    // An end that is known already has only not been cleared away.
    const unknownEnd =
      found.kind === "ended" && found.at !== state.finishedAt && (await world.runtime.wasStarted(id));
    if (found.kind === "running" || unknownEnd)
      // The kill came between its start and the note of it.
      container.note({ kind: "started", pid: found.kind === "running" ? found.pid : 0, at: Date.now() });
    else {
      await tidy(world, container);
      if (container.record.state.status === "restarting") {
        container.note({ kind: "stopping" });
        container.change({ state: { ...container.record.state, byHand: state.byHand } });
        planRestart(world, container);
        return;
      }
    }
  }
  if (container.runs && found.kind === "running") {
    container.run.started.resolve();
    // The kill came between a pause and the note of it.
    if (found.paused !== (container.record.state.status === "paused"))
      container.note({ kind: found.paused ? "paused" : "unpaused" });
    await world.runtime.abandonExecs(id);
    return;
  }
  const wasRunning = container.runs;
  if (wasRunning) await takeEnd(world, container);
  const { status } = container.record.state;
  if (status === "exited" && startsWithAgent(config.HostConfig.RestartPolicy, wasRunning, state.byHand))
    void start(world, container).catch((error: unknown) =>
      world.complain(`container ${container.record.name} could not be started: ${String(error)}`),
    );
}

/** Takes away what belongs to no container that is known. */
export async function sweep(world: World, data: string, known: ReadonlySet<string>): Promise<void> {
  for (const id of await world.runtime.list()) if (!known.has(id)) await world.runtime.delete(id);
  for (const id of await readdir(path.join(data, "containers"))) {
    if (known.has(id)) continue;
    const folder = containerFolder(data, id);
    await world.rootfs.removeRootfs(folder);
    await rm(folder, { recursive: true, force: true });
  }
}
