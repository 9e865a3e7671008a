import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { succeed } from "../support/command.ts";

const built = "workers/web/built";

test("what pages load is what `npm run assets` makes of client/ and style/ now", async () => {
  const { scripts } = JSON.parse(await readFile("package.json", "utf8")) as { scripts: { assets: string } };
  const fresh = await mkdtemp(path.join(tmpdir(), "wherry-assets-"));
  try {
    const [, ...args] = scripts.assets.replace(`--outdir=${built}`, `--outdir=${fresh}`).split(" ");
    await succeed("node_modules/.bin/esbuild", args);
    const names = await readdir(fresh);
    expect(names.toSorted()).toEqual((await readdir(built)).toSorted());
    for (const name of names)
      expect(await readFile(path.join(built, name), "utf8"), name).toBe(
        await readFile(path.join(fresh, name), "utf8"),
      );
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
});

test("the letters are those of their package", async () => {
  const packed = "node_modules/@fontsource-variable/public-sans/files/public-sans-latin-wght-normal.woff2";
  const font = await readFile(packed);
  expect(await readFile("workers/web/font/public-sans.woff2.txt", "utf8")).toBe(font.toString("base64"));
  expect(font.byteLength).toBeLessThan(40_000);
});

test("they are small: what a page needs besides itself is below 20 kB, compressed", async () => {
  const sizes = await Promise.all(
    (await readdir(built)).map(async (name) => gzipSync(await readFile(path.join(built, name))).byteLength),
  );
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(20_000);
});
