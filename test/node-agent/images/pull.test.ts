import { readFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { mediaTypes } from "#shared/media-types";
import { ImageStore } from "../../../node-agent/images/index.ts";
import { describeNeeding, programs, root } from "../../support/needs.ts";
import { TemporaryFolder } from "../support/temporary-folder.ts";
import { archive } from "./support/archive.ts";
import { FakeRegistry, noise } from "./support/registry.ts";
import { sha256 } from "./support/unpacking.ts";

let folder: TemporaryFolder;
let registry: FakeRegistry;
let store: ImageStore;

const base = archive({ path: "etc/" }, { path: "etc/os-release", content: "base" });
const app = archive({ path: "app", content: "program" }, { path: "etc/.wh.os-release" });

describeNeeding([root, programs("tar", "mount")], "pulling", () => {
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
  const name = (tag: string) => `${registry.host}/team/app:${tag}`;
  /** What lies in the store's folder of this name. */
  const kept = (what: string) => readdir(place(`store/${what}`));

  test("gives an image that can be mounted and written to, without changing it", async () => {
    const { id, digest } = registry.addImage({ layers: [base, app] }, "1");
    expect(await store.pull(name("1"))).toEqual({ id, digest, upToDate: false });
    const { path: rootfs, upper } = await store.mountRootfs(name("1"), place("container"));
    expect(readFileSync(`${rootfs}/app`, "utf8")).toBe("program");
    expect(await readdir(`${rootfs}/etc`)).toEqual([]);
    expect(await readdir(upper)).toEqual([]);
    await store.release(place("container"));
    expect(await readdir(rootfs)).toEqual([]);
  });

  test("again finds everything there", async () => {
    registry.addImage({ layers: [base, app] }, "1");
    await store.pull(name("1"));
    registry.requests.length = 0;
    expect(await store.pull(name("1"))).toMatchObject({ upToDate: true });
    expect(registry.requests.filter((request) => request.includes("/blobs/"))).toHaveLength(1);
  });

  test("a second image fetches the layers that the first has not", async () => {
    registry.addImage({ layers: [base, app] }, "1");
    registry.addImage({ layers: [base, archive({ path: "other" })] }, "2");
    await store.pull(name("1"));
    const steps: string[] = [];
    await store.pull(name("2"), undefined, { onProgress: (_, { step }) => steps.push(step) });
    expect(steps).toContain("exists");
    expect(await kept("layers")).toHaveLength(3);
  });

  test("takes from an index what is for the platform", async () => {
    const arm = registry.addImage({ layers: [base], config: { architecture: "arm64" } });
    const amd = registry.addImage({ layers: [app], config: { architecture: "amd64" } });
    const entry = (digest: string, architecture: string) => ({
      mediaType: mediaTypes.ociManifest,
      digest,
      size: 1,
      platform: { os: "linux", architecture },
    });
    const manifests = [entry(arm.digest, "arm64"), entry(amd.digest, "amd64")];
    const index = registry.addManifest(
      { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests } as never,
      "multi",
    );
    const wanted = { os: "linux", architecture: "arm64" };
    expect(await store.pull(name("multi"), undefined, { platform: wanted })).toMatchObject({
      id: arm.id,
      digest: index,
    });
    await expect(
      store.pull(name("multi"), undefined, { platform: { os: "linux", architecture: "s390x" } }),
    ).rejects.toThrow(
      "no matching manifest for linux/s390x in the manifest list entries; there are: linux/arm64, linux/amd64",
    );
  });

  test("by digest takes only what has that digest", async () => {
    const { digest, id } = registry.addImage({ layers: [base] }, "1");
    expect(await store.pull(`${registry.host}/team/app@${digest}`)).toMatchObject({ id });
    expect(store.inspect(`${registry.host}/team/app@${digest}`).tags).toEqual([]);
    const lie = sha256(Buffer.from("another"));
    registry.manifests.set(lie, registry.manifests.get(digest) as never);
    await expect(store.pull(`${registry.host}/team/app@${lie}`)).rejects.toThrow(
      `has given ${digest} for the manifest ${lie}`,
    );
  });

  describe("a large layer", () => {
    const content = noise("large", 40 * 1024 * 1024);
    const large = archive({ path: "large", content });
    const add = () => registry.addImage({ layers: [large], compress: (bytes) => bytes }, "large");
    const isThere = async () => {
      const { path: rootfs } = await store.mountRootfs(name("large"), place("container"));
      expect(readFileSync(`${rootfs}/large`).equals(content)).toBe(true);
    };

    test("comes in parts at the same time", async () => {
      add();
      await store.pull(name("large"));
      expect(registry.requests.filter((request) => request.includes("bytes="))).toHaveLength(6);
      await isThere();
    });

    test("comes from a registry without ranges too", async () => {
      registry.ranges = false;
      add();
      await store.pull(name("large"));
      await isThere();
    });

    test("goes on where it broke off", async () => {
      add();
      let breaks = 0;
      registry.intercept = (request, response) => {
        const range = /bytes=(\d+)-/.exec(request.headers.range ?? "");
        if (range === null || breaks >= 6) return false;
        breaks += 1;
        const blob = [...registry.blobs.values()].find((each) => each.length === large.length) as Buffer;
        const start = Number(range[1]);
        response.writeHead(206, { "content-range": `bytes ${start}-x/${blob.length}` });
        response.write(blob.subarray(start, start + 1_000_000), () => response.destroy());
        return true;
      };
      await store.pull(name("large"));
      const starts = registry.requests.map((request) => Number(/bytes=(\d+)-/.exec(request)?.[1] ?? 0));
      expect(starts.some((start) => start % (8 * 1024 * 1024) === 1_000_000)).toBe(true);
      await isThere();
    });

    test("that was cut off by a crash is not fetched from its beginning", async () => {
      add();
      registry.intercept = (request, response) => {
        // The last part never comes.
        if (!/bytes=41943040-/.test(request.headers.range ?? "")) return false;
        response.writeHead(404).end();
        return true;
      };
      await expect(store.pull(name("large"))).rejects.toThrow("has not the blob");
      await store[Symbol.asyncDispose]();
      registry.intercept = () => false;
      registry.requests.length = 0;
      store = await ImageStore.open(place("store"));
      await store.pull(name("large"));
      expect(registry.requests.filter((request) => request.includes("bytes=")).length).toBeLessThan(6);
      await isThere();
    });

    test("of which an earlier try has left bad bytes is fetched once more", async () => {
      const { id } = add();
      registry.intercept = (request, response) => {
        if (!/bytes=0-/.test(request.headers.range ?? "")) return false;
        response.writeHead(206, { "content-range": "bytes 0-8388607/1" }).end(Buffer.alloc(8_388_608));
        return true;
      };
      await expect(store.pull(name("large"))).rejects.toMatchObject({ kind: "invalid" });
      registry.intercept = () => false;
      expect(await store.pull(name("large"))).toMatchObject({ id });
      await isThere();
    });
  });

  describe("what fails leaves no image and no layer:", () => {
    const leavesNothing = async () => {
      expect(store.list()).toEqual([]);
      expect(await kept("staging")).toEqual([]);
      await store.collect();
      expect(await kept("layers")).toEqual([]);
      expect(await kept("blobs/sha256")).toEqual([]);
    };

    test("a wrong diffID", async () => {
      const wrong = sha256(Buffer.from("other"));
      registry.addImage(
        { layers: [base, app], config: { rootfs: { diff_ids: [sha256(base), wrong] } } },
        "1",
      );
      await expect(store.pull(name("1"))).rejects.toThrow(
        `unpacks to ${sha256(app)}, but the image's configuration says ${wrong}`,
      );
      await leavesNothing();
    });

    test("more diffIDs than layers", async () => {
      registry.addImage({ layers: [base], config: { rootfs: { diff_ids: [] } } }, "1");
      await expect(store.pull(name("1"))).rejects.toThrow("1 layers and 0 diff_ids do not make an image");
      await leavesNothing();
    });

    test("an index in a circle", async () => {
      const manifests = [
        {
          mediaType: mediaTypes.ociIndex,
          digest: "",
          size: 1,
          platform: { os: "linux", architecture: "amd64" },
        },
      ];
      // No index can name its own digest, but a registry can serve ever new ones.
      let count = 0;
      registry.intercept = (request, response) => {
        if (!request.url?.includes("/manifests/")) return false;
        const next = Buffer.from(`${count++}`);
        const index = {
          schemaVersion: 2,
          mediaType: mediaTypes.ociIndex,
          manifests: [{ ...manifests[0], digest: sha256(next) }],
        };
        const bytes = Buffer.from(JSON.stringify(index));
        response.writeHead(200, { "content-type": mediaTypes.ociIndex }).end(bytes);
        return true;
      };
      await expect(
        store.pull(name("1"), undefined, { platform: { os: "linux", architecture: "amd64" } }),
      ).rejects.toThrow(/has given sha256:\w+ for the manifest/);
      await leavesNothing();
    });

    test("a blob with other bytes", async () => {
      registry.addImage({ layers: [base] }, "1");
      for (const [digest, bytes] of registry.blobs)
        if (bytes[0] === 0x1f) registry.blobs.set(digest, Buffer.from(bytes).fill(0x20, 20, 21));
      await expect(store.pull(name("1"))).rejects.toMatchObject({ kind: "invalid" });
      await leavesNothing();
    });

    test("a layer that is longer than it should be", async () => {
      registry.addImage({ layers: [base] }, "1");
      for (const [digest, bytes] of registry.blobs)
        if (bytes[0] === 0x1f) registry.blobs.set(digest, Buffer.concat([bytes, bytes]));
      await expect(store.pull(name("1"))).rejects.toThrow("the registry gives more than the");
      await leavesNothing();
    });

    test("stopping in the middle", async () => {
      registry.addImage({ layers: [archive({ path: "x", content: noise("x", 30_000_000) })] }, "1");
      const stop = new AbortController();
      const pulling = store.pull(name("1"), undefined, {
        signal: stop.signal,
        onProgress: (_, progress) =>
          "current" in progress && progress.current > 0 && stop.abort(new Error("enough")),
      });
      await expect(pulling).rejects.toThrow("enough");
      await leavesNothing();
    });

    test("nobody there", async () => {
      await expect(store.pull("127.0.0.1:1/x")).rejects.toThrow(
        "http://127.0.0.1:1 cannot be reached: ECONNREFUSED",
      );
      await expect(store.pull(name("none"))).rejects.toThrow(
        `${registry.host}/team/app has not the manifest of none: manifest_unknown: there is no such thing here`,
      );
      await expect(store.pull("Not/A/Name")).rejects.toThrow("invalid reference format");
    });
  });

  test("the same layers twice at once fetches each of them once", async () => {
    const layers = Array.from({ length: 5 }, (_, index) =>
      archive({ path: `f${index}`, content: noise(`${index}`, 500_000) }),
    );
    registry.addImage({ layers }, "1");
    registry.addImage({ layers: layers.slice(0, 4) }, "2");
    await Promise.all([store.pull(name("1")), store.pull(name("2")), store.pull(name("1"))]);
    const fetched = registry.requests.filter((request) => request.includes("/blobs/"));
    const largeOnes = fetched.filter(
      (request) => (registry.blobs.get(request.split("/blobs/")[1] ?? "")?.length ?? 0) > 100_000,
    );
    expect(largeOnes).toHaveLength(5);
    expect(store.list()).toHaveLength(2);
  });

  test("goes on for others when one of them stops", async () => {
    registry.addImage({ layers: [archive({ path: "x", content: noise("x", 20_000_000) })] }, "1");
    const stop = new AbortController();
    const first = store.pull(name("1"), undefined, { signal: stop.signal });
    const second = store.pull(name("1"), undefined, {
      onProgress: (_, progress) => "current" in progress && stop.abort(new Error("enough")),
    });
    await Promise.allSettled([first]);
    expect(await second).toMatchObject({ upToDate: false });
  });
});
