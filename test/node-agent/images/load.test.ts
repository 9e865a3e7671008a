import { readdir } from "node:fs/promises";
import path from "node:path";
import { buffer } from "node:stream/consumers";
import { Readable } from "node:stream";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import { mediaTypes } from "#shared/media-types";
import { ImageStore } from "../../../node-agent/images/index.ts";
import { endOfArchive } from "../../../node-agent/images/tar/write-header.ts";
import { describeNeeding, programs, root } from "../../support/needs.ts";
import { TemporaryFolder } from "../support/temporary-folder.ts";
import { archive, type Planned, written } from "./support/archive.ts";
import { FakeRegistry } from "./support/registry.ts";
import { sha256 } from "./support/unpacking.ts";

const layer = archive({ path: "file", content: "content" });
const configOf = (...layers: Buffer[]) =>
  JSON.stringify({
    os: "linux",
    architecture: "amd64",
    rootfs: { type: "layers", diff_ids: layers.map(sha256) },
  });
/** What `docker save` writes, before and after 25. */
const docker = (config: string, layers: Planned[], tags: string[] | null = ["app:1"]): Planned[] => [
  { path: "config.json", content: config },
  ...layers,
  {
    path: "manifest.json",
    content: JSON.stringify([
      { Config: "config.json", RepoTags: tags, Layers: layers.map(({ path }) => path) },
    ]),
  },
];
const blob = (content: string | Buffer): Planned => ({
  path: `blobs/sha256/${sha256(Buffer.from(content)).slice(7)}`,
  content,
});
const index = (...manifests: { mediaType: string; digest: string; size: number }[]) =>
  JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests });

