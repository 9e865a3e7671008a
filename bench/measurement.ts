import type { Registry } from "./registries.ts";

/** One number of ours beside one of somebody else's, from the same run. */
export interface Measurement {
  /** What was measured, with its size: "blob push 512 MiB". */
  name: string;
  unit: string;
  better: "more" | "less";
  ours: readonly number[];
  peer: readonly number[];
  /** What the other number is, where it is not docker-registry's. */
  peerName?: string;
  wanted: Wanted;
}

/** Either how many times better than the peer, or a limit for our own number. Without one, the number is only shown. */
type Wanted = { ratio: number } | { below: number } | undefined;

/** What a benchmark gets: two registries with empty stores, and a directory of its own on their disk. */
export interface Stage {
  directory: string;
  ours: Registry;
  peer: Registry;
  rounds: number;
  /** Whatever else the benchmark starts; stopped before the registries are, also when the run is interrupted. */
  cleanup: AsyncDisposableStack;
}

export interface Benchmark {
  name: string;
  /** Commands it runs, besides docker-registry. */
  needs: readonly string[];
  rounds: number;
  measure(stage: Stage): Promise<Measurement[]>;
}

export interface Verdict {
  ours: string;
  peer: string;
  ratio: string;
  rounds: number;
  wanted: string;
  met: boolean;
}

export function judge(measurement: Measurement): Verdict {
  const ours = median(measurement.ours);
  const peer = median(measurement.peer);
  const ratio = measurement.better === "more" ? ours / peer : peer / ours;
  const { unit, wanted } = measurement;
  return {
    ours: `${round(ours)} ${unit}`,
    peer: `${measurement.peerName ?? "docker-registry"} ${round(peer)} ${unit}`,
    ratio: ratio.toFixed(2),
    rounds: measurement.ours.length,
    ...(wanted === undefined
      ? { wanted: "only shown", met: true }
      : "ratio" in wanted
        ? { wanted: `wanted ≥ ${wanted.ratio}`, met: ratio >= wanted.ratio }
        : { wanted: `wanted < ${wanted.below} ${unit}`, met: ours < wanted.below }),
  };
}

export function printed(name: string, verdict: Verdict): string {
  const { ours, peer, ratio, rounds, wanted, met } = verdict;
  return `${name}: ours ${ours}, ${peer}, ratio ${ratio} (median of ${rounds}; ${wanted})${met ? "" : " MISSED"}`;
}

/** The numbers behind the medians, in the order of the rounds. */
export function everyRound({ ours, peer }: Measurement): string {
  return `  ours ${ours.map(round).join(" ")}; beside it ${peer.map(round).join(" ")}`;
}

/** Runs `measure` for both registries in every round, in alternating order, so that neither always finds the warmer machine. */
export async function alternate<T>(
  stage: Stage,
  measure: (registry: Registry, round: number) => Promise<T>,
): Promise<{ ours: T[]; peer: T[] }> {
  const ours: T[] = [];
  const peer: T[] = [];
  for (let round = 0; round < stage.rounds; round++) {
    const oursFirst = round % 2 === 0;
    if (oursFirst) ours.push(await measure(stage.ours, round));
    peer.push(await measure(stage.peer, round));
    if (!oursFirst) ours.push(await measure(stage.ours, round));
  }
  return { ours, peer };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle];
  if (upper === undefined) throw new Error("There is no median of nothing.");
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}

const round = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));
