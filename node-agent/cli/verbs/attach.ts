import { CommandError } from "../command-error.ts";
import { part } from "../client/daemon.ts";
import type { ContainerDetails } from "../client/shapes.ts";
import { holds, text, yes } from "../line/flags.ts";
import { verb } from "../line/verb.ts";
import { complain } from "../show/print.ts";
import { waitFor } from "../terminal/exit.ts";
import { joinStreams } from "../terminal/session.ts";
import { followSize, proxySignals } from "../terminal/signals.ts";

export const attach = verb({
  usage: "[flags] CONTAINER",
  flags: {
    "detach-keys": text("keys that leave it running, such as ctrl-p,ctrl-q", undefined, { value: "keys" }),
    "no-stdin": yes("send it nothing"),
    "sig-proxy": holds("send on to it what signals come here; =false does not"),
  },
  takes: [1, 1],
  offers: ["running", "nothing"],
  examples: [
    ["wherry attach box", "its output from now on, and what is typed goes to it; Ctrl-P Ctrl-Q leaves it"],
  ],
  async run({ daemon, flags, args: [name = ""] }) {
    const ended = await waitFor(daemon, part(name), "not-running");
    const { Id, Config, State } = await daemon.get<ContainerDetails>(`/containers/${part(name)}/json`);
    if (!State.Running) throw new CommandError("cannot attach to a stopped container, start it first");
    if (State.Paused) throw new CommandError("cannot attach to a paused container, unpause it first");
    const stdin = !flags["no-stdin"] && Config.OpenStdin;
    if (stdin && Config.Tty && !process.stdin.isTTY) throw new CommandError("the input device is not a TTY");
    const keys = flags["detach-keys"];
    const query = { stream: true, stdin, stdout: true, stderr: true, detachKeys: keys };
    const hijacked = await daemon.hijack(`/containers/${Id}/attach`, query);
    const stopSignals = flags["sig-proxy"] ? proxySignals(daemon, Id) : () => {};
    const stopSize = Config.Tty ? followSize(daemon, `/containers/${Id}/resize`) : () => {};
    const outcome = await joinStreams(hijacked, { tty: Config.Tty, stdin, detachKeys: keys });
    stopSignals();
    stopSize();
    if (outcome === "ended") return ended();
    complain("read escape sequence");
    return 0;
  },
});
