import { createHash, randomBytes } from "node:crypto";
import { open } from "node:fs/promises";

import { succeed } from "../test/support/command.ts";

export const mebibyte = 1024 * 1024;

/** Writes `size` bytes that no compressor makes smaller, and answers with their sha256 digest. */
export async function randomFile(path: string, size: number): Promise<string> {
  const hash = createHash("sha256");
  await using file = await open(path, "wx");
  for (let written = 0; written < size; written += mebibyte) {
    const bytes = randomBytes(Math.min(mebibyte, size - written));
    hash.update(bytes);
    await file.write(bytes);
  }
  return `sha256:${hash.digest("hex")}`;
}

/** A file of `size` bytes with its own digest that takes no room on disk: one random MiB, then a hole. */
export async function sparseFile(path: string, size: number): Promise<string> {
  const hash = createHash("sha256");
  const head = randomBytes(mebibyte);
  const hole = Buffer.alloc(mebibyte);
  await using file = await open(path, "wx");
  await file.write(head);
  await file.truncate(size);
  hash.update(head);
  for (let hashed = mebibyte; hashed < size; hashed += mebibyte)
    hash.update(hole.subarray(0, Math.min(mebibyte, size - hashed)));
  return `sha256:${hash.digest("hex")}`;
}

/** Waits until the disk has what was written before, so that no measurement pays for its predecessor. */
export async function settle(): Promise<void> {
  await succeed("sync", [], { deadline: 120_000 });
}
