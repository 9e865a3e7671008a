import { CommandError } from "../command-error.ts";
import type { Daemon } from "../client/daemon.ts";
import { DaemonError } from "../client/daemon-error.ts";
import { holds, yes } from "../line/flags.ts";
import { verb } from "../line/verb.ts";
import { createFlags } from "../request/create-flags.ts";
import { refusalText } from "../show/each.ts";
import { say } from "../show/print.ts";
import { joinStreams } from "../terminal/session.ts";
import { followSize, proxySignals } from "../terminal/signals.ts";
import { ofStart, waitFor } from "../terminal/exit.ts";
import { createContainer } from "./create.ts";

export const run = verb({
  usage: "[flags] IMAGE [COMMAND] [ARG...]",
  flags: {
    ...createFlags,
    detach: yes("leave it running, and print its ID", "d"),
    "sig-proxy": holds("send on to it what signals come here; =false does not"),
  },
  takes: [1, Infinity],
  passesOn: true,
  offers: ["images", "nothing"],
  examples: [
    [
      "wherry run --rm -it alpine sh",
      "a shell in a container that goes when the shell ends; Ctrl-P Ctrl-Q leaves it running",
    ],
    ["wherry run -d --name web -p 8080:80 nginx", "a server in the background, on port 8080 of this host"],
    ["wherry run --rm -v ./src:/src -w /src node npm test", "a command over a folder of this host"],
    [
      "wherry run -d --memory 512m --cpus 1.5 --restart unless-stopped worker",
      "with limits, and again when it fails",
    ],
  ],
  async run({ daemon, flags, args: [image = "", ...command] }) {
    if (!flags.detach && flags.tty && flags.interactive && !process.stdin.isTTY)
      throw new CommandError("the input device is not a TTY; leave -t out, or run this in a terminal", 125);
    try {
      const id = await createContainer(daemon, image, command, { ...flags, detached: flags.detach });
      if (flags.detach) {
        await daemon
          .post(`/containers/${id}/start`)
          .catch((error: unknown) => Promise.reject(ofStart(error)));
        say(id);
        return 0;
      }
      return await runAttached(daemon, id, flags);
    } catch (error) {
      if (!(error instanceof DaemonError)) throw error;
      throw new CommandError(refusalText(error), 125, { cause: error });
    }
  },
});

interface Attached {
  attach: readonly string[];
  interactive: boolean;
  tty: boolean;
  rm: boolean;
  "detach-keys": string | undefined;
  "sig-proxy": boolean;
}

/** In this order nothing of the output is lost, nor the code of a container that ends at once. */
async function runAttached(daemon: Daemon, id: string, flags: Attached): Promise<number> {
  const wanted = (stream: string) => flags.attach.length === 0 || flags.attach.includes(stream);
  const stdin = flags.interactive && wanted("stdin");
  const hijacked = await daemon.hijack(`/containers/${id}/attach`, {
    stream: true,
    stdin,
    stdout: wanted("stdout"),
    stderr: wanted("stderr"),
    detachKeys: flags["detach-keys"],
  });
  const ended = await waitFor(daemon, id, flags.rm ? "removed" : "next-exit");
  const joined = joinStreams(hijacked, { tty: flags.tty, stdin, detachKeys: flags["detach-keys"] });
  const stopSignals = flags["sig-proxy"] ? proxySignals(daemon, id) : () => {};
  try {
    await daemon.post(`/containers/${id}/start`);
  } catch (error) {
    hijacked.socket.destroy();
    await joined;
    // With --rm it is gone when this ends.
    if (flags.rm) await ended();
    throw ofStart(error);
  }
  const stopSize = flags.tty ? followSize(daemon, `/containers/${id}/resize`) : () => {};
  try {
    if ((await joined) === "detached") return 0;
    return await ended();
  } finally {
    stopSignals();
    stopSize();
  }
}
