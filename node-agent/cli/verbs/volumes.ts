import { CommandError } from "../command-error.ts";
import { part } from "../client/daemon.ts";
import type { VolumeSummary } from "../client/shapes.ts";
import { text, texts, yes } from "../line/flags.ts";
import { any, verb } from "../line/verb.ts";
import { mapOf } from "../request/fields.ts";
import { eachNamed } from "../show/each.ts";
import { filterQuery, listFlags, printList } from "../show/list.ts";
import { say } from "../show/print.ts";
import { column, type Columns } from "../show/rows.ts";
import { humanSize } from "../show/sizes.ts";

const { filter, format, quiet } = listFlags;

export const listVolumes = verb({
  usage: "[flags]",
  flags: { filter, format, quiet },
  takes: [0, 0],
  examples: [["wherry volume ls --filter dangling=true", "those that no container has"]],
  async run({ daemon, flags }) {
    const query = { filters: filterQuery(flags.filter) };
    const { Volumes } = await daemon.get<{ Volumes: VolumeSummary[] | null }>("/volumes", query);
    const rows = (Volumes ?? []).toSorted((a, b) => (a.Name < b.Name ? -1 : 1));
    printList(flags, { columns, rows, standard: ["Driver", "Name"], name: "Name" });
  },
});

export const createVolume = verb({
  usage: "[flags] [NAME]",
  flags: {
    driver: text("local (default)", "d"),
    label: texts("a label", undefined, { value: "name=value" }),
    name: text("its name"),
    opt: texts("an option of the driver", "o", { value: "name=value" }),
  },
  takes: [0, 1],
  examples: [
    ["wherry volume create site", "a place for data that outlives containers: -v site:/var/lib/site"],
    ["wherry volume create -o type=tmpfs -o device=tmpfs -o o=size=64m fast", "one in memory"],
  ],
  async run({ daemon, flags, args: [name] }) {
    if (name !== undefined && flags.name !== undefined)
      throw new CommandError("the name is given twice, by --name and as an argument");
    const body = {
      Name: name ?? flags.name ?? "",
      Driver: flags.driver ?? "local",
      DriverOpts: mapOf(flags.opt),
      Labels: mapOf(flags.label),
    };
    say((await daemon.post<{ Name: string }>("/volumes/create", {}, body)).Name);
  },
});

export const removeVolume = verb({
  usage: "[flags] VOLUME...",
  flags: { force: yes("be content with what is not there", "f") },
  takes: [1, any],
  offers: ["volumes", "volumes"],
  examples: [["wherry volume rm site", "what is in it is gone; no container may have it"]],
  run: ({ daemon, flags: { force }, args }) =>
    eachNamed(args, (name) => daemon.remove(`/volumes/${part(name)}`, { force })),
});

const columns: Columns<VolumeSummary> = {
  Name: column("VOLUME NAME", ({ Name }) => Name),
  Driver: column("DRIVER", ({ Driver }) => Driver),
  Scope: column("SCOPE", ({ Scope }) => Scope),
  Mountpoint: column("MOUNTPOINT", ({ Mountpoint }) => Mountpoint),
  Links: column("LINKS", ({ UsageData }) => (UsageData === undefined ? "N/A" : String(UsageData.RefCount))),
  Size: column("SIZE", ({ UsageData }) => (UsageData === undefined ? "N/A" : humanSize(UsageData.Size))),
  Labels: column("LABELS", ({ Labels }) =>
    Object.entries(Labels ?? {})
      .map(([name, value]) => `${name}=${value}`)
      .toSorted()
      .join(","),
  ),
  Label: column(
    "",
    ({ Labels }) =>
      (name: string) =>
        Labels?.[name] ?? "",
  ),
};
