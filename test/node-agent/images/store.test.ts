import { readFileSync, statSync } from "node:fs";
import { mkdir, readdir, rename, writeFile } from "node:fs/promises";
import path from "node:path";
import { Readable } from "node:stream";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Digest } from "#shared/digest";
import { marksFor } from "../../../node-agent/images/disk-share.ts";
import { ImageStore } from "../../../node-agent/images/index.ts";
import { describeNeeding, programs, root } from "../../support/needs.ts";
import { TemporaryFolder } from "../support/temporary-folder.ts";
import { archive } from "./support/archive.ts";
import { FakeRegistry, noise } from "./support/registry.ts";

let folder: TemporaryFolder;
let registry: FakeRegistry;
let store: ImageStore;

describeNeeding([root, programs("tar", "mount")], "an image store", () => {
  beforeEach(async () => {
    folder = await TemporaryFolder.make();
    registry = await FakeRegistry.start();
    store = await ImageStore.open(place("store"));
  });
  afterEach(async () => {
    await store?.[Symbol.asyncDispose]();
    await registry?.[Symbol.asyncDispose]();
    await folder?.[Symbol.asyncDispose]();
  });

  const place = (name: string) => path.join(folder.path, name);
  const name = (tag: string) => `${registry.host}/app:${tag}`;
  const kept = (what: string) => readdir(place(`store/${what}`));
  const file = (path: string, content: string | Uint8Array = path) => archive({ path, content });
  const add = async (tag: string, ...layers: Uint8Array[]): Promise<Digest> => {
    registry.addImage({ layers }, tag);
    return (await store.pull(name(tag))).id;
  };
  const restart = async () => {
    await store[Symbol.asyncDispose]();
    const told: string[] = [];
    store = await ImageStore.open(place("store"), { onRepair: (sentence) => told.push(sentence) });
    return told;
  };

  test("knows its images by name, digest, id and the beginning of an id", async () => {
    const id = await add("1", file("a"));
    const { digests } = store.inspect(name("1"));
    for (const reference of [name("1"), id, id.slice(7), id.slice(7, 19), digests[0] ?? ""])
      expect(store.inspect(reference)).toMatchObject({ id, tags: [name("1")], os: "linux", size: 1 });
    expect(() => store.inspect("absent")).toThrow("No such image: absent:latest");
    expect(() => store.inspect("0123456789ab")).toThrow("No such image");
    expect(store.history(name("1"))).toMatchObject([{ createdBy: "step 0", size: 1, empty: false }]);
  });

  test("gives and takes names; the last tag takes the image along", async () => {
    const id = await add("1", file("a"));
    store.tag(name("1"), "mine");
    expect(store.inspect("mine").tags).toEqual(["mine:latest", name("1")].toSorted());
    expect(store.untag(name("1"))).toMatchObject({ removed: undefined });
    expect(store.untag("mine")).toEqual({ untagged: ["mine:latest"], removed: id });
    expect(store.list()).toEqual([]);
    expect(() => store.untag("mine")).toThrow("No such image: mine:latest");
  });

  test("a tag that moves leaves the old image without it", async () => {
    const old = await add("1", file("a"));
    const new_ = await add("1", file("b"));
    expect(store.inspect(name("1")).id).toBe(new_);
    expect(store.inspect(old).tags).toEqual([]);
  });

  test("keeps everything over a restart, and is one process's alone", async () => {
    const id = await add("1", file("a"));
    await expect(ImageStore.open(place("store"))).rejects.toThrow("another process has the image store");
    expect(await restart()).toEqual([]);
    expect(store.inspect(name("1")).id).toBe(id);
  });

  test("collects layers that no image and no container needs", async () => {
    const [base, one, two] = [file("base"), file("one"), file("two")];
    await add("1", base, one);
    await add("2", base, two);
    await store.mountRootfs(name("1"), place("container"));
    store.remove(name("2"));
    expect((await store.collect()).layers).toHaveLength(1);
    expect(() => store.remove(name("1"))).toThrow("image is being used by container container");
    store.remove(name("1"), { force: true });
    expect((await store.collect()).layers).toEqual([]);
    // The container goes on, also over a restart.
    await store.release(place("container"));
    await restart();
    const { path: rootfs } = await store.mountRootfs("gone", place("container"));
    expect(readFileSync(`${rootfs}/one`, "utf8")).toBe("one");
    await store.removeRootfs(place("container"));
    expect((await store.collect()).layers).toHaveLength(2);
    await restart();
    expect([await kept("layers"), await kept("blobs/sha256"), await kept("trash")]).toEqual([[], [], []]);
  });

  test("collects down to its low mark: compressed layers first, then what was unused the longest", async () => {
    for (const tag of ["1", "2", "3"]) await add(tag, file(tag, noise(tag, 1_000_000)));
    await store.mountRootfs(name("1"), place("container"));
    expect(await store.collect({ high: 7_000_000, low: 1_000_000 })).toMatchObject({
      images: [],
      layers: [],
      freed: 0,
    });
    const { freed } = await store.collect({ high: 4_000_000, low: 3_500_000 });
    expect(freed).toBeGreaterThan(2_900_000);
    expect(store.list()).toHaveLength(3);
    const second = await store.collect({ high: 2_500_000, low: 2_100_000 });
    expect(second.images).toHaveLength(1);
    expect(store.list().map(({ tags }) => tags[0])).toEqual([name("3"), name("1")]);
    // What a container has stays, however full it is.
    expect((await store.collect({ high: 1, low: 0 })).images).toHaveLength(1);
    expect(store.inspect(name("1")).size).toBe(1_000_000);
  });

  test("layers that a container holds count as they are, and nobody's own work goes", async () => {
    await add("1", file("1", noise("1", 1_000_000)));
    const own = await store.make({
      base: name("1"),
      layer: Readable.from([file("own", noise("own", 1_000_000))]),
      config: {},
      step: { created: "2026-11-20T08:30:00Z", created_by: "by hand" },
      name: "own:1",
    });
    await store.mountRootfs(own, place("holder"));
    store.remove(own, { force: true });
    const made = await store.make({
      layer: Readable.from([file("made", noise("made", 1_000_000))]),
      config: {},
      step: { created: "2026-11-20T08:30:00Z", created_by: "by hand" },
      name: "made:1",
    });
    const all = store.size;
    // The pulled one is the only one that can be had again: its compressed form goes, then the image, but not the layer that is held.
    const { images, freed } = await store.collect({ high: 1, low: 0 });
    expect([images.length, freed]).toEqual([1, expect.closeTo(1_000_500, -4)]);
    expect(store.size).toBe(all - freed);
    expect(store.list().map(({ id }) => id)).toEqual([made]);
    await store.removeRootfs(place("holder"));
    expect((await store.collect()).layers).toHaveLength(2);
    expect(store.layersSize).toBe(1_000_000);
  });

  test("what was used just now is no garbage, however full the disk is", async () => {
    await add("1", file("1", noise("1", 1_000_000)));
    expect(await store.tidy({ high: 0, low: 0 }, new Set())).toMatchObject({ images: [], freed: 0 });
    expect(store.list()).toHaveLength(1);
  });

  test.each([
    [{ total: 1000, free: 200 }, { high: 85, low: 75 }, 400, undefined],
    [{ total: 1000, free: 150 }, { high: 85, low: 75 }, 400, undefined],
    [{ total: 1000, free: 100 }, { high: 85, low: 75 }, 400, { high: 250, low: 250 }],
    [{ total: 1000, free: 0 }, { high: 85, low: 75 }, 100, { high: 0, low: 0 }],
    [{ total: 0, free: 0 }, { high: 85, low: 75 }, 100, undefined],
  ])("of the disk %j with marks %j, a store of %i may take %j", (state, share, size, marks) => {
    expect(marksFor(state, share, size)).toEqual(marks);
  });

  test("what a container writes and deletes stays its own, over a restart too", async () => {
    await add(
      "1",
      archive({ path: "./", mode: 0o750 }, { path: "etc/" }, { path: "etc/file", content: "image" }),
    );
    const first = await store.mountRootfs(name("1"), place("one"));
    const second = await store.mountRootfs(name("1"), place("two"));
    expect(statSync(first.path).mode & 0o777).toBe(0o750);
    await writeFile(`${first.path}/etc/file`, "changed");
    await rename(`${second.path}/etc/file`, `${second.path}/moved`);
    expect(await store.mountRootfs(name("1"), place("one"))).toEqual(first);
    await store.release(place("one"));
    await restart();
    await store.mountRootfs(name("1"), place("one"));
    expect(readFileSync(`${first.path}/etc/file`, "utf8")).toBe("changed");
    expect([await readdir(`${second.path}/etc`), readFileSync(`${second.path}/moved`, "utf8")]).toEqual([
      [],
      "image",
    ]);
  });

  test("mounts an image of 200 layers, one with a layer twice, and one with none", async () => {
    const layers = Array.from({ length: 200 }, (_, index) =>
      archive({ path: `layer-${index}` }, { path: "top", content: `${index}` }),
    );
    await add("many", ...layers);
    const { path: many } = await store.mountRootfs(name("many"), place("many"));
    expect((await readdir(many)).length).toBe(201);
    expect(readFileSync(`${many}/top`, "utf8")).toBe("199");
    const twice = layers[0] as Buffer;
    await add("twice", twice, layers[1] as Buffer, twice);
    const { path: rootfs } = await store.mountRootfs(name("twice"), place("twice"));
    expect(readFileSync(`${rootfs}/top`, "utf8")).toBe("0");
    await add("none");
    expect(await readdir((await store.mountRootfs(name("none"), place("none"))).path)).toEqual([]);
  });

  test("hides in a mount what whiteouts and opaque directories hide", async () => {
    const base = archive({ path: "a/1" }, { path: "a/2" }, { path: "b/1" }, { path: "c/1" }, { path: "d" });
    const top = archive(
      { path: "a/.wh.1" },
      { path: "b/.wh..wh..opq" },
      { path: "b/new" },
      { path: ".wh.c" },
      { path: "c/new" },
      { path: ".wh.d" },
    );
    await add("1", base, top);
    const { path: rootfs } = await store.mountRootfs(name("1"), place("container"));
    expect(await readdir(rootfs)).toEqual(["a", "b", "c"]);
    for (const [directory, names] of [
      ["a", ["2"]],
      ["b", ["new"]],
      ["c", ["new"]],
    ] as const)
      expect(await readdir(`${rootfs}/${directory}`)).toEqual(names);
    await add("2", base, archive({ path: ".wh..wh..opq" }, { path: "only" }));
    expect(await readdir((await store.mountRootfs(name("2"), place("other"))).path)).toEqual(["only"]);
  });

  test("repairs what a kill has left, and says what a lost layer takes along", async () => {
    await add("1", file("a"));
    await add("2", file("b"));
    for (const rubbish of ["layers/abcdef", "staging/x", "trash/y"])
      await mkdir(place(`store/${rubbish}/z`), { recursive: true });
    await writeFile(place(`store/blobs/sha256/${"0".repeat(64)}`), "");
    const before = await kept("layers");
    expect(await restart()).toEqual([]);
    expect(await kept("layers")).toHaveLength(before.length - 1);
    expect([await kept("staging"), (await kept("blobs/sha256")).length]).toEqual([[], 2]);
    await rename(place(`store/layers/${(await kept("layers"))[0]}`), place("lost"));
    expect(await restart()).toEqual(["1 layers are gone; 1 images are removed and have to be pulled again."]);
    expect(store.list()).toHaveLength(1);
  });

  test("refuses a folder that overlayfs cannot be told", async () => {
    await add("1", file("a"));
    await expect(store.mountRootfs(name("1"), place("a,b"))).rejects.toThrow("comma");
  });
});
