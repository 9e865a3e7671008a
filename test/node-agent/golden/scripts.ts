import { readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
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
