import { part, type Daemon } from "../client/daemon.ts";
import { DaemonError } from "../client/daemon-error.ts";
import { jsonLines } from "../client/json-lines.ts";
import type { ContainerSummary } from "../client/shapes.ts";
import { text, yes } from "../line/flags.ts";
import { any, verb } from "../line/verb.ts";
import { column, type Columns, shownRows, terminalWidth } from "../show/rows.ts";
import { binarySize, humanSize } from "../show/sizes.ts";
import { type Sample, type Usage, usageOf } from "../show/usage.ts";

interface Row {
  asked: string;
  id: string;
  name: string;
  /** undefined: nothing has come, or it does not run. */
  usage: Usage | undefined;
}

export const stats = verb({
  usage: "[flags] [CONTAINER...]",
  flags: {
    all: yes("those that do not run too", "a"),
    format: text("`table {{.Name}}\\t{{.CPUPerc}}`, `json`, or a template"),
    "no-stream": yes("once, and not again and again"),
    "no-trunc": yes("whole ids"),
  },
  takes: [0, any],
  offers: ["running", "running"],
  examples: [
    ["wherry stats", "what all that run use, again and again until Ctrl-C"],
    ["wherry stats --no-stream --format json web", "what one uses now, as JSON"],
  ],
  async run({ daemon, flags, args }) {
    const names = args.length > 0 ? args : await running(daemon, flags.all);
    const standard = ["ID", "Name", "CPUPerc", "MemUsage", "MemPerc", "NetIO", "BlockIO", "PIDs"];
    const shown = (rows: readonly Row[]) => {
      const format = flags.format;
      return shownRows({
        columns,
        rows,
        format,
        standard,
        short: !flags["no-trunc"],
        width: terminalWidth(),
      });
    };
    if (flags["no-stream"]) {
      process.stdout.write(shown(await Promise.all(names.map((name) => once(daemon, name)))));
      return;
    }
    const rows = names.map((name): Row => ({ asked: name, id: "", name: "--", usage: undefined }));
    const ends = rows.map((row) => follow(daemon, row));
    // On a terminal the table stands still and changes.
    const clear = process.stdout.isTTY ? "\u001B[H\u001B[J" : "";
    const draw = () => process.stdout.write(`${clear}${shown(rows)}`);
    const timer = setInterval(draw, 500);
    try {
      await Promise.all(ends);
      draw();
    } finally {
      clearInterval(timer);
    }
  },
});

async function running(daemon: Daemon, all: boolean): Promise<string[]> {
  const found = await daemon.get<ContainerSummary[]>("/containers/json", { all });
  return found.map(({ Id }) => Id);
}

async function once(daemon: Daemon, name: string): Promise<Row> {
  const sample = await daemon.get<Sample>(`/containers/${part(name)}/stats`, { stream: "0" });
  return { asked: name, ...rowOf(sample) };
}

/** Changes the row as samples come, until the container is gone. */
async function follow(daemon: Daemon, row: Row): Promise<void> {
  try {
    const stream = await daemon.stream("GET", `/containers/${part(row.asked)}/stats`, {
      query: { stream: true },
    });
    for await (const sample of jsonLines(stream)) Object.assign(row, rowOf(sample as unknown as Sample));
  } catch (error) {
    if (!(error instanceof DaemonError) || row.id === "") throw error;
  }
}

function rowOf(sample: Sample) {
  return { id: sample.id ?? "", name: (sample.name ?? "").replace(/^\//, ""), usage: usageOf(sample) };
}

const percent = (value: number) => `${value.toFixed(2)}%`;

const columns: Columns<Row> = {
  Container: column("CONTAINER", ({ asked }) => asked),
  ID: column("CONTAINER ID", ({ id }, { short }) => (short ? id.slice(0, 12) : id)),
  Name: column("NAME", ({ name }) => name),
  CPUPerc: column("CPU %", ({ usage }) => (usage ? percent(usage.processor) : "--")),
  MemUsage: column("MEM USAGE / LIMIT", ({ usage }) =>
    usage ? `${binarySize(usage.memory)} / ${binarySize(usage.limit)}` : "-- / --",
  ),
  MemPerc: column("MEM %", ({ usage }) =>
    usage && usage.limit > 0 ? percent((usage.memory / usage.limit) * 100) : "--",
  ),
  NetIO: column("NET I/O", ({ usage }) =>
    usage ? `${humanSize(usage.received)} / ${humanSize(usage.sent)}` : "--",
  ),
  BlockIO: column("BLOCK I/O", ({ usage }) =>
    usage ? `${humanSize(usage.read)} / ${humanSize(usage.written)}` : "--",
  ),
  PIDs: column("PIDS", ({ usage }) => (usage ? String(usage.processes) : "--")),
};
