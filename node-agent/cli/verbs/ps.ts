import type { ContainerSummary } from "../client/shapes.ts";
import { whole, yes } from "../line/flags.ts";
import { verb } from "../line/verb.ts";
import { filterQuery, listFlags, printList } from "../show/list.ts";
import { portsText } from "../show/ports.ts";
import { column, type Columns } from "../show/rows.ts";
import { humanSize } from "../show/sizes.ts";
import { ago, zoned } from "../show/times.ts";

export const ps = verb({
  usage: "[flags]",
  flags: {
    ...listFlags,
    all: yes("those that do not run too", "a"),
    last: whole("the last ones that were made, of any state", "n"),
    latest: yes("the last one that was made, of any state", "l"),
    size: yes("how much each has written", "s"),
  },
  takes: [0, 0],
  examples: [
    ["wherry ps -a", "all containers"],
    ["wherry ps --filter label=stage=test -q", "the ids of those with a label"],
    ["wherry ps --format 'table {{.Names}}\\t{{.Status}}'", "two columns"],
  ],
  async run({ daemon, flags }) {
    const limit = flags.latest ? 1 : flags.last;
    const sized = flags.size || /\{\{[^}]*\.Size\b/.test(flags.format ?? "");
    const query = { all: flags.all, limit, size: sized, filters: filterQuery(flags.filter) };
    const rows = await daemon.get<ContainerSummary[]>("/containers/json", query);
    const standard = [
      "ID",
      "Image",
      "Command",
      "RunningFor",
      "Status",
      "Ports",
      "Names",
      ...(flags.size ? ["Size"] : []),
    ];
    printList(flags, { columns, rows, standard, name: "ID" });
  },
});

const labelsText = (labels: Record<string, string> | null) =>
  Object.entries(labels ?? {})
    .map(([name, value]) => `${name}=${value}`)
    .toSorted()
    .join(",");

/** A link of another container stands with a slash inside; the own name comes first. */
const ownNames = (names: readonly string[], short: boolean) =>
  names
    .map((name) => name.replace(/^\//, ""))
    .filter((name) => !short || !name.includes("/"))
    .join(",");

function quoted(command: string, short: boolean): string {
  const letters = Array.from(command);
  const text = short && letters.length > 20 ? `${letters.slice(0, 19).join("")}…` : command;
  return JSON.stringify(text);
}

function mountNames({ Mounts = [] }: ContainerSummary, short: boolean): string {
  return Mounts.map(({ Name, Source }) => {
    const name = Name || Source;
    return short && name.length > 15 ? `${name.slice(0, 14)}…` : name;
  }).join(",");
}

const columns: Columns<ContainerSummary> = {
  ID: column("CONTAINER ID", ({ Id }, { short }) => (short ? Id.slice(0, 12) : Id)),
  Names: column("NAMES", ({ Names }, { short }) => ownNames(Names, short)),
  Image: column("IMAGE", ({ Image, ImageID }, { short }) => {
    if (Image === "") return "<no image>";
    // Of an image whose name has gone elsewhere, the engine has the id.
    const bare = Image.replace("sha256:", "");
    return short && bare === ImageID.replace("sha256:", "")
      ? bare.slice(0, 12)
      : Image.replace(/@sha256:.*/, short ? "" : "$&");
  }),
  Command: column("COMMAND", ({ Command }, { short }) => quoted(Command, short)),
  CreatedAt: column("CREATED AT", ({ Created }) => zoned(Created)),
  RunningFor: column("CREATED", ({ Created }, { now }) => ago(Created, now)),
  Ports: column("PORTS", ({ Ports }) => portsText(Ports ?? [])),
  State: column("STATE", ({ State }) => State),
  Status: column("STATUS", ({ Status }) => Status),
  Size: column("SIZE", ({ SizeRw = 0, SizeRootFs = 0 }) =>
    SizeRootFs > 0 ? `${humanSize(SizeRw)} (virtual ${humanSize(SizeRootFs)})` : humanSize(SizeRw),
  ),
  Labels: column("LABELS", ({ Labels }) => labelsText(Labels)),
  Mounts: column("MOUNTS", (row, { short }) => mountNames(row, short)),
  LocalVolumes: column("LOCAL VOLUMES", ({ Mounts = [] }) =>
    String(Mounts.filter(({ Driver }) => Driver === "local").length),
  ),
  Networks: column("NETWORKS", ({ NetworkSettings }) =>
    Object.keys(NetworkSettings?.Networks ?? {})
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
