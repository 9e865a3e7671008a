import { watch } from "node:fs";
import { type FileHandle, open, readdir, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { codeOf } from "../host/files.ts";

/**
 * The log of a container, in a folder of its own:
 *
 *     current     what the monitor writes now
 *     1, 2, 3…    what it has written before, the oldest first; the lowest go when there are too many
 *
 * Rotating renames `current`, which the monitor goes on writing until it is told to begin a new one. So no record is lost, and
 * a reader knows that a file is at its end when there is another `current`.
 */
export interface LogLimits {
  /** Bytes after which a new file is begun. */
  size: number;
  /** How many files are kept, with the current one. */
  files: number;
}

export const currentLog = (folder: string) => path.join(folder, "current");

/** How long the monitor may take to begin a new file, in milliseconds. */
const reopening = 5000;
/** A watch can be refused, or miss something on odd file systems: then this is how late a line comes, in milliseconds. */
const pollInterval = 500;
/** Between two looks at a file that is being written fast, in milliseconds: many lines at once cost less. */
const gathering = 4;
const pieceSize = 256 * 1024;

/**
 * Begins a new file when the current one is large enough. Before a crash between the two steps is done with, nothing new is written:
 * the next call takes it up.
 *
 * @param reopen tells the monitor.
 * @param spare whether old files stay although there are too many, because somebody has still to read them.
 */
export async function rotate(
  folder: string,
  limits: LogLimits,
  reopen: () => Promise<void>,
  spare: boolean,
): Promise<void> {
  const current = currentLog(folder);
  const size = await sizeOf(current);
  if (size !== undefined && size < limits.size) return;
  const old = await oldFiles(folder);
  if (size !== undefined) {
    const name = (old.at(-1) ?? 0) + 1;
    await rename(current, path.join(folder, String(name)));
    old.push(name);
  }
  await reopen();
  for (const end = Date.now() + reopening; (await sizeOf(current)) === undefined; await wait(5))
    if (Date.now() > end) throw new Error(`the monitor has begun no new log in ${folder}`);
  if (spare) return;
  // One alone is what was just written: without it a log would be empty half of the time.
  const kept = Math.max(limits.files - 1, 1);
  for (const name of old.slice(0, Math.max(0, old.length - kept)))
    await rm(path.join(folder, String(name)), { force: true });
}

/** Numbers of the files that are done, ascending. */
export async function oldFiles(folder: string): Promise<number[]> {
  const names = await readdir(folder);
  return names
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .toSorted((a, b) => a - b);
}

interface FollowOptions {
  /** The file and byte to begin with; without, the oldest there is. */
  from?: { file: number | "current"; offset: number } | undefined;
  /** Aborts when nothing more will be written; without it, the end of what is there now is the end. */
  ended?: AbortSignal | undefined;
  /** Aborts when nobody reads any more. */
  signal?: AbortSignal | undefined;
}

/** The bytes of all files, one after the other, and of what is written from then on. */
export async function* logBytes(folder: string, options: FollowOptions): AsyncGenerator<Buffer> {
  const { ended, signal } = options;
  let next: number | "current" | undefined = options.from?.file ?? (await firstFile(folder));
  let offset = options.from?.offset ?? 0;
  while (next !== undefined) {
    if (signal?.aborted) return;
    const handle = await openLog(folder, next);
    if (handle === undefined) {
      // Renamed since, or not begun.
      next = await firstFile(folder, typeof next === "number" ? next : undefined);
      if (next !== undefined) continue;
      if (ended === undefined || ended.aborted) return;
      await changed(folder, ended, signal);
      next = "current";
      continue;
    }
    let inode: number;
    try {
      inode = (await handle.stat()).ino;
      for (;;) {
        // In this order: what was written before these became true is read after them.
        const over = ended === undefined || ended.aborted;
        const replaced = await isDone(folder, inode);
        let found = 0;
        for await (const piece of pieces(handle, offset)) {
          offset += piece.length;
          found += piece.length;
          yield piece;
          if (signal?.aborted) return;
        }
        if (replaced) break;
        if (over && found === 0) return;
        if (signal?.aborted) return;
        if (found > 0) await wait(gathering);
        else if (!over) await changed(folder, ended, signal, async () => (await handle.stat()).size > offset);
      }
    } finally {
      await handle.close();
    }
    next = await fileAfter(folder, inode);
    offset = 0;
  }
}

async function* pieces(handle: FileHandle, from: number): AsyncGenerator<Buffer> {
  for (let offset = from; ;) {
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(pieceSize), 0, pieceSize, offset);
    if (bytesRead === 0) return;
    offset += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

/** Resolves when something in the folder may have changed. @param already asked once the watch stands: what it would have missed. */
async function changed(
  folder: string,
  ended: AbortSignal,
  signal: AbortSignal | undefined,
  already: () => Promise<boolean> = async () => (await sizeOf(currentLog(folder))) !== undefined,
): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const wake = () => resolve();
  const timer = setTimeout(wake, pollInterval);
  ended.addEventListener("abort", wake);
  signal?.addEventListener("abort", wake);
  let watcher: ReturnType<typeof watch> | undefined;
  try {
    watcher = watch(folder, { persistent: false }, wake);
    watcher.on("error", () => {});
  } catch {
    // No watch to be had: the timer has to do.
  }
  try {
    if ((await already()) || ended.aborted || signal?.aborted) return;
    await promise;
  } finally {
    clearTimeout(timer);
    watcher?.close();
    ended.removeEventListener("abort", wake);
    signal?.removeEventListener("abort", wake);
  }
}

/** The oldest file that is there, of those from a number on. */
async function firstFile(folder: string, from = 0): Promise<number | "current" | undefined> {
  const old = (await oldFiles(folder)).find((number) => number >= from);
  if (old !== undefined) return old;
  return (await sizeOf(currentLog(folder))) === undefined ? undefined : "current";
}

/** The file that was begun when one was done, known by its inode; the oldest where that one is gone already. */
async function fileAfter(folder: string, inode: number): Promise<number | "current" | undefined> {
  const old = await oldFiles(folder);
  for (const number of old)
    if ((await inodeOf(path.join(folder, String(number)))) === inode)
      return old.find((later) => later > number) ?? "current";
  return old[0] ?? "current";
}

/** Whether another file has been begun since. One that only has been renamed may still be written. */
async function isDone(folder: string, inode: number): Promise<boolean> {
  const current = await inodeOf(currentLog(folder));
  if (current !== undefined) return current !== inode;
  const last = (await oldFiles(folder)).at(-1);
  return last !== undefined && (await inodeOf(path.join(folder, String(last)))) !== inode;
}

async function openLog(folder: string, file: number | "current"): Promise<FileHandle | undefined> {
  try {
    return await open(path.join(folder, String(file)), "r");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

async function sizeOf(file: string): Promise<number | undefined> {
  return (await stat(file).catch(() => undefined))?.size;
}

async function inodeOf(file: string): Promise<number | undefined> {
  return (await stat(file).catch(() => undefined))?.ino;
}
