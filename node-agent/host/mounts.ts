import { readFile } from "node:fs/promises";
import { execute, succeed } from "./exec.ts";

/** The mount points below a folder and the folder itself, the innermost first. */
export async function mountsBelow(folder: string): Promise<string[]> {
  const table = await readFile("/proc/self/mountinfo", "utf8");
  const places = table.split("\n").map((line) => unescape(line.split(" ")[4] ?? ""));
  return places.filter((place) => place === folder || place.startsWith(`${folder}/`)).toReversed();
}

/**
 * Takes away what is mounted on a folder, all of it when that is several. A mount that is still in use vanishes from the tree now and
 * ends with its last user. It is no error when nothing is mounted.
 */
export async function unmount(folder: string): Promise<void> {
  while ((await mountsBelow(folder)).includes(folder)) {
    const { code } = await execute("umount", ["--no-canonicalize", folder]);
    if (code !== 0) await succeed("umount", ["--no-canonicalize", "--lazy", folder]);
  }
}

/** The kernel writes space, tab, line feed and backslash in octal. */
function unescape(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
}
