import type { ByteRange, Locator } from "./blob-store.ts";

/** Bytes of the files `<key>/0`, `<key>/1`, … as runs of equal size: chunked uploads have many files of one size. */
export type FileRuns = { size: number; count: number }[];

/** Where an object of the disk store is: one file `<key>`, or the files of a directory `<key>`. */
export interface DiskPlace {
  key: string;
  /** Undefined: `key` itself is the file. */
  runs: FileRuns | undefined;
}

/** A part of one file. */
export interface FileSlice {
  path: string;
  offset: number;
  length: number;
  /** The slice is the file's whole content. */
  whole: boolean;
}

/**
 * The locator's text: `m/1` for a single file, `u/2=67108864x159,1024` for 159 files of 64 MiB with one of 1 KiB behind them, `u/3=` for
 * an empty object without a file.
 */
export function formatDiskLocator(key: string, runs: FileRuns): Locator {
  return `${key}=${runs.map((run) => (run.count === 1 ? run.size : `${run.size}x${run.count}`)).join(",")}`;
}

export function parseDiskLocator(locator: Locator): DiskPlace {
  const equals = locator.indexOf("=");
  if (equals < 0) return { key: locator, runs: undefined };
  const runs = locator
    .slice(equals + 1)
    .split(",")
    .filter(Boolean)
    .map((run) => {
      const [size, count] = run.split("x");
      return { size: Number(size), count: Number(count ?? 1) };
    });
  return { key: locator.slice(0, equals), runs };
}

/** The runs with one more file behind them. */
export function addFile(runs: FileRuns, size: number): FileRuns {
  const last = runs.at(-1);
  if (last?.size !== size) return [...runs, { size, count: 1 }];
  return [...runs.slice(0, -1), { size, count: last.count + 1 }];
}

export function countFiles(runs: FileRuns): number {
  return runs.reduce((count, run) => count + run.count, 0);
}

export function totalSize(runs: FileRuns): number {
  return runs.reduce((size, run) => size + run.size * run.count, 0);
}

/** The slices of files that make up this range, in order; files outside of it are not among them. */
export function slicesOf(key: string, runs: FileRuns, range: ByteRange): FileSlice[] {
  const end = range.offset + range.length;
  const slices: FileSlice[] = [];
  let number = 0;
  let start = 0;
  for (const { size, count } of runs) {
    // The first file of the run that ends behind the range's beginning.
    for (let nth = Math.max(0, Math.floor((range.offset - start) / size)); nth < count; nth += 1) {
      const fileStart = start + nth * size;
      if (fileStart >= end) return slices;
      const offset = Math.max(0, range.offset - fileStart);
      const length = Math.min(size, end - fileStart) - offset;
      if (length > 0) slices.push({ path: `${key}/${number + nth}`, offset, length, whole: length === size });
    }
    number += count;
    start += size * count;
  }
  return slices;
}
