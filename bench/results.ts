import { readFile, writeFile } from "node:fs/promises";
import { cpus, release, totalmem } from "node:os";
import { fileURLToPath } from "node:url";

import type { Verdict } from "./measurement.ts";

const file = fileURLToPath(new URL("RESULTS.md", import.meta.url));
const columns = [
  "measured",
  "ours",
  "beside it",
  "ratio",
  "wanted",
  "met",
  "rounds",
  "command",
  "date",
  "machine",
];

/** Puts a measurement's row into RESULTS.md, in place of its last one. */
export async function writeRow(name: string, benchmark: string, verdict: Verdict): Promise<void> {
  const lines = (await readFile(file, "utf8")).split("\n");
  const { ours, peer, ratio, wanted, met, rounds } = verdict;
  const command = `\`npm run bench -- ${benchmark}\``;
  const cells = [
    name,
    ours,
    peer,
    ratio,
    wanted,
    met ? "yes" : "no",
    String(rounds),
    command,
    today(),
    machine(),
  ];
  const row = `| ${cells.join(" | ")} |`;
  const known = lines.findIndex((line) => line.startsWith(`| ${name} |`));
  const heading = lines.findIndex((line) => line.startsWith(`| ${columns[0]} |`));
  if (heading < 0) throw new Error(`${file} has no table that begins with \`| ${columns.join(" | ")} |\`.`);
  if (known >= 0) lines[known] = row;
  else {
    let end = heading + 1;
    while (lines[end]?.startsWith("|")) end++;
    lines.splice(end, 0, row);
  }
  await writeFile(file, lines.join("\n"));
}

const today = (): string => new Date().toISOString().slice(0, 10);

function machine(): string {
  const [first] = cpus();
  return `${cpus().length} × ${first?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release().split("-")[0]}`;
}
