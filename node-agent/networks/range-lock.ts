import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { HubError } from "#shared/errors";

/** Milliseconds that another agent of this host may take, and between two looks. */
const patience = 20_000;
const pause = 10;

/**
 * Does what no other agent of this host may do at the same moment: choosing a range and making the bridge that takes it. The lock is a
 * name for a socket that has no file: it goes with the process, and each network namespace has its own, as it has its own ranges.
 *
 * @throws HubError `unavailable` when another has it for too long.
 */
export async function withRangeLock<T>(work: () => Promise<T>): Promise<T> {
  const end = Date.now() + patience;
  for (;;) {
    const server = createServer();
    try {
      server.listen("\0wherry-ranges");
      await once(server, "listening");
    } catch (error) {
      if (Date.now() > end)
        throw new HubError(
          "unavailable",
          "another agent on this host makes networks for too long; try again",
          {
            cause: error,
          },
        );
      await wait(pause);
      continue;
    }
    try {
      return await work();
    } finally {
      const closed = once(server, "close");
      server.close();
      await closed;
    }
  }
}
