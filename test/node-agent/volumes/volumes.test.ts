import {
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  symlink,
  writeFile,
  chmod,
  chown,
} from "node:fs/promises";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { plannedMounts, Volumes } from "../../../node-agent/volumes/index.ts";
import { describeNeeding, root } from "../../support/needs.ts";
import { TemporaryFolder } from "../support/temporary-folder.ts";

const container = "c".repeat(64);
const nothing = { container, binds: [], mounts: [], places: [], tmpfs: [], from: [] };
const plan = (...binds: string[]) => plannedMounts({ ...nothing, binds });

describe("what a container mounts", () => {
  test("is read from -v", () => {
    expect(plan("/srv/../data:/data:ro,rslave")).toMatchObject([
      {
        kind: "bind",
        source: "/data",
        destination: "/data",
        readOnly: true,
        propagation: "rslave",
        makeSource: true,
      },
    ]);
    expect(plan("db:/var/lib/db/:nocopy")).toMatchObject([
      { kind: "volume", source: "db", destination: "/var/lib/db", copyUp: false, anonymous: false },
    ]);
  });

  test("is named after the container where it has no name, and is the same each time", () => {
    const wish = { ...nothing, places: ["/data", "/cache", "/tmp"], tmpfs: ["/tmp"] };
    const [first, second] = plannedMounts(wish);
    expect(plannedMounts(wish)).toEqual([first, second]);
    expect(first).toMatchObject({
      anonymous: true,
      destination: "/data",
      source: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(first?.source).not.toBe(second?.source);
    expect(plannedMounts({ ...wish, container: "d".repeat(64) })[0]?.source).not.toBe(first?.source);
  });

  test("is another's where it wants that, and what is asked by name wins", () => {
    const other = plan("db:/db", "/srv:/srv");
    const found = plannedMounts({
      ...nothing,
      binds: ["own:/db"],
      places: ["/srv"],
      from: [{ plan: other, readOnly: true }],
    });
    expect(found.map(({ source, readOnly }) => [source, readOnly])).toEqual([
      ["own", false],
      ["/srv", true],
    ]);
  });

  test.each([
    "../etc:/data",
    "a/../../etc:/data",
    ".:/data",
    "-rf:/data",
    ".new-x:/data",
    "a\nb:/data",
    "db:data",
    "db:/",
    "db:/x/..",
    "db:/data:strange",
    "db::ro",
    "a:b:c:d",
  ])("is refused: %j", (text) => {
    expect(() => plan(text)).toThrow(expect.objectContaining({ kind: "invalid" }) as Error);
  });

  test("has each place once", () => {
    expect(() => plan("a1:/data", "b1:/data/")).toThrow("Duplicate mount point: /data");
  });
});

describeNeeding([root], "volumes", () => {
  test("last, and the same name is the same volume", async () => {
    await using folder = await TemporaryFolder.make();
    const volumes = await open(folder);
    const made = await volumes.create({ name: "db", labels: { tier: "one" } });
    await writeFile(path.join(made.mountpoint, "file"), "kept");
    expect(await volumes.create({ name: "db" })).toEqual(made);
    const again = await open(folder);
    expect(again.list()).toEqual([made]);
    expect(await readFile(path.join(again.inspect("db").mountpoint, "file"), "utf8")).toBe("kept");
    expect(await again.size("db")).toBeGreaterThan(0);
  });

  test("are made once by whoever comes first", async () => {
    await using folder = await TemporaryFolder.make();
    const volumes = await open(folder);
    const made = await Promise.all(Array.from({ length: 8 }, () => volumes.create({ name: "db" })));
    expect(new Set(made).size).toBe(1);
    expect(await readdir(store(folder))).toEqual(["db"]);
  });

  test("stay while a container has them", async () => {
    await using folder = await TemporaryFolder.make();
    const users = [container];
    const volumes = await open(folder, (name) => (name === "used" ? users : []));
    for (const name of ["used", "free"]) await volumes.create({ name });
    await expect(volumes.remove("used")).rejects.toThrow(`remove used: volume is in use - [${container}]`);
    await expect(volumes.remove("none")).rejects.toThrow("get none: no such volume");
    await volumes.remove("none", { force: true });
    expect((await volumes.prune(() => true)).removed).toEqual(["free"]);
    users.pop();
    await volumes.remove("used");
    expect(await readdir(store(folder))).toEqual([]);
  });

  test.each(["../outside", "..", "a/b", "a", "", "x\0y"])("have no name such as %j", async (name) => {
    await using folder = await TemporaryFolder.make();
    const volumes = await open(folder);
    await expect(volumes.remove(name)).rejects.toMatchObject({ kind: "not-found" });
    if (name !== "") await expect(volumes.create({ name })).rejects.toMatchObject({ kind: "invalid" });
  });

  test("refuse drivers and options that they do not know", async () => {
    await using folder = await TemporaryFolder.make();
    const volumes = await open(folder);
    await expect(volumes.create({ driver: "nfs" })).rejects.toThrow('plugin "nfs" not found');
    await expect(volumes.create({ options: { type: "nfs" } })).rejects.toThrow('invalid option: "type"');
  });

  test("begin with what the image has in their place, with owner, mode and links", async () => {
    await using folder = await TemporaryFolder.make();
    const rootfs = path.join(folder.path, "rootfs");
    await mkdir(path.join(rootfs, "srv/db/sub"), { recursive: true });
    await writeFile(path.join(rootfs, "srv/db/sub/file"), "from the image");
    await symlink("/etc/shadow", path.join(rootfs, "srv/db/link"));
    await chown(path.join(rootfs, "srv/db"), 33, 44);
    await chmod(path.join(rootfs, "srv/db"), 0o2750);
    const volumes = await open(folder);
    const [mount] = await volumes.prepare(plan("db:/srv/db"), rootfs);
    const place = mount?.source ?? "";
    expect(await readFile(path.join(place, "sub/file"), "utf8")).toBe("from the image");
    expect(await readlink(path.join(place, "link"))).toBe("/etc/shadow");
    expect(await lstat(place)).toMatchObject({ uid: 33, gid: 44, mode: 0o42750 });
    await writeFile(path.join(place, "sub/file"), "changed");
    await volumes.prepare(plan("db:/srv/db"), rootfs);
    expect(await readFile(path.join(place, "sub/file"), "utf8")).toBe("changed");
    expect((await readdir(path.dirname(place))).toSorted()).toEqual(["_data", "volume.json"]);
    const [bare] = await volumes.prepare(plan("bare:/srv/db:nocopy"), rootfs);
    expect(await readdir(bare?.source ?? "")).toEqual([]);
  });

  test("take nothing of the host, whatever links the image has", async () => {
    await using folder = await TemporaryFolder.make();
    const rootfs = path.join(folder.path, "rootfs");
    const outside = path.join(folder.path, "outside");
    for (const place of [rootfs, outside, path.join(rootfs, "etc")]) await mkdir(place, { recursive: true });
    await writeFile(path.join(outside, "secret"), "of the host");
    await writeFile(path.join(rootfs, "etc/own"), "of the image");
    await symlink(outside, path.join(rootfs, "absolute"));
    await symlink("../outside", path.join(rootfs, "up"));
    await symlink("../../../../../../../../etc", path.join(rootfs, "far"));
    await symlink("round", path.join(rootfs, "round"));
    const volumes = await open(folder);
    const names = async (bind: string) =>
      readdir((await volumes.prepare(plan(bind), rootfs))[0]?.source ?? "");
    expect(await names("absolute:/absolute")).toEqual([]);
    expect(await names("up:/up")).toEqual([]);
    expect(await names("round:/round")).toEqual([]);
    // As the container itself would see it: its own /etc.
    expect(await names("far:/far")).toEqual(["own"]);
  });

  test("show no folder outside, whatever a container has put into them", async () => {
    await using folder = await TemporaryFolder.make();
    const volumes = await open(folder);
    const { mountpoint } = await volumes.create({ name: "db" });
    await symlink("/", path.join(mountpoint, "out"));
    await mkdir(path.join(mountpoint, "in"));
    const [mount] = plan("db:/db");
    const prepared = (subpath: string) => volumes.prepare([{ ...mount!, subpath }], folder.path);
    expect((await prepared("out/in"))[0]?.source).toBe(path.join(mountpoint, "in"));
    await expect(prepared("out/etc")).rejects.toMatchObject({ kind: "invalid" });
    await expect(prepared("../../../../etc")).rejects.toMatchObject({ kind: "invalid" });
  });

  test("are whole or not there after a kill at any step", async () => {
    await using folder = await TemporaryFolder.make();
    const rootfs = path.join(folder.path, "rootfs");
    await mkdir(path.join(rootfs, "db"), { recursive: true });
    for (const name of ["one", "two"]) await writeFile(path.join(rootfs, "db", name), name);
    await (await open(folder)).create({ name: "moving" });
    await (await open(folder)).create({ name: "copying" });
    const at = (...names: string[]) => path.join(store(folder), ...names);
    // Between two of the steps of each: made, removed, copied, moved.
    await mkdir(at(".new-1234", "_data"), { recursive: true });
    await mkdir(at(".gone-1234", "_data"), { recursive: true });
    await mkdir(at("copying", "_draft"));
    await writeFile(at("copying", "_draft", "one"), "half");
    await mkdir(at("moving", "_whole"));
    await writeFile(at("moving", "_data", "one"), "one");
    await writeFile(at("moving", "_whole", "two"), "two");
    const volumes = await open(folder);
    expect((await readdir(store(folder))).toSorted()).toEqual(["copying", "moving"]);
    for (const name of ["copying", "moving"]) {
      const [mount] = await volumes.prepare(plan(`${name}:/db`), rootfs);
      expect((await readdir(mount?.source ?? "")).toSorted(), name).toEqual(["one", "two"]);
      expect(await readFile(path.join(mount?.source ?? "", "one"), "utf8"), name).toBe("one");
      expect((await readdir(at(name))).toSorted()).toEqual(["_data", "volume.json"]);
    }
  });

  test("leave folders of the host where they are: -v makes one, --mount wants it", async () => {
    await using folder = await TemporaryFolder.make();
    const volumes = await open(folder);
    const place = path.join(folder.path, "made");
    const bind = { Type: "bind", Source: place, Target: "/data", ReadOnly: true };
    const mounts = plannedMounts({ ...nothing, mounts: [bind] });
    await expect(volumes.prepare(mounts, folder.path)).rejects.toThrow("bind source path does not exist");
    await volumes.prepare(plan(`${place}:/data`), folder.path);
    expect(await volumes.prepare(mounts, folder.path)).toMatchObject([{ source: place, readOnly: true }]);
    expect(volumes.list()).toEqual([]);
  });
});

const store = (folder: TemporaryFolder) => path.join(folder.path, "volumes");

const open = (folder: TemporaryFolder, usersOf: (name: string) => string[] = () => []) =>
  Volumes.open({ folder: store(folder), usersOf });
