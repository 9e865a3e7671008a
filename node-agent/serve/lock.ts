import { chmodSync, readFileSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Refusal } from "./refusal.ts";

export interface Lock {
  release(): void;
}

/** SQLite's result code for a file that another process has locked. */
const busy = 5;
/** The codes of a file that cannot be opened, or not be written. */
const unwritable = [8, 14];

/**
 * Keeps a second server out of the directory. Node has no flock; an open exclusive transaction on an SQLite file is the same lock of
 * the operating system's, which goes with the process however that ends.
 *
 * @throws Refusal when another process has it.
 */
export function takeLock(directory: string): Lock {
  const file = path.join(directory, "lock");
  try {
    const database = new DatabaseSync(file, { timeout: 0 });
    // Whoever may read it can lock it, and so keep the server from starting.
    chmodSync(file, 0o600);
    database.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
    return { release: () => database.close() };
  } catch (error) {
    const code = error instanceof Error && "errcode" in error ? Number(error.errcode) & 0xff : undefined;
    if (code === busy) throw inUse(directory);
    if (code !== undefined && unwritable.includes(code))
      throw Object.assign(new Error(`cannot write ${file}`, { cause: error }), { code: "EACCES" });
    throw error;
  }
}

function inUse(directory: string): Refusal {
  let holder = "Another server";
  try {
    holder = readFileSync(path.join(directory, "server"), "utf8").trim();
  } catch {
    // It has not come so far yet; its lock is enough.
  }
  return new Refusal(
    `${holder} uses the data directory ${directory}. Stop it, or give another directory with --data.`,
  );
}
