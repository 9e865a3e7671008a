import { readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { compared } from "./answers.ts";
import { type Exchange, formatTranscript, parseTranscript } from "./transcript.ts";

const folder = path.join(import.meta.dirname, "scripts");

/** The names of the scripts. */
export async function scriptNames(): Promise<string[]> {
  return (await readdir(folder)).map((file) => path.basename(file, ".txt")).toSorted();
}

export async function readScript(name: string): Promise<Exchange[]> {
  return parseTranscript(await readFile(path.join(folder, `${name}.txt`), "utf8"));
}

export async function writeScript(name: string, exchanges: readonly Exchange[]): Promise<void> {
  await writeFile(path.join(folder, `${name}.txt`), formatTranscript(exchanges));
}

/** What we answer otherwise than Docker, and why: the comment above. */
export async function readDifferences(): Promise<Exchange[]> {
  return parseTranscript(await readFile(path.join(import.meta.dirname, "differences.txt"), "utf8"));
}

/** What we are to answer: what differences.txt has for the command, where that is what was found; else what Docker answers. */
export function expectedAnswer(
  differences: readonly Exchange[],
  { command, comparison, answer }: Exchange,
  found: readonly string[],
): readonly string[] {
  const same = (other: readonly string[]) => other.join("\n") === found.join("\n");
  const listed = differences.find((difference) => difference.command === command && same(difference.answer));
  return listed?.answer ?? compared(comparison, answer, answer);
}
