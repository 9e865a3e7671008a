import type { Container } from "./container.ts";
import { takeEnd } from "./lifecycle.ts";
import { rotate } from "./log-files.ts";
import type { World } from "./world.ts";

/** What a container that runs needs every now and then: its log rotated, and its end taken up where its monitor was lost. */
export async function lookAfter(world: World, container: Container): Promise<void> {
  if (!container.runs || world.signal.aborted) return;
  try {
    if ((await world.runtime.find(container.id)).kind === "lost") await takeEnd(world, container);
    else
      await container.inTurn(async () => {
        if (!container.runs) return;
        const { logFolder, logLimits: limits, logReaders, id } = container;
        await rotate(logFolder, limits, () => world.runtime.reopenLog(id), logReaders > 0);
      });
  } catch (error) {
    if (container.runs) world.complain(`${container.record.name}: ${String(error)}`);
  }
}
