import { mkdir } from "node:fs/promises";
import path from "node:path";
import { Containers } from "../node-agent/containers/index.ts";
import type { RootfsSource } from "../node-agent/containers/surroundings.ts";
import { ConmonRuntime } from "../node-agent/runtime/index.ts";
import { succeed } from "../test/support/command.ts";
import { Machine } from "../test/together/support/machine.ts";
import { makeRootfs } from "../test/node-agent/support/rootfs.ts";
import type { Benchmark } from "./measurement.ts";

const together = 50;

/** From nothing to the end of a container that does nothing, beside dockerd. Neither has a network to make: that is measured with networks. */
export const containerStart: Benchmark = {
  name: "container-start",
  needs: ["docker", "dockerd", "conmon", "runc", "busybox"],
  rounds: 10,
  async measure(stage) {
    const machine = stage.cleanup.use(await Machine.start());
    const image = await makeRootfs(path.join(stage.directory, "image"));
    await importImage(machine, image, path.join(stage.directory, "image.tar"));
    const rootfs = bareRootfs(image);
    const containers = stage.cleanup.use(
      await Containers.open({
        data: path.join(stage.directory, "data"),
        runtime: await ConmonRuntime.open(path.join(stage.directory, "run")),
        rootfs,
        signal: new AbortController().signal,
      }),
    );
    const ours = { whole: [] as number[], start: [] as number[], many: [] as number[] };
    const docker = { whole: [] as number[], start: [] as number[], many: [] as number[] };
    for (let round = 0; round < stage.rounds; round++) {
      ours.whole.push(await millisecondsOf(() => runOurs(containers, ours.start)));
      docker.whole.push(
        await millisecondsOf(() =>
          machine.succeed("docker", ["run", "--rm", "--network=none", "box", "true"]),
        ),
      );
      const id = await machine.succeed("docker", ["create", "--network=none", "box", "true"]);
      docker.start.push(await millisecondsOf(() => machine.succeed("docker", ["start", id])));
      await machine.succeed("docker", ["rm", "--force", id]);
    }
    for (let round = 0; round < Math.ceil(stage.rounds / 5); round++) {
      ours.many.push(await startMany(() => runOurs(containers, [])));
      docker.many.push(
        await startMany(() => machine.succeed("docker", ["run", "--rm", "--network=none", "box", "true"])),
      );
    }
    const monitor = await monitorMemory(containers);
    const common = { unit: "ms", better: "less" as const };
    return [
      {
        name: "create, start, wait and remove of `true`, no network",
        ...common,
        ours: ours.whole,
        peer: docker.whole,
        peerName: "docker run --rm --network none",
        wanted: { ratio: 2.5 },
      },
      {
        name: "start alone, no network",
        ...common,
        ours: ours.start,
        peer: docker.start,
        peerName: "docker start",
        wanted: { ratio: 5 },
      },
      {
        name: `${together} of them at once`,
        ...common,
        ours: ours.many,
        peer: docker.many,
        peerName: "docker run --rm --network none",
        wanted: { ratio: 2.5 },
      },
      {
        name: "memory of a running container's monitor, RSS",
        unit: "MiB",
        better: "less" as const,
        ours: [monitor],
        peer: [monitor],
        peerName: "itself",
        wanted: { below: 6 },
      },
    ];
  },
};

async function runOurs(containers: Containers, starts: number[]): Promise<void> {
  const { id } = await containers.create({ image: "box", body: { Cmd: ["true"], ...isolated } });
  const ended = containers.wait(id, "next-exit");
  starts.push(await millisecondsOf(() => containers.start(id)));
  await ended;
  await containers.remove(id);
}

const isolated = { HostConfig: { NetworkMode: "none" } };

function startMany(one: () => Promise<unknown>): Promise<number> {
  return millisecondsOf(() => Promise.all(Array.from({ length: together }, one)));
}

async function monitorMemory(containers: Containers): Promise<number> {
  const { id } = await containers.create({ image: "box", body: { Cmd: ["sleep", "600"], ...isolated } });
  await containers.start(id);
  const { pid } = containers.inspect(id).state;
  const monitor = (await succeed("ps", ["-o", "ppid=", "-p", String(pid)])).trim();
  const kilobytes = Number(await succeed("ps", ["-o", "rss=", "-p", monitor]));
  await containers.remove(id, { force: true });
  return kilobytes / 1024;
}

/** A writable layer over the image for each container, as the image store makes it. */
function bareRootfs(image: string): RootfsSource {
  const place = (folder: string, name: string) => path.join(folder, name);
  return {
    // The folder stays until the measurement is over.
    hold: () => {},
    async mountRootfs(_: string, folder: string) {
      for (const name of ["rootfs", "upper", "work"]) await mkdir(place(folder, name), { recursive: true });
      const options = `lowerdir=${image},upperdir=${place(folder, "upper")},workdir=${place(folder, "work")}`;
      await succeed("mount", [
        "--types",
        "overlay",
        "--options",
        options,
        "overlay",
        place(folder, "rootfs"),
      ]);
      return { path: place(folder, "rootfs") };
    },
    async release(folder: string) {
      await succeed("sh", ["-c", 'umount "$1" 2>/dev/null; true', "sh", place(folder, "rootfs")]);
    },
    async removeRootfs(folder: string) {
      await succeed("rm", ["-rf", "--one-file-system", folder]);
    },
  };
}

async function importImage(machine: Machine, image: string, archive: string): Promise<void> {
  await succeed("tar", ["--create", "--file", archive, "--directory", image, "."]);
  await machine.succeed("docker", ["import", archive, "box"]);
}

async function millisecondsOf(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
