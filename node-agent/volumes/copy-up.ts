import { lstat, readdir, rename, rmdir } from "node:fs/promises";
import path from "node:path";
import { succeed } from "../host/exec.ts";
import { codeOf } from "../host/files.ts";
import { resolveInRoot } from "../host/root-path.ts";

/** What is being copied, and what has been copied whole and only has to be moved to its place. */
const draft = "_draft";
const whole = "_whole";

/**
 * Copies what the image has in a volume's place into the volume, when that is empty. The image may be hostile: its symlinks are
 * followed within its own root, and copied as they are. After a kill the copy is begun again, or the moving finished.
 */
export async function fill(volume: string, rootfs: string, destination: string): Promise<void> {
  await finishFilling(volume);
  if ((await readdir(path.join(volume, "_data"))).length > 0) return;
  const source = await resolveInRoot(rootfs, destination).catch(() => undefined);
  if (source === undefined || !(await isFolder(source))) return;
  await succeed(
    "cp",
    ["--archive", "--one-file-system", "--no-target-directory", "--", source, path.join(volume, draft)],
    { deadline: 600_000 },
  );
  await rename(path.join(volume, draft), path.join(volume, whole));
  await finishFilling(volume);
}

/** Into the folder that is there, and not in its stead: a container that runs may have it. */
export async function finishFilling(volume: string): Promise<void> {
  const [from, to] = [path.join(volume, whole), path.join(volume, "_data")];
  if (await isFolder(path.join(volume, draft)))
    await succeed("rm", ["-rf", "--one-file-system", path.join(volume, draft)], { deadline: 600_000 });
  if (!(await isFolder(from))) return;
  // Names need not be UTF-8.
  for (const name of await readdir(from, { encoding: "buffer" })) await rename(at(from, name), at(to, name));
  // Owner, mode, times and attributes of the folder itself.
  await succeed("cp", ["--archive", "--attributes-only", "--no-target-directory", "--", from, to]);
  await rmdir(from);
}

const at = (folder: string, name: Buffer) => Buffer.concat([Buffer.from(`${folder}/`), name]);

async function isFolder(place: string): Promise<boolean> {
  try {
    return (await lstat(place)).isDirectory();
  } catch (error) {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return false;
    throw error;
  }
}
