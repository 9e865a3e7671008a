import { existsSync, lstatSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { succeed } from "../../../node-agent/host/exec.ts";
import { SeededRandom } from "../../support/random.ts";
import { describeNeeding, programs, root } from "../../support/needs.ts";
import { archive, type Planned, written } from "./support/archive.ts";
import { sha256, UnpackWorld } from "./support/unpacking.ts";

let world: UnpackWorld;

describeNeeding([root, programs("tar", "mknod")], "a hostile layer", () => {
  beforeAll(async () => {
    world = await UnpackWorld.make();
    writeFileSync(victim(), "untouched");
  });
  afterAll(() => world?.[Symbol.asyncDispose]());

  /** A file that is not the layers'. */
  const victim = () => path.join(world.folder.path, "layer-999");
  const untouched = async () => {
    expect(readFileSync(victim(), "utf8")).toBe("untouched");
    expect(lstatSync(victim()).nlink).toBe(1);
    expect(await world.strays()).toEqual([]);
  };

  const outside = "lies outside of it";
  test.each<[string, Planned[], string]>([
    ["climbs by ..", [{ path: "../layer-999", content: "x" }], outside],
    ["climbs from below", [{ path: "a/b/../../../layer-999", content: "x" }], outside],
    ["makes a directory outside", [{ path: "a/../../out/" }], outside],
    ["hides something outside", [{ path: "../.wh.layer-999" }], outside],
    ["links to what is outside", [{ path: "x", link: "../layer-999" }], outside],
    ["links to a directory", [{ path: "d/" }, { path: "x", link: "d" }], "which is no file of this layer"],
    ["links to nothing", [{ path: "x", link: "nothing" }], "which is no file of this layer"],
    ["goes through a file", [{ path: "f" }, { path: "f/g" }], '"f" is no directory in it'],
    [
      "goes in circles",
      [{ path: "a", symlink: "b" }, { path: "b", symlink: "a" }, { path: "a/x" }],
      "circle of symlinks",
    ],
    ["has a whiteout of nothing", [{ path: "a/.wh." }], "of nothing"],
    ["has a whiteout of the folder above", [{ path: "a/.wh..." }, { path: "a/.wh.." }], "of nothing"],
    ["has a name of 300 bytes", [{ path: "n".repeat(300) }], "no file system takes"],
    ["has a path of 5,000 bytes", [{ path: "dir/".repeat(1250) }], "longer"],
    ["has an entry of an unknown type", [{ path: "x", type: "Z" }], 'unknown type "Z"'],
    ["has a symlink to nowhere", [{ path: "x", symlink: "" }], "has no target"],
    ["has an owner that is none", [{ path: "x", uid: 0xffff_ffff }], "of the owner 4294967295:0"],
  ])("that %s is refused", async (_, entries, reason) => {
    await expect(world.unpack(archive(...entries))).rejects.toThrow(reason);
    await untouched();
  });

  test("cannot write through a symlink of its own, not even into a file that it names", async () => {
    const target = victim();
    const { root: layer } = await world.unpack(
      archive(
        { path: "out", symlink: path.dirname(target) },
        { path: "out/layer-999", content: "overwritten" },
        { path: "up", symlink: "../../../../../.." },
        { path: "up/evil", content: "evil" },
        { path: "file", symlink: target },
        { path: "file", content: "in place of the symlink" },
        { path: "linked", link: "out" },
        { path: "linked/more", content: "more" },
      ),
    );
    // As in chroot: the layer is the root.
    expect(readFileSync(path.join(layer, target), "utf8")).toBe("overwritten");
    expect(readFileSync(`${layer}/evil`, "utf8")).toBe("evil");
    expect(lstatSync(`${layer}/file`).isFile()).toBe(true);
    await untouched();
  });

  test("cannot swap a directory for a symlink under an entry", async () => {
    const { root: layer } = await world.unpack(
      archive(
        { path: "dir/" },
        { path: "dir/a", content: "a" },
        { path: "dir", symlink: path.dirname(victim()) },
        { path: "dir/layer-999", content: "overwritten" },
        { path: "dir/null", type: "3", major: 1, minor: 3 },
        { path: "dir/folder/", xattrs: new Map([["user.x", "y"]]) },
      ),
    );
    expect(lstatSync(path.join(layer, path.dirname(victim()), "null")).rdev).toBe(0x103);
    await untouched();
  });

  test("is not obeyed where it speaks to overlayfs", async () => {
    const xattrs = new Map([
      ["trusted.overlay.redirect", "/etc"],
      ["trusted.overlay.metacopy", "y"],
      ["user.overlay.opaque", "y"],
      ["security.selinux", "label"],
      ["system.posix_acl_access", "acl"],
      ["user.fine", "1"],
    ]);
    const { root: layer } = await world.unpack(
      archive({ path: "d/", xattrs }, { path: "f", content: "f", xattrs }),
    );
    const listed = await succeed("tar", [
      "--xattrs",
      "--xattrs-include=*",
      "-C",
      layer,
      "-cf",
      "-",
      "d",
      "f",
    ]);
    expect([...listed.matchAll(/SCHILY\.xattr\.([\w.]+)=/g)].map(([, name]) => name)).toEqual([
      "user.fine",
      "user.fine",
    ]);
  });

  test("with millions of entries, a bomb of zeros, or more than the disk has, ends at its limit", async () => {
    const entry = written({ path: "x", content: "" });
    const many = gzipSync(Buffer.concat(Array.from({ length: 20_000 }, () => entry)));
    await expect(world.unpack(many, { limits: { entries: 10_000 } })).rejects.toMatchObject({
      kind: "too-large",
      message: "the layer has more than 10000 entries",
    });
    const zeros = archive({ path: "zeros", content: Buffer.alloc(40_000_000) });
    await expect(world.unpack(gzipSync(zeros), { limits: { bytes: 20_000_000 } })).rejects.toThrow(
      "holds more than 20000000 bytes",
    );
    await expect(world.unpack(zeros, { limits: { reserve: 1e18 } })).rejects.toThrow(
      "the disk is nearly full",
    );
  });

  test("is refused for a wrong digest or diffID, also when the rest is right", async () => {
    const bytes = archive({ path: "x" });
    const wrong = sha256(Buffer.from("something else"));
    await expect(world.unpack(bytes, { digest: wrong })).rejects.toThrow(
      `has the content of ${sha256(bytes)}`,
    );
    await expect(world.unpack(gzipSync(bytes), { diffId: wrong })).rejects.toThrow(
      `unpacks to ${sha256(bytes)}, but the image's configuration says ${wrong}`,
    );
  });

  test("that breaks off anywhere is refused", async () => {
    const bytes = archive({ path: "file", content: "x".repeat(2000) }, { path: "x".repeat(200) });
    // The last 1024 bytes are the zeros at the end, and each entry may be the last.
    for (const length of [100, 512, 513, 2000, 2560 + 1, 2560 + 512, 2560 + 1024, bytes.length - 1024 - 1])
      await expect(world.unpack(bytes.subarray(0, length)), String(length)).rejects.toThrow(/truncated/);
    const compressed = gzipSync(bytes);
    await expect(world.unpack(compressed.subarray(0, compressed.length - 9))).rejects.toThrow("damaged");
  });

  test("of noise never does anything but end with a sentence", async () => {
    const random = new SeededRandom(8);
    const good = archive(
      { path: "dir/", xattrs: new Map([["user.a", "b"]]) },
      { path: `dir/${"long".repeat(40)}`, content: "some content" },
      { path: "dir/link", link: `dir/${"long".repeat(40)}` },
      { path: "dir/sym", symlink: "target" },
      { path: "dir/.wh.gone" },
    );
    for (let round = 0; round < 150; round++) {
      const bytes = Buffer.from(good);
      for (let flip = 0; flip <= random.below(6); flip++)
        bytes[random.below(bytes.length)] = random.below(256);
      if (random.below(3) > 0) repairChecksums(bytes);
      const outcome = await world.unpack(bytes).then(
        () => "unpacked",
        (error: Error) => error.name,
      );
      expect(["unpacked", "HubError"], `round ${round}`).toContain(outcome);
    }
    await untouched();
  });

  test("leaves no thread behind that would harm the next layer", async () => {
    await expect(world.unpack(Buffer.from("no archive at all".repeat(100)))).rejects.toThrow(
      "where an octal number belongs",
    );
    const { root: layer } = await world.unpack(archive({ path: "fine" }));
    expect(readdirSync(layer)).toEqual(["fine"]);
    expect(existsSync(`${layer}.aside`)).toBe(false);
  });
});

/** Makes each block whose magic is that of a header one with a right checksum. */
function repairChecksums(bytes: Buffer): void {
  for (let at = 0; at + 512 <= bytes.length; at += 512) {
    const block = bytes.subarray(at, at + 512);
    if (block.toString("latin1", 257, 262) !== "ustar") continue;
    block.write("        ", 148);
    const sum = block.reduce((total, byte) => total + byte, 0);
    block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  }
}
