import { CommandError } from "../command-error.ts";
import { part } from "../client/daemon.ts";
import type { ContainerDetails } from "../client/shapes.ts";
import { holds, text, yes } from "../line/flags.ts";
import { any, verb } from "../line/verb.ts";
import { eachNamed } from "../show/each.ts";
import { ofStart, waitFor } from "../terminal/exit.ts";
import { joinStreams } from "../terminal/session.ts";
import { followSize, proxySignals } from "../terminal/signals.ts";

export const start = verb({
  usage: "[flags] CONTAINER...",
  flags: {
    attach: yes("show its output, and end as it ends", "a"),
    "detach-keys": text("keys that leave it running, such as ctrl-p,ctrl-q", undefined, { value: "keys" }),
    interactive: yes("send it what is typed", "i"),
    "sig-proxy": holds("send on to it what signals come here; =false does not"),
  },
  takes: [1, any],
  offers: ["containers", "containers"],
  examples: [
    ["wherry start web db", "two that have been made or stopped"],
    ["wherry start -ai box", "one to type into"],
  ],
  async run({ daemon, flags, args }) {
    if (!flags.attach && !flags.interactive)
      return eachNamed(args, (name) => daemon.post(`/containers/${part(name)}/start`));
    const [name = ""] = args;
    if (args.length > 1) throw new CommandError("you cannot start and attach multiple containers at once");
    const { Id, Config } = await daemon.get<ContainerDetails>(`/containers/${part(name)}/json`);
    const stdin = flags.interactive && Config.OpenStdin;
    const keys = flags["detach-keys"];
    const query = { stream: true, stdin, stdout: true, stderr: true, detachKeys: keys };
    const hijacked = await daemon.hijack(`/containers/${Id}/attach`, query);
    const ended = await waitFor(daemon, Id, "next-exit");
    const joined = joinStreams(hijacked, { tty: Config.Tty, stdin, detachKeys: keys });
    const stopSignals = flags["sig-proxy"] ? proxySignals(daemon, Id) : () => {};
    try {
      await daemon.post(`/containers/${Id}/start`);
    } catch (error) {
      hijacked.socket.destroy();
      await joined;
      throw ofStart(error);
    }
    const stopSize = Config.Tty ? followSize(daemon, `/containers/${Id}/resize`) : () => {};
    const outcome = await joined;
    stopSignals();
    stopSize();
    return outcome === "detached" ? 0 : ended();
  },
});
