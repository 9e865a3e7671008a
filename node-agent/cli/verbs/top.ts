import { part } from "../client/daemon.ts";
import { any, verb } from "../line/verb.ts";
import { table } from "../show/table.ts";

export const top = verb({
  usage: "CONTAINER [PS OPTIONS]",
  flags: {},
  takes: [1, any],
  passesOn: true,
  offers: ["running", "nothing"],
  examples: [
    ["wherry top web", "its processes"],
    ["wherry top web -o pid,comm", "as ps would show them"],
  ],
  async run({ daemon, args: [name = "", ...options] }) {
    const query = { ps_args: options.join(" ") };
    const { Titles, Processes } = await daemon.get<{ Titles: string[]; Processes: string[][] | null }>(
      `/containers/${part(name)}/top`,
      query,
    );
    process.stdout.write(table([Titles, ...(Processes ?? [])], undefined));
  },
});
