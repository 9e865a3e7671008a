import type { ContainerSummary, ImageSummary, VolumeSummary } from "../client/shapes.ts";
import { text, yes } from "../line/flags.ts";
import { verb } from "../line/verb.ts";
import { say } from "../show/print.ts";
import { column, type Columns, shownRows, terminalWidth } from "../show/rows.ts";
import { humanSize } from "../show/sizes.ts";
import { ago } from "../show/times.ts";

interface DiskUse {
  LayersSize: number;
  Images: ImageSummary[] | null;
  Containers: ContainerSummary[] | null;
  Volumes: VolumeSummary[] | null;
  BuildCache: { Size: number; InUse: boolean; Shared: boolean }[] | null;
}

interface Row {
  type: string;
  total: number;
  active: number;
  bytes: number;
  reclaimable: number;
}

export const diskUse = verb({
  usage: "[flags]",
  flags: {
    format: text("`json`, or a template such as `{{.Type}} {{.Size}}`"),
    verbose: yes("each image, container and volume", "v"),
  },
  takes: [0, 0],
  examples: [
    ["wherry system df", "how much room there is to win"],
    ["wherry system df -v", "what takes it"],
  ],
  async run({ daemon, flags }) {
    const use = await daemon.get<DiskUse>("/system/df");
    if (flags.verbose) {
      for (const part of verbose(use)) say(part);
      return;
    }
    const standard = ["Type", "TotalCount", "Active", "Size", "Reclaimable"];
    process.stdout.write(
      shownRows({ columns, rows: rowsOf(use), format: flags.format, standard, width: terminalWidth() }),
    );
  },
});

function rowsOf({ LayersSize, Images, Containers, Volumes, BuildCache }: DiskUse): Row[] {
  const [images, containers, volumes, cache] = [
    Images ?? [],
    Containers ?? [],
    Volumes ?? [],
    BuildCache ?? [],
  ];
  const used = images.filter((image) => image.Containers > 0);
  const runs = ({ State }: ContainerSummary) => ["running", "paused", "restarting"].includes(State);
  const sum = (sizes: readonly number[]) => sizes.reduce((whole, one) => whole + Math.max(0, one), 0);
  const usedBytes = sum(used.map(({ Size, SharedSize }) => (SharedSize < 0 ? Size : Size - SharedSize)));
  const unused = volumes.filter(({ UsageData }) => UsageData?.RefCount === 0);
  return [
    {
      type: "Images",
      total: images.length,
      active: used.length,
      bytes: LayersSize,
      reclaimable: Math.max(0, LayersSize - usedBytes),
    },
    {
      type: "Containers",
      total: containers.length,
      active: containers.filter(runs).length,
      bytes: sum(containers.map(({ SizeRw = 0 }) => SizeRw)),
      reclaimable: sum(containers.filter((one) => !runs(one)).map(({ SizeRw = 0 }) => SizeRw)),
    },
    {
      type: "Local Volumes",
      total: volumes.length,
      active: volumes.length - unused.length,
      bytes: sum(volumes.map(({ UsageData }) => UsageData?.Size ?? 0)),
      reclaimable: sum(unused.map(({ UsageData }) => UsageData?.Size ?? 0)),
    },
    {
      type: "Build Cache",
      total: cache.length,
      active: cache.filter(({ InUse }) => InUse).length,
      bytes: sum(cache.map(({ Size }) => Size)),
      reclaimable: sum(cache.filter(({ InUse, Shared }) => !InUse && !Shared).map(({ Size }) => Size)),
    },
  ];
}

const columns: Columns<Row> = {
  Type: column("TYPE", ({ type }) => type),
  TotalCount: column("TOTAL", ({ total }) => String(total)),
  Active: column("ACTIVE", ({ active }) => String(active)),
  Size: column("SIZE", ({ bytes }) => humanSize(bytes, 4)),
  Reclaimable: column("RECLAIMABLE", ({ type, bytes, reclaimable }) => {
    const share = bytes > 0 && type !== "Build Cache" ? ` (${Math.floor((reclaimable / bytes) * 100)}%)` : "";
    return `${humanSize(reclaimable, 4)}${share}`;
  }),
};

/** A table for each kind of things. */
function verbose({ Images, Containers, Volumes }: DiskUse): string[] {
  const width = terminalWidth();
  const shown = <T>(title: string, rows: readonly T[], columns_: Columns<T>) =>
    `${title} space usage:\n\n${shownRows({ columns: columns_, rows, format: undefined, standard: Object.keys(columns_), width })}`;
  return [
    shown("Images", Images ?? [], imageColumns),
    shown("Containers", Containers ?? [], containerColumns),
    shown("Local Volumes", Volumes ?? [], volumeColumns),
  ];
}

const imageColumns: Columns<ImageSummary> = {
  Repository: column("NAME", ({ RepoTags }) => RepoTags?.[0] ?? "<none>"),
  ID: column("IMAGE ID", ({ Id }) => Id.replace("sha256:", "").slice(0, 12)),
  CreatedSince: column("CREATED", ({ Created }, { now }) => ago(Created, now)),
  Size: column("SIZE", ({ Size }) => humanSize(Size)),
  SharedSize: column("SHARED SIZE", ({ SharedSize }) => humanSize(Math.max(0, SharedSize))),
  Containers: column("CONTAINERS", ({ Containers }) => String(Math.max(0, Containers))),
};

const containerColumns: Columns<ContainerSummary> = {
  ID: column("CONTAINER ID", ({ Id }) => Id.slice(0, 12)),
  Image: column("IMAGE", ({ Image }) => Image),
  Size: column("SIZE", ({ SizeRw = 0 }) => humanSize(SizeRw)),
  Status: column("STATUS", ({ Status }) => Status),
  Names: column("NAMES", ({ Names }) => (Names[0] ?? "").replace(/^\//, "")),
};

const volumeColumns: Columns<VolumeSummary> = {
  Name: column("VOLUME NAME", ({ Name }) => Name),
  Links: column("LINKS", ({ UsageData }) => String(UsageData?.RefCount ?? "N/A")),
  Size: column("SIZE", ({ UsageData }) => humanSize(Math.max(0, UsageData?.Size ?? 0))),
};
