import { chmod, chown, mkdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { HubError } from "#shared/errors";
import { succeed } from "../host/exec.ts";
import { mountsBelow, unmount } from "../host/mounts.ts";
import type { LayerRow } from "./catalog.ts";
import type { StoreDirectory } from "./store-directory.ts";

/** A container's file system while it is mounted. */
export interface Rootfs {
  /** Where it is mounted. */
  path: string;
  /** What the container has changed lies here. */
  upper: string;
}

/** The kernel takes one page of options. */
const maximumOptions = 4095;

/**
 * Mounts layers, the lowest first, with a writable one of the container's own in `folder`. Mounting what is mounted changes nothing.
 *
 * @throws HubError `invalid` for a folder whose name overlayfs cannot be told, `unavailable` when it cannot be mounted.
 */
export async function mountLayers(
  directory: StoreDirectory,
  layers: readonly LayerRow[],
  folder: string,
): Promise<Rootfs> {
  if (/[,:\\]/.test(folder))
    throw new HubError(
      "invalid",
      `the folder ${folder} has a comma, colon or backslash in its name, which overlayfs cannot have`,
    );
  const place = (name: string) => path.join(folder, name);
  const rootfs = { path: place("rootfs"), upper: place("upper") };
  if ((await mountsBelow(rootfs.path)).includes(rootfs.path)) return rootfs;
  const lower = lowerFolders(layers);
  if (lower.length === 0) {
    await mkdir(place("lower"), { recursive: true, mode: 0o755 });
    lower.push(place("lower"));
  }
  for (const name of ["rootfs", "work"]) await mkdir(place(name), { recursive: true, mode: 0o755 });
  const made = await mkdir(rootfs.upper, { recursive: true, mode: 0o755 });
  if (made !== undefined) await takeRootFrom(directory, lower[0] ?? "", rootfs.upper);
  // Relative to the layers' folder, so that five hundred of them fit.
  const options = [
    `lowerdir=${lower.join(":")}`,
    `upperdir=${rootfs.upper}`,
    `workdir=${place("work")}`,
    ...(await switches()),
  ].join(",");
  if (options.length > maximumOptions)
    throw new HubError(
      "unavailable",
      `${lower.length} layers do not fit into the options of one mount; use a shorter data directory`,
    );
  try {
    await succeed("mount", ["--types", "overlay", "--options", options, "overlay", rootfs.path], {
      cwd: directory.layers,
      // The newer way to mount takes options of 256 bytes each.
      env: { LIBMOUNT_FORCE_MOUNT2: "always" },
    });
  } catch (cause) {
    throw new HubError("unavailable", `the image cannot be mounted: ${String(cause)}`, { cause });
  }
  return rootfs;
}

/** Takes the mount away, and leaves what the container has written. */
export async function unmountLayers(folder: string): Promise<void> {
  await unmount(path.join(folder, "rootfs"));
}

/** Removes what a container has written. */
export async function removeUpper(folder: string): Promise<void> {
  const items = ["upper", "work", "lower", "rootfs"].map((name) => path.join(folder, name));
  // By rm(1): a container may give names that are not UTF-8.
  await succeed("rm", ["-rf", "--one-file-system", ...items], { deadline: 600_000 });
}

/** The folders as overlayfs wants them, the top first. It refuses one that comes twice: of these the upper one counts, which has all that the lower has. */
function lowerFolders(layers: readonly LayerRow[]): string[] {
  const folders: string[] = [];
  for (const { folder, opaque } of layers.toReversed()) {
    if (!folders.includes(folder)) folders.push(folder);
    if (opaque) break;
  }
  return folders;
}

/** The root's owner and mode come from the upper folder, whatever the layers say. */
async function takeRootFrom(directory: StoreDirectory, top: string, upper: string): Promise<void> {
  const source = path.isAbsolute(top) ? top : directory.layer(top);
  const found = await stat(source).catch(() => undefined);
  if (!found?.isDirectory())
    throw new HubError("unavailable", `the layer ${source} is not there; pull the image again`);
  await chown(upper, found.uid, found.gid);
  await chmod(upper, found.mode & 0o7777);
}

/** Kernels are built with different defaults; what `diff` and `commit` read must not depend on them. */
async function switches(): Promise<string[]> {
  const names = ["index", "metacopy", "redirect_dir"];
  const known = await Promise.all(
    names.map((name) =>
      readFile(`/sys/module/overlay/parameters/${name}`).then(
        () => true,
        () => false,
      ),
    ),
  );
  return names.filter((_, position) => known[position]).map((name) => `${name}=off`);
}
