import { cp, mkdir, readdir, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { ImageStore } from "../node-agent/images/index.ts";
import type { Credential } from "../node-agent/images/registry/credential.ts";
import { Machine } from "../test/together/support/machine.ts";
import { mebibyte, settle } from "./content.ts";
import type { Benchmark, Stage } from "./measurement.ts";
import type { Registry } from "./registries.ts";

/** Five layers of the machine's own programs and libraries, which compress as those of images do: about 580 MB, 220 MB compressed. */
const layers = 5;
const layerSize = 116 * mebibyte;
const sources = ["/usr/lib", "/usr/bin", "/usr/share", "/usr/sbin"];

/** What a user waits for before a first container: the pull of a whole image, by our store, by dockerd and by podman, from the same registry, ours. */
export const pull: Benchmark = {
  name: "pull",
  needs: ["docker", "dockerd", "podman", "tar", "mount"],
  rounds: 5,
  async measure(stage) {
    const machine = stage.cleanup.use(await Machine.start());
    const { ours } = stage;
    const first = `${ours.host}/admin/bench:first`;
    const second = `${ours.host}/admin/bench:second`;
    await signIn(machine, ours);
    await buildAndPush(machine, first, second);
    const times: Record<"ours" | "docker" | "podman" | "again", number[]> = {
      ours: [],
      docker: [],
      podman: [],
      again: [],
    };
    for (let round = 0; round < stage.rounds; round++) {
      await measureOurs(stage, first, second, times);
      await machine.forgetImages("docker");
      await settle();
      times.docker.push(await secondsOf(machine.succeed("docker", ["pull", "--quiet", first])));
      await machine.forgetImages("docker");
      await settle();
      times.podman.push(
        await secondsOf(machine.succeed("podman", ["pull", "--quiet", "--tls-verify=false", first])),
      );
      await machine.forgetImages("podman");
    }
    const common = { unit: "s", better: "less" as const, ours: times.ours };
    return [
      {
        name: "pull of 580 MB in 5 layers, dockerd",
        ...common,
        peer: times.docker,
        peerName: "docker pull",
        wanted: { ratio: 2 },
      },
      {
        name: "pull of 580 MB in 5 layers, podman",
        ...common,
        peer: times.podman,
        peerName: "podman pull",
        wanted: { ratio: 2 },
      },
      {
        name: "pull of a second image with one layer of its own",
        ...common,
        ours: times.again,
        peer: times.ours,
        peerName: "the first",
        wanted: { ratio: 5 },
      },
    ];
  },
};

async function measureOurs(
  stage: Stage,
  first: string,
  second: string,
  times: Record<"ours" | "again", number[]>,
): Promise<void> {
  const folder = path.join(stage.directory, "store");
  const credential: Credential = stage.ours.credential
    ? { kind: "password", ...stage.ours.credential }
    : { kind: "anonymous" };
  await settle();
  {
    await using store = await ImageStore.open(folder);
    times.ours.push(await secondsOf(store.pull(first, credential)));
    await store.flush();
    times.again.push(await secondsOf(store.pull(second, credential)));
  }
  await rm(folder, { recursive: true });
}

async function signIn(machine: Machine, { host, credential }: Registry): Promise<void> {
  if (credential === undefined) return;
  const { user, password } = credential;
  await machine.succeed("docker", ["login", "--username", user, "--password-stdin", host], password);
  await machine.succeed(
    "podman",
    ["login", "--tls-verify=false", "--username", user, "--password-stdin", host],
    password,
  );
}

/** The second image has all layers of the first but its last, and one of a few megabytes instead. */
async function buildAndPush(machine: Machine, first: string, second: string): Promise<void> {
  const folder = `${machine.folder}/image`;
  await mkdir(folder);
  const left = files(sources);
  for (let layer = 0; layer < layers; layer++) await fill(path.join(folder, String(layer)), left);
  await writeFile(`${folder}/small`, Buffer.alloc(5 * mebibyte, "a small layer of its own"));
  for (const [name, last] of [
    [first, `COPY ${layers - 1} /${layers - 1}`],
    [second, "COPY small /"],
  ] as const) {
    const steps = [
      "FROM scratch",
      ...Array.from({ length: layers - 1 }, (_, layer) => `COPY ${layer} /${layer}`),
      last,
    ];
    await writeFile(`${folder}/Dockerfile`, steps.join("\n"));
    await machine.succeed("docker", ["build", "--quiet", "--tag", name, folder]);
    await machine.succeed("docker", ["push", "--quiet", name]);
  }
  await rm(folder, { recursive: true });
}

/** Copies files until there are enough for a layer. */
async function fill(folder: string, left: AsyncGenerator<{ file: string; size: number }>): Promise<void> {
  let size = 0;
  while (size < layerSize) {
    const next = await left.next();
    if (next.done) throw new Error(`${sources.join(", ")} hold too little for an image of this size`);
    await cp(next.value.file, path.join(folder, next.value.file), { recursive: true });
    size += next.value.size;
  }
}

async function* files(folders: readonly string[]): AsyncGenerator<{ file: string; size: number }> {
  for (const folder of folders)
    for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
      if (!entry.isFile()) continue;
      const file = path.join(entry.parentPath, entry.name);
      const { size } = await stat(file);
      if (size < layerSize / 4) yield { file, size };
    }
}

async function secondsOf(work: Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work;
  return (performance.now() - start) / 1000;
}