describeNeeding([root, programs("tar")], "loading an archive", () => {
  let folder: TemporaryFolder;
  let store: ImageStore;

  beforeEach(async () => {
    folder = await TemporaryFolder.make();
    store = await ImageStore.open(path.join(folder.path, "store"), {
      limits: { bytes: 20_000_000, ratio: 400 },
    });
  });
  afterEach(async () => {
    await store?.[Symbol.asyncDispose]();
    await folder?.[Symbol.asyncDispose]();
  });

  const load = (bytes: Uint8Array) => store.load(Readable.from([bytes]));
  /** Nothing has come in, and nothing got out. */
  const untouched = async () => {
    expect(store.list()).toEqual([]);
    await store.collect();
    for (const name of ["layers", "blobs/sha256", "staging"])
      expect(await readdir(path.join(folder.path, "store", name)), name).toEqual([]);
    expect(await readdir(folder.path)).toEqual(["store"]);
  };

  test.each<[string, (bytes: Buffer) => Uint8Array]>([
    ["plain", (bytes) => bytes],
    ["gzip", gzipSync],
    ["zstd", zstdCompressSync],
  ])("takes a docker archive with links, %s, and names it", async (_, compress) => {
    const bytes = archive(
      ...docker(configOf(layer, layer), [
        { path: "first/layer.tar", content: layer },
        { path: "second/layer.tar", symlink: "../first/layer.tar" },
      ]),
    );
    const [loaded] = await load(compress(bytes));
    expect(loaded).toMatchObject({
      names: ["app:1"],
      taken: [],
      id: sha256(Buffer.from(configOf(layer, layer))),
    });
    expect(store.inspect("app:1").size).toBe(14);
    const [again] = await load(bytes);
    expect(again?.taken).toEqual([]);
    const [other] = await load(
      archive(...docker(configOf(layer), [{ path: "l", content: gzipSync(layer) }])),
    );
    expect(other?.taken).toEqual([{ name: "app:1", from: loaded?.id }]);
  });

  test("what is saved is loaded as it was, in another store too", async () => {
    await using registry = await FakeRegistry.start();
    const { id } = registry.addImage({ layers: [layer, archive({ path: "b" })] }, "1");
    await store.pull(`${registry.host}/app:1`);
    const save = async (...names: string[]) =>
      buffer(Readable.from((await store.save(names, new AbortController().signal)).archive));
    const bytes = await save(`${registry.host}/app`);
    expect(bytes.equals(await save(`${registry.host}/app:1`))).toBe(true);
    await using other = await ImageStore.open(path.join(folder.path, "other"));
    expect(await other.load(Readable.from([bytes]))).toEqual([
      { id, names: [`${registry.host}/app:1`], taken: [] },
    ]);
    expect((await other.load(Readable.from([await save(id)])))[0]?.names).toEqual([]);
    await expect(save("absent")).rejects.toThrow("No such image: absent:latest");
  });

  const config = configOf(layer);
  const outside = "lies outside of it";
  const circle = index({ mediaType: mediaTypes.ociIndex, digest: `sha256:${"a".repeat(64)}`, size: 1 });
  const nested = [0, 1, 2, 3, 4, 5].reduce<{ top: string; blobs: Planned[] }>(
    ({ top, blobs }) => {
      const bytes = Buffer.from(top);
      const platform = { os: "linux", architecture: process.arch === "arm64" ? "arm64" : "amd64" };
      const entry = { mediaType: mediaTypes.ociIndex, digest: sha256(bytes), size: bytes.length, platform };
      return { top: index(entry), blobs: [...blobs, blob(top)] };
    },
    { top: circle, blobs: [] },
  );
  test.each<[string, Planned[], string]>([
    ["climbs by ..", [{ path: "../out", content: "x" }], outside],
    ["climbs from below", [{ path: "a/../../out", content: "x" }], outside],
    ["has a symlink that climbs", [{ path: "manifest.json", symlink: "../../../etc/passwd" }], "neither"],
    ["has a hard link that climbs", [{ path: "a", link: "../etc/passwd" }], outside],
    ["has a device", [{ path: "null", type: "3", major: 1, minor: 3 }], "a device"],
    ["has a FIFO", [{ path: "pipe", type: "6" }], "a FIFO"],
    ["is a file system", [{ path: "etc/passwd", content: "root" }], "docker import"],
    [
      "names a layer that is a circle of links",
      [...docker(config, [{ path: "l", symlink: "m" }]), { path: "m", symlink: "l" }],
      "names l, which is not in it",
    ],
    [
      "names a layer outside by a symlink",
      docker(config, [{ path: "l", symlink: "/etc/passwd" }]),
      "not in it",
    ],
    ["names no configuration", docker(config, []).slice(1), "names config.json, which is not in it"],
    ["has fewer layers than its configuration", docker(config, []), "expected 1, got 0"],
    [
      "has a layer of another content",
      docker(config, [{ path: "l", content: archive({ path: "x" }) }]),
      "sha256:",
    ],
    [
      "has a layer that is no archive",
      docker(configOf(Buffer.from("x")), [{ path: "l", content: "x" }]),
      "truncated",
    ],
    [
      "has a name that is none",
      docker(config, [{ path: "l", content: layer }], ["UPPER"]),
      "invalid reference format",
    ],
    ["has a manifest that is no JSON", [{ path: "manifest.json", content: "[" }], "is no JSON"],
    ["has a manifest of another form", [{ path: "manifest.json", content: '{"a":1}' }], "is not valid"],
    ["has an index of nothing", [{ path: "index.json", content: circle }], "which is not in it"],
    [
      "has a blob of another content",
      [
        { path: "index.json", content: circle },
        { path: `blobs/sha256/${"a".repeat(64)}`, content: circle },
      ],
      "has the content of",
    ],
    [
      "nests indexes without end",
      [{ path: "index.json", content: nested.top }, ...nested.blobs],
      "more than 3 others",
    ],
  ])("that %s is refused and leaves nothing", async (_, entries, reason) => {
    await expect(load(archive(...entries))).rejects.toThrow(reason);
    await untouched();
  });

  test("that is truncated, endless or a bomb ends at its limit", async () => {
    const whole = archive(...docker(config, [{ path: "l", content: layer }]));
    for (const length of [700, 1500, 3000])
      await expect(load(whole.subarray(0, length))).rejects.toThrow(/truncated|not in it/);
    await expect(load(gzipSync(whole).subarray(0, 300))).rejects.toThrow("damaged");
    const many = Buffer.concat(Array.from({ length: 1000 }, (_, at) => written({ path: `${at}/` })));
    let sent = 0;
    const endless = Readable.from(
      (function* () {
        for (; sent < 10_000; sent++) yield many;
        yield endOfArchive;
      })(),
    );
    await expect(store.load(endless)).rejects.toThrow("more than 50000 entries");
    expect(sent).toBeLessThan(100);
    const zeros = archive({ path: "zeros", content: Buffer.alloc(30_000_000) });
    await expect(load(gzipSync(zeros))).rejects.toThrow("holds more than 20000000 bytes");
    await untouched();
  });
});
