import { lstatSync, readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import path from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { succeed } from "../../../node-agent/host/exec.ts";
import { endOfArchive } from "../../../node-agent/images/tar/write-header.ts";
import { describeNeeding, programs, root } from "../../support/needs.ts";
import { archive, written } from "./support/archive.ts";
import { sha256, UnpackWorld } from "./support/unpacking.ts";

let world: UnpackWorld;

describeNeeding([root, programs("tar", "mknod")], "a layer", () => {
  beforeAll(async () => {
    world = await UnpackWorld.make();
  });
  afterAll(() => world?.[Symbol.asyncDispose]());

  const unpack = async (...entries: Parameters<typeof archive>) =>
    (await world.unpack(archive(...entries))).root;
  const isWhiteout = (file: string) => lstatSync(file).isCharacterDevice() && lstatSync(file).rdev === 0;
  const attributes = async (folder: string, name: string) => {
    const listed = await succeed("tar", [
      "--xattrs",
      "--xattrs-include=*",
      "-C",
      folder,
      "--no-recursion",
      "-cf",
      "-",
      name,
    ]);
    return [...listed.matchAll(/SCHILY\.xattr\.([\w.]+)=(.*)\n/g)]
      .map(([, key, value]) => `${key}=${value}`)
      .toSorted();
  };

  test("comes out with owners, modes and times", async () => {
    const layer = await unpack(
      { path: "bin/", mode: 0o1777, uid: 7, gid: 8, mtime: 1000 },
      { path: "bin/su", mode: 0o4755, uid: 3, gid: 4_000_000, mtime: 12.5, content: "text" },
      { path: "bin/link", symlink: "/anywhere/at/all", uid: 5, mtime: 99 },
      { path: "./", mode: 0o711, mtime: 77 },
    );
    const file = statSync(`${layer}/bin/su`);
    expect([file.mode & 0o7777, file.uid, file.gid, file.mtimeMs]).toEqual([0o4755, 3, 4_000_000, 12_500]);
    const folder = statSync(`${layer}/bin`);
    expect([folder.mode & 0o7777, folder.uid, folder.gid, folder.mtimeMs]).toEqual([0o1777, 7, 8, 1_000_000]);
    expect([readlinkSync(`${layer}/bin/link`), lstatSync(`${layer}/bin/link`).uid]).toEqual([
      "/anywhere/at/all",
      5,
    ]);
    expect([statSync(layer).mode & 0o777, statSync(layer).mtimeMs]).toEqual([0o711, 77_000]);
    expect(readFileSync(`${layer}/bin/su`, "utf8")).toBe("text");
  });

  test.each([
    ["gzip", (bytes: Buffer) => gzipSync(bytes)],
    [
      "gzip in several members",
      (bytes: Buffer) => Buffer.concat([gzipSync(bytes.subarray(0, 700)), gzipSync(bytes.subarray(700))]),
    ],
    ["zstd", (bytes: Buffer) => zstdCompressSync(bytes)],
    [
      "zstd in several frames",
      (bytes: Buffer) =>
        Buffer.concat([zstdCompressSync(bytes.subarray(0, 700)), zstdCompressSync(bytes.subarray(700))]),
    ],
    ["no compression", (bytes: Buffer) => bytes],
  ])("is read with %s", async (_, compress) => {
    const bytes = archive({ path: "file", content: "x".repeat(100_000) });
    const layer = await world.unpack(compress(bytes), { diffId: sha256(bytes) });
    expect(readFileSync(`${layer.root}/file`, "utf8")).toBe("x".repeat(100_000));
    expect(layer).toMatchObject({
      diffId: sha256(bytes),
      size: 100_000,
      archiveSize: bytes.length,
      entries: 1,
    });
  });

  test("has names of any length and any bytes", async () => {
    const long = `${"directory/".repeat(30)}${"ü".repeat(120)}`;
    const odd = Buffer.from([0x66, 0xff, 0xfe, 0x0a]);
    const layer = await unpack(
      { path: long, content: "long" },
      { path: "to-long", symlink: long },
      { path: "raw/" },
    );
    expect(readFileSync(path.join(layer, long), "utf8")).toBe("long");
    expect(readlinkSync(`${layer}/to-long`)).toBe(long);
    const raw = written({ path: "raw/abcd", content: "raw" });
    odd.copy(raw, 4);
    const fixed = refreshChecksum(raw);
    const { root: other } = await world.unpack(Buffer.concat([fixed, endOfArchive]));
    expect(readdirSync(`${other}/raw`, { encoding: "buffer" })).toEqual([odd]);
  });

  test("has hard links, also through a symlink, and a later entry of the same name wins", async () => {
    const layer = await unpack(
      { path: "usr/lib/a", content: "a" },
      { path: "lib", symlink: "usr/lib" },
      { path: "lib/b", link: "lib/a" },
      { path: "lib/c", content: "first" },
      { path: "lib/c", content: "second" },
      { path: "lib/a", link: "usr/lib/a" },
      { path: "was-directory/x/y", content: "" },
      { path: "was-directory", content: "now a file" },
    );
    expect(statSync(`${layer}/usr/lib/a`).ino).toBe(statSync(`${layer}/usr/lib/b`).ino);
    expect(readFileSync(`${layer}/usr/lib/c`, "utf8")).toBe("second");
    expect(readFileSync(`${layer}/was-directory`, "utf8")).toBe("now a file");
  });

  test("has devices, FIFOs and attributes, which hard links share", async () => {
    const capability = Buffer.from("0100000200200000000000000000000000000000", "hex").toString("latin1");
    const layer = await unpack(
      { path: "dev/null", type: "3", mode: 0o666, major: 1, minor: 3 },
      { path: "dev/disk", type: "4", mode: 0o660, gid: 6, major: 8, minor: 0 },
      { path: "pipe", type: "6", mode: 0o600 },
      {
        path: "ping",
        content: "program",
        mode: 0o755,
        xattrs: new Map([
          ["security.capability", capability],
          ["user.note", "me"],
        ]),
      },
      { path: "ping-too", link: "ping" },
      { path: "folder/", xattrs: new Map([["user.folder", "yes"]]), mtime: 5 },
      { path: "folder/file" },
    );
    expect([lstatSync(`${layer}/dev/null`).rdev, lstatSync(`${layer}/dev/disk`).rdev]).toEqual([
      0x103, 0x800,
    ]);
    expect(lstatSync(`${layer}/dev/disk`).isBlockDevice()).toBe(true);
    expect(lstatSync(`${layer}/pipe`).isFIFO()).toBe(true);
    expect(readFileSync(`${layer}/ping`, "utf8")).toBe("program");
    expect(await attributes(layer, "ping")).toEqual([
      `security.capability=${Buffer.from(capability, "latin1").toString()}`,
      "user.note=me",
    ]);
    expect(statSync(`${layer}/ping`).ino).toBe(statSync(`${layer}/ping-too`).ino);
    expect(await attributes(layer, "folder")).toEqual(["user.folder=yes"]);
    expect(statSync(`${layer}/folder`).mtimeMs).toBe(5000);
    expect(await world.strays()).toEqual([]);
  });

  test("a device that is taken back or replaced leaves its other names", async () => {
    const layer = await unpack(
      { path: "null", type: "3", major: 1, minor: 3 },
      { path: "zero", link: "null" },
      { path: "null", content: "a file" },
    );
    expect(lstatSync(`${layer}/zero`).rdev).toBe(0x103);
    expect(readFileSync(`${layer}/null`, "utf8")).toBe("a file");
  });

  describe("hides what is below it", () => {
    test("by whiteouts, never what it has itself", async () => {
      const layer = await unpack(
        { path: "a/.wh.gone" },
        { path: "a/kept", content: "here" },
        { path: "a/.wh.kept" },
        { path: ".wh.first" },
        { path: "first", content: "later" },
      );
      expect(isWhiteout(`${layer}/a/gone`)).toBe(true);
      expect(readFileSync(`${layer}/a/kept`, "utf8")).toBe("here");
      expect(readFileSync(`${layer}/first`, "utf8")).toBe("later");
      expect(readdirSync(`${layer}/a`).toSorted()).toEqual(["gone", "kept"]);
      expect(await world.strays()).toEqual([]);
    });

    test("by opaque directories, whoever comes first", async () => {
      const layer = await unpack(
        { path: "one/.wh..wh..opq" },
        { path: "two/" },
        { path: "two/file" },
        { path: "two/.wh..wh..opq" },
        { path: ".wh.three" },
        { path: "three/file" },
        { path: "four/" },
        { path: ".wh.four" },
      );
      for (const name of ["one", "two", "three", "four"])
        expect(await attributes(layer, name), name).toEqual(["trusted.overlay.opaque=y"]);
      expect(readdirSync(`${layer}/one`)).toEqual([]);
    });

    test("as a whole, when its root is opaque", async () => {
      expect(await world.unpack(archive({ path: ".wh..wh..opq" }))).toMatchObject({ opaque: true });
      expect(await world.unpack(archive({ path: "x/.wh..wh..opq" }))).toMatchObject({ opaque: false });
    });

    test("with more whiteouts than a file may have names", async () => {
      const many = Array.from({ length: 66_000 }, (_, index) => written({ path: `.wh.${index}` }));
      const { root: layer } = await world.unpack(Buffer.concat([...many, endOfArchive]));
      expect(isWhiteout(`${layer}/65999`)).toBe(true);
      expect(await world.strays()).toEqual([]);
    });
  });

  test("lists no directories, and gets them", async () => {
    const layer = await unpack({ path: "a/b/c/file" });
    expect(statSync(`${layer}/a/b/c`).mode & 0o777).toBe(0o755);
  });

  test("is read as far as it goes when it is too short to be an archive of anything", async () => {
    expect(await world.unpack(Buffer.alloc(1024))).toMatchObject({ entries: 0, size: 0 });
  });
});

function refreshChecksum(block: Buffer): Buffer {
  block.write("        ", 148);
  const sum = block.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}
