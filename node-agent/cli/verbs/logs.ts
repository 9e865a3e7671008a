import { part } from "../client/daemon.ts";
import type { ContainerDetails } from "../client/shapes.ts";
import { text, yes } from "../line/flags.ts";
import { verb } from "../line/verb.ts";
import { moment } from "../show/times.ts";
import { copy, unframe } from "../terminal/frames.ts";

export const logs = verb({
  usage: "[flags] CONTAINER",
  flags: {
    details: yes("the log's own labels too"),
    follow: yes("go on as it writes", "f"),
    since: text("from this moment on: 2026-01-02T13:23:37Z, or 42m for that long ago", undefined, {
      value: "time",
    }),
    tail: text("how many lines of the end, or all", "n", { value: "number" }),
    timestamps: yes("when each line was written", "t"),
    until: text("up to this moment", undefined, { value: "time" }),
  },
  takes: [1, 1],
  offers: ["containers", "nothing"],
  examples: [
    ["wherry logs -f --tail 20 web", "the last 20 lines, and what follows"],
    ["wherry logs --since 10m -t web", "what came in the last ten minutes, with times"],
  ],
  async run({ daemon, flags, args: [name = ""] }) {
    const { Id, Config } = await daemon.get<ContainerDetails>(`/containers/${part(name)}/json`);
    const now = Date.now();
    const output = await daemon.stream("GET", `/containers/${Id}/logs`, {
      query: {
        stdout: true,
        stderr: true,
        follow: flags.follow,
        timestamps: flags.timestamps,
        details: flags.details,
        since: moment(flags.since, now),
        until: moment(flags.until, now),
        tail: flags.tail ?? "all",
      },
    });
    if (Config.Tty) await copy(output, process.stdout);
    else await unframe(output, { stdout: process.stdout, stderr: process.stderr });
  },
});
