import { mkdir, readFile, readdir, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import { readOptional, writeAtomically } from "../../../node-agent/host/files.ts";
import { mountsBelow, unmount } from "../../../node-agent/host/mounts.ts";
import { succeed } from "../../../node-agent/host/exec.ts";
import { describeNeeding, root } from "../../support/needs.ts";
import { TemporaryFolder } from "../support/temporary-folder.ts";

test("a file that is not there is undefined, a folder in its place is an error", async () => {
  await using folder = await TemporaryFolder.make();
  expect(await readOptional(path.join(folder.path, "none"))).toBeUndefined();
  await expect(readOptional(folder.path)).rejects.toThrow("EISDIR");
});

test("writing replaces the whole content, with the mode asked for, and leaves nothing beside it", async () => {
  await using folder = await TemporaryFolder.make();
  const file = path.join(folder.path, "state");
  await writeFile(file, "a long old content");
  await writeAtomically(file, "new", 0o640);
  expect(await readFile(file, "utf8")).toBe("new");
  expect((await stat(file)).mode & 0o777).toBe(0o640);
  expect(await readdir(folder.path)).toEqual(["state"]);
});

test("of many writers at once one wins whole", async () => {
  await using folder = await TemporaryFolder.make();
  const file = path.join(folder.path, "state");
  const contents = Array.from({ length: 20 }, (_, index) => String(index).repeat(10_000));
  await Promise.all(contents.map((content) => writeAtomically(file, content)));
  expect(contents).toContain(await readFile(file, "utf8"));
  expect(await readdir(folder.path)).toEqual(["state"]);
});

test("writing that fails leaves nothing", async () => {
  await using folder = await TemporaryFolder.make();
  await mkdir(path.join(folder.path, "state"));
  await expect(writeAtomically(path.join(folder.path, "state"), "x")).rejects.toThrow(
    /EISDIR|ENOTEMPTY|EEXIST/,
  );
  expect(await readdir(folder.path)).toEqual(["state"]);
});

describeNeeding([root], "mounts", () => {
  test("are found by their place, and all taken away, also where two lie on each other", async () => {
    await using folder = await TemporaryFolder.make();
    const place = path.join(folder.path, "with space");
    await mkdir(place);
    for (let count = 0; count < 2; count++) await succeed("mount", ["-t", "tmpfs", "none", place]);
    expect(await mountsBelow(folder.path)).toEqual([place, place]);
    await unmount(place);
    expect(await mountsBelow(folder.path)).toEqual([]);
  });
});
