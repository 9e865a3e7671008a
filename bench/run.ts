import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { parseArgs } from "node:util";

import { findProgram } from "../test/support/command.ts";
import { blob } from "./blob.ts";
import { containerStart } from "./container-start.ts";
import { enginePull } from "./engine-pull.ts";
import { image } from "./image.ts";
import { manifest } from "./manifest.ts";
import { type Benchmark, everyRound, judge, type Measurement, printed } from "./measurement.ts";
import { memory } from "./memory.ts";
import { pagesInBrowser } from "./pages.ts";
import { pull } from "./pull.ts";
import { startPeer, startWherry } from "./registries.ts";
import { writeRow } from "./results.ts";
import { search } from "./search.ts";
import { signIn } from "./sign-in.ts";
import { tags } from "./tags.ts";
import { token } from "./token.ts";

const benchmarks: readonly Benchmark[] = [
  blob,
  manifest,
  tags,
  token,
  signIn,
  memory,
  image,
  pull,
  search,
  pagesInBrowser,
  containerStart,
  enginePull,
];

const usage = `npm run bench -- [${benchmarks.map(({ name }) => name).join("] [")}] [--rounds N] [--write] [--control]

Measures Wherry beside Debian's docker-registry, on loopback, with everything in a temporary directory (TMPDIR).
Without a name, all of them run: about 15 minutes and 25 GB.
  --rounds N   other than usual; more when other things run on the machine
  --write      puts the rows into bench/RESULTS.md
  --values     prints the numbers of every round too
  --control    docker-registry on both sides: how far from 1 the ratios are then is the noise of this machine`;

/** Debian's packages that have the commands, where they are called otherwise. */
const packages: Readonly<Record<string, string>> = { docker: "docker.io", dockerd: "docker.io" };

function checkNeeds(chosen: readonly Benchmark[]): void {
  const needed = new Set(["docker-registry", ...chosen.flatMap(({ needs }) => needs)]);
  const missing = [...needed].filter((command) => !findProgram(command));
  if (missing.length === 0) return;
  const install = new Set(missing.map((command) => packages[command] ?? command));
  throw new Error(
    `The benchmarks need ${missing.join(", ")}. Install with: apt-get install ${[...install].join(" ")}`,
  );
}

interface Options {
  rounds: number | undefined;
  control: boolean;
  /** Rejects when the run is to end now. */
  interruption: Promise<never>;
}

/** One benchmark with fresh registries; whatever happens, they are stopped and their bytes removed. */
async function measure(benchmark: Benchmark, options: Options): Promise<Measurement[]> {
  await using cleanup = new AsyncDisposableStack();
  const directory = await mkdtemp(`${await realpath(tmpdir())}/wherry-bench-`);
  cleanup.defer(() => rm(directory, { recursive: true, force: true, maxRetries: 5 }));
  const ours = cleanup.use(await (options.control ? startPeer(`${directory}/ours`) : startWherry()));
  const peer = cleanup.use(await startPeer(`${directory}/peer`));
  const rounds = options.rounds ?? benchmark.rounds;
  const measuring = benchmark.measure({ directory, ours, peer, rounds, cleanup });
  return await Promise.race([measuring, options.interruption]);
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rounds: { type: "string" },
      write: { type: "boolean", default: false },
      control: { type: "boolean", default: false },
      values: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    return 0;
  }
  const unknown = positionals.filter((name) => !benchmarks.some((benchmark) => benchmark.name === name));
  if (unknown.length > 0) throw new Error(`There is no benchmark ${unknown.join(", ")}.\n${usage}`);
  const rounds = values.rounds === undefined ? undefined : Number(values.rounds);
  if (rounds !== undefined && !(Number.isInteger(rounds) && rounds > 0))
    throw new Error(`--rounds ${values.rounds} is no number of rounds; give 1 or more.`);
  const chosen = benchmarks.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
  checkNeeds(chosen);

  const interruption = new Promise<never>((_, reject) => {
    for (const signal of ["SIGINT", "SIGTERM"])
      process.once(signal, () => reject(new Error(`ended early by ${signal}`)));
  });
  interruption.catch(() => {});
  let missed = 0;
  for (const benchmark of chosen) {
    for (const measurement of await measure(benchmark, { rounds, control: values.control, interruption })) {
      const verdict = judge(measurement);
      if (!verdict.met) missed++;
      console.log(printed(measurement.name, verdict));
      if (values.values) console.log(everyRound(measurement));
      if (values.write && !values.control) await writeRow(measurement.name, benchmark.name, verdict);
    }
  }
  return missed === 0 || values.control ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  for (let told = error; told instanceof Error; told = told.cause) console.error(told.message);
  process.exitCode = 2;
}
