import { cp, mkdir, readdir, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Machine } from "../test/together/support/machine.ts";
import { mebibyte } from "./content.ts";
import type { Registry } from "./registries.ts";

/** Five layers of the machine's own programs and libraries, which compress as those of images do: about 580 MB, 220 MB compressed. */
const layers = 5;
const layerSize = 116 * mebibyte;
const sources = ["/usr/lib", "/usr/bin", "/usr/share", "/usr/sbin"];

/** Logs docker and podman in, where the registry wants that. */
export async function signIn(machine: Machine, { host, credential }: Registry): Promise<void> {
  if (credential === undefined) return;
  const { user, password } = credential;
  await machine.succeed("docker", ["login", "--username", user, "--password-stdin", host], password);
  await machine.succeed(
    "podman",
    ["login", "--tls-verify=false", "--username", user, "--password-stdin", host],
    password,
  );
}

/** Makes both images with docker, and pushes them. The second has all layers of the first but its last, and one of a few megabytes instead. */
export async function buildAndPush(machine: Machine, first: string, second: string): Promise<void> {
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
