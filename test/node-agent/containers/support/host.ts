import { mkdir } from "node:fs/promises";
import path from "node:path";
import { Containers, type ContainersOptions } from "../../../../node-agent/containers/containers.ts";
import type { ContainerEvent } from "../../../../node-agent/containers/events.ts";
import { writtenBytes, type LogEntry } from "../../../../node-agent/containers/log-lines.ts";
import type { RootfsSource } from "../../../../node-agent/containers/surroundings.ts";
import { succeed } from "../../../../node-agent/host/exec.ts";
import { mountsBelow, unmount } from "../../../../node-agent/host/mounts.ts";
import { ConmonRuntime } from "../../../../node-agent/runtime/index.ts";

/** Containers of a folder, whose only image is a root file system that lies in it. */
export async function openContainers(
  folder: string,
  changes: Partial<ContainersOptions> = {},
): Promise<{ containers: Containers; events: ContainerEvent[]; complaints: string[] }> {
  const events: ContainerEvent[] = [];
  const complaints: string[] = [];
  const containers = await Containers.open({
    data: path.join(folder, "data"),
    runtime: await ConmonRuntime.open(path.join(folder, "run")),
    rootfs: overlays(path.join(folder, "image")),
    network: {
      prepare: () => Promise.resolve({ place: { kind: "none" } }),
      release: () => Promise.resolve(),
    },
    onEvent: (event) => events.push(event),
    onComplaint: (sentence) => complaints.push(sentence),
    signal: new AbortController().signal,
    ...changes,
  });
  return { containers, events, complaints };
}

/** Each container gets the image with a writable layer over it, as from the image store. */
function overlays(lower: string): RootfsSource {
  return {
    hold() {},
    async mountRootfs(_, folder) {
      const place = (name: string) => path.join(folder, name);
      for (const name of ["rootfs", "upper", "work"]) await mkdir(place(name), { recursive: true });
      const mounted = await mountsBelow(place("rootfs"));
      const options = `lowerdir=${lower},upperdir=${place("upper")},workdir=${place("work")}`;
      if (mounted.length === 0)
        await succeed("mount", ["--types", "overlay", "--options", options, "overlay", place("rootfs")]);
      return { path: place("rootfs") };
    },
    release: (folder) => unmount(path.join(folder, "rootfs")),
    async removeRootfs(folder) {
      await unmount(path.join(folder, "rootfs"));
      const items = ["rootfs", "upper", "work"].map((name) => path.join(folder, name));
      await succeed("rm", ["-rf", "--one-file-system", ...items]);
    },
  };
}

/** What has been written to one stream, or to both. */
export async function written(
  output: AsyncIterable<LogEntry[]>,
  stream?: LogEntry["stream"],
): Promise<string> {
  const found: Buffer[] = [];
  for await (const entries of output)
    for (const entry of entries)
      if (stream === undefined || entry.stream === stream) found.push(writtenBytes(entry));
  return Buffer.concat(found).toString();
}
