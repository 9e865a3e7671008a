import { mkdir, readFile, symlink, link, writeFile, chmod, lchown, lutimes, open } from "node:fs/promises";
import { execFileSync } from "node:child_process";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { succeed } from "../../../node-agent/host/exec.ts";
import { describeNeeding, programs, root } from "../../support/needs.ts";
import { SeededRandom } from "../../support/random.ts";
import { UnpackWorld } from "./support/unpacking.ts";

const trees = 3;

describeNeeding([root, programs("tar", "mknod", "find")], "any tree of files", () => {
  test.each([
    ["gnu", ["--sparse"]],
    ["posix", ["--sparse", "--sparse-version=0.0"]],
    ["posix", ["--sparse", "--sparse-version=0.1"]],
    ["posix", ["--sparse", "--sparse-version=1.0"]],
    ["ustar", []],
  ])("comes out of an archive of GNU tar (%s %j) as it went in", async (format, options) => {
    await using world = await UnpackWorld.make();
    for (let seed = 0; seed < trees; seed++) {
      const source = path.join(world.folder.path, `layer-${9000 + seed}`);
      await mkdir(source);
      await plant(source, new SeededRandom(seed), format === "ustar");
      const packed = `${source}.blob`;
      await succeed("tar", [
        "--create",
        `--format=${format}`,
        "--numeric-owner",
        ...options,
        "-C",
        source,
        "-f",
        packed,
        ".",
      ]);
      const { root: layer } = await world.unpack(gzipSync(await readFile(packed), { level: 1 }));
      expect(await listing(layer), `seed ${seed}`).toEqual(await listing(source));
    }
  });
});

/** Files, directories, links, devices, holes, wild names, owners and times. */
async function plant(folder: string, random: SeededRandom, short: boolean): Promise<void> {
  const folders = [folder];
  const files: string[] = [];
  for (let count = 0; count < 60; count++) {
    const place = path.join(folders[random.below(folders.length)] ?? folder, wildName(random, count, short));
    const kind = random.below(9);
    if (kind === 0 && folders.length < 12) {
      await mkdir(place);
      folders.push(place);
      continue;
    } else if (kind === 1) await symlink(random.below(2) ? "../somewhere/else" : "/absolute/place", place);
    else if (kind === 2 && files.length > 0) {
      await link(files[random.below(files.length)] ?? "", place);
      continue;
    } else if (kind === 3) {
      const type = ["b", "c", "p"][random.below(3)] ?? "p";
      execFileSync("mknod", [
        place,
        type,
        ...(type === "p" ? [] : [String(1 + random.below(200)), String(random.below(200))]),
      ]);
    } else if (kind === 4) {
      await using file = await open(place, "wx");
      for (let part = 0; part < random.below(9); part++)
        await file.write(
          random.bytes(1 + random.below(9000)),
          0,
          null,
          part * 100_000 + random.below(50_000),
        );
      await file.truncate(1_000_000 + random.below(100_000));
    } else
      await writeFile(
        place,
        random.bytes(random.below(3) === 0 ? random.below(300_000) : random.below(2000)),
      );
    if (kind > 3 || kind === 0 || kind === 2) files.push(place);
    await lchown(place, random.below(70_000), random.below(short ? 70_000 : 4_000_000));
    if (kind !== 1) await chmod(place, random.below(0o10000));
  }
  for (const place of [...files, ...folders.toReversed()]) {
    const time = random.below(2_000_000_000);
    await lutimes(place, time, time);
  }
}

function wildName(random: SeededRandom, count: number, short: boolean): string {
  const tails = [
    "",
    " with blank",
    "ünïcödé",
    "\nline",
    "-" + "l".repeat(short ? 20 : 180),
    "'\"\\*?",
    ".wh",
    "%41",
  ];
  return `${count}${tails[random.below(tails.length)] ?? ""}`;
}

/** All that a listing can say of each file, by its path; and what is in it. */
async function listing(folder: string): Promise<string[]> {
  const stated = await succeed("find", [".", "-printf", "%P|%y|%m|%U:%G|%n|%l|%T@|\\0"], {
    cwd: folder,
  });
  const sums = await succeed("find", [".", "-type", "f", "-exec", "sha256sum", "--zero", "{}", "+"], {
    cwd: folder,
  });
  const devices = await succeed(
    "find",
    [".", "(", "-type", "b", "-o", "-type", "c", ")", "-exec", "stat", "-c", "%n %t:%T", "{}", "+"],
    { cwd: folder },
  );
  // A device has no time of ours: only files and folders were given one.
  const lines = stated
    .split("\0")
    .map((line) => (/\|[dfl]\|/.test(line) ? line : line.replace(/\|[\d.]+\|$/, "")));
  const timeless = lines.map((line) => (/\|l\|/.test(line) ? line.replace(/\|[\d.]+\|$/, "") : line));
  return [...timeless, ...sums.split("\0"), ...devices.split("\n")].toSorted();
}
