import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { collectGarbage } from "../../../workers/registry/index.ts";
import { putManifest } from "../../../workers/registry/manifests.ts";
import { digestOf } from "../../../workers/shared/digest.ts";
import { HubError } from "../../../workers/shared/errors.ts";
import { maximumManifestSize } from "../../../workers/shared/manifest.ts";
import { mediaTypes } from "../../../workers/shared/media-types.ts";
import { firstError, imageManifest, people, RepositoryClient, type Person } from "../support/registry.ts";
import { RegistryWorld } from "../support/registry-world.ts";

const absent = `sha256:${"0".repeat(64)}`;
let alice: Person;
let web: RepositoryClient;

beforeEach(async () => {
  ({ alice } = await people());
  web = await RepositoryClient.open(alice, "alice/web");
});

describe("a pushed manifest", () => {
  test("is pulled by tag and by digest, byte for byte, with its media type", async () => {
    const manifest = `${JSON.stringify(await imageManifest({}, ["one"]), null, 3)}\n`;
    const digest = await digestOf(new TextEncoder().encode(manifest));
    const pushed = await web.send("PUT", "manifests/v1", {
      body: manifest,
      headers: { "Content-Type": mediaTypes.ociManifest },
    });
    expect(pushed.status).toBe(201);
    expect(pushed.headers.get("Location")).toBe(`/v2/alice/web/manifests/${digest}`);
    expect(pushed.headers.get("Docker-Content-Digest")).toBe(digest);
    for (const reference of ["v1", digest]) {
      const pulled = await web.send("GET", `manifests/${reference}`);
      expect(pulled.status).toBe(200);
      expect(pulled.headers.get("Content-Type")).toBe(mediaTypes.ociManifest);
      expect(pulled.headers.get("Docker-Content-Digest")).toBe(digest);
      expect(await pulled.text()).toBe(manifest);
      const head = await web.send("HEAD", `manifests/${reference}`);
      expect(head.headers.get("Content-Length")).toBe(String(manifest.length));
      expect(await head.text()).toBe("");
    }
  });

  test("moves its tag, and the next pull sees it", async () => {
    const first = await web.pushImage("latest", ["one"]);
    expect((await web.send("GET", "manifests/latest")).headers.get("Docker-Content-Digest")).toBe(first);
    const second = await web.pushImage("latest", ["two"]);
    expect((await web.send("GET", "manifests/latest")).headers.get("Docker-Content-Digest")).toBe(second);
    expect((await web.send("GET", `manifests/${first}`)).status).toBe(200);
  });

  test("moves every tag of its tag parameters, in the algorithm it was pushed with", async () => {
    const bytes = new TextEncoder().encode(JSON.stringify(await imageManifest({}, ["one"])));
    const digest = await digestOf(bytes, "sha512");
    const pushed = await web.send("PUT", `manifests/${digest}?tag=a&tag=b`, {
      body: bytes,
      headers: { "Content-Type": mediaTypes.ociManifest },
    });
    expect(pushed.status).toBe(201);
    expect(pushed.headers.get("OCI-Tag")).toBe("a, b");
    expect((await web.send("GET", "manifests/b")).headers.get("Docker-Content-Digest")).toBe(digest);
  });

  test("may name blobs and manifests that are not there", async () => {
    expect((await web.pushManifest("sparse", await imageManifest({}, ["never pushed"]))).status).toBe(201);
    const child = { mediaType: mediaTypes.ociManifest, digest: absent, size: 7 };
    const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [child] };
    expect((await web.pushManifest("index", index, mediaTypes.ociIndex)).status).toBe(201);
  });

  test("pushed again leaves one manifest and its second copy to garbage collection", async () => {
    await web.pushImage("one", ["same"]);
    const manifest = await (await web.send("GET", "manifests/one")).text();
    await web.send("PUT", "manifests/two", {
      body: manifest,
      headers: { "Content-Type": mediaTypes.ociManifest },
    });
    const count = async (table: string) =>
      env.DB.prepare(`select count(*) as n from ${table}`).first<number>("n");
    expect(await count("manifests")).toBe(1);
    expect(await count("garbage")).toBe(1);
    expect(await (await web.send("GET", "manifests/two")).text()).toBe(manifest);
  });
});

describe("when things go wrong", () => {
  test("two clients that move a tag at once both succeed, and the tag is what one of them pushed", async () => {
    const clients = ["a", "b", "c", "d"];
    const pushed = await Promise.all(clients.map(async (name) => web.pushImage("latest", [name])));
    const winner = (await web.send("GET", "manifests/latest")).headers.get("Docker-Content-Digest");
    expect(pushed).toContain(winner);
    for (const digest of pushed) expect((await web.send("GET", `manifests/${digest}`)).status).toBe(200);
  });

  test("bytes that were collected before their row came are never named", async () => {
    const world = new RegistryWorld({ grace: 0 });
    const { blobs } = world.context;
    const collecting = Object.assign(Object.create(blobs) as typeof blobs, {
      async write(key: string, bytes: Uint8Array) {
        const locator = await blobs.write(key, bytes);
        world.advance(2 * 3_600_000);
        await collectGarbage(world.context, 0);
        return locator;
      },
    });
    const bytes = new Uint8Array(new TextEncoder().encode(JSON.stringify(await imageManifest({}, []))));
    const push = putManifest(
      { ...world.context, blobs: collecting },
      "alice/web",
      { tag: "v1" },
      {
        bytes,
        contentType: mediaTypes.ociManifest,
        tags: [],
        createOnly: false,
        subject: "user:test",
      },
    );
    await expect(push).rejects.toThrow(/NOT NULL/);
    expect((await web.send("GET", "manifests/v1")).status).toBe(404);
    expect((await env.BLOBS.list()).objects).toEqual([]);
  });

  test("a store that fails leaves no manifest, and the next try succeeds", async () => {
    const world = new RegistryWorld({ grace: 0 });
    const { blobs } = world.context;
    const failing = Object.assign(Object.create(blobs) as typeof blobs, {
      write: () => Promise.reject(new HubError("unavailable", "the blob store failed; try again")),
    });
    const push = (context: typeof world.context) =>
      putManifest(
        context,
        "alice/web",
        { tag: "v1" },
        {
          bytes: new TextEncoder().encode(
            JSON.stringify({ schemaVersion: 2, manifests: [] }),
          ) as Uint8Array<ArrayBuffer>,
          contentType: mediaTypes.ociIndex,
          tags: [],
          createOnly: false,
          subject: "user:test",
        },
      );
    await expect(push({ ...world.context, blobs: failing })).rejects.toThrow("the blob store failed");
    expect((await web.send("GET", "manifests/v1")).status).toBe(404);
    await push(world.context);
    expect((await web.send("GET", "manifests/v1")).status).toBe(200);
  });
});

describe("a deleted", () => {
  test("tag is gone at the next request, and its manifest is not", async () => {
    const digest = await web.pushImage("v1", ["one"]);
    await web.send("GET", "manifests/v1");
    expect((await web.send("DELETE", "manifests/v1")).status).toBe(202);
    expect((await web.send("GET", "manifests/v1")).status).toBe(404);
    expect((await web.send("GET", `manifests/${digest}`)).status).toBe(200);
    expect((await web.send("DELETE", "manifests/v1")).status).toBe(404);
  });

  test("manifest takes its tags with it, at the next request", async () => {
    const digest = await web.pushImage("v1", ["one"]);
    await web.send("GET", "manifests/v1");
    expect((await web.send("DELETE", `manifests/${digest}`)).status).toBe(202);
    expect((await web.send("GET", "manifests/v1")).status).toBe(404);
    expect((await web.send("GET", `manifests/${digest}`)).status).toBe(404);
    expect(await (await web.send("GET", "tags/list")).json()).toEqual({ name: "alice/web", tags: [] });
  });

  test("part of an index is refused until the index is gone", async () => {
    const child = await web.pushImage("amd64", ["one"]);
    const index = {
      schemaVersion: 2,
      mediaType: mediaTypes.ociIndex,
      manifests: [{ mediaType: mediaTypes.ociManifest, digest: child, size: 7 }],
    };
    const pushed = await web.pushManifest("multi", index, mediaTypes.ociIndex);
    const digest = pushed.headers.get("Docker-Content-Digest");
    const refused = await web.send("DELETE", `manifests/${child}`);
    expect(refused.status).toBe(405);
    expect((await firstError(refused)).message).toContain(`${digest} names this manifest`);
    expect((await web.send("DELETE", `manifests/${digest}`)).status).toBe(202);
    expect((await web.send("DELETE", `manifests/${child}`)).status).toBe(202);
  });
});

describe("a manifest is refused when", () => {
  const config = { mediaType: "application/vnd.oci.image.config.v1+json", digest: absent, size: 2 };
  const image = { schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers: [] };
  const rows: {
    title: string;
    body: unknown;
    type?: string;
    reference?: string;
    code: string;
    says: string;
  }[] = [
    { title: "it is no JSON", body: "{", code: "MANIFEST_INVALID", says: "not UTF-8 encoded JSON" },
    { title: "it is a list", body: [], code: "MANIFEST_INVALID", says: "not a JSON object" },
    { title: "it is empty", body: "", code: "MANIFEST_INVALID", says: "not UTF-8 encoded JSON" },
    {
      title: "it is an image and an index at once",
      body: { ...image, manifests: [] },
      code: "MANIFEST_INVALID",
      says: "both `layers` and `manifests`",
    },
    {
      title: "the header says another media type than the document",
      body: image,
      type: mediaTypes.dockerManifest,
      code: "MANIFEST_INVALID",
      says: "but its own mediaType is",
    },
    {
      title: "its type is none of a manifest",
      body: { ...image, mediaType: "text/plain" },
      type: "text/plain",
      code: "MANIFEST_INVALID",
      says: `media type "text/plain" is not one of`,
    },
    {
      title: "its configuration has no digest",
      body: { ...image, config: { ...config, digest: "sha256:xyz" } },
      code: "MANIFEST_INVALID",
      says: "config.digest: is not a sha256 or sha512 digest",
    },
    {
      title: "a size is negative",
      body: { ...image, layers: [{ ...config, size: -1 }] },
      code: "MANIFEST_INVALID",
      says: "layers.0.size",
    },
    {
      title: "it is not what the digest says",
      body: image,
      reference: absent,
      code: "DIGEST_INVALID",
      says: `not ${absent}`,
    },
    {
      title: "the tag is none",
      body: image,
      reference: "-x",
      code: "TAG_INVALID",
      says: `"-x" is not a tag`,
    },
    {
      title: "the digest is of another algorithm",
      body: image,
      reference: "md5:abc",
      code: "DIGEST_INVALID",
      says: `"md5:abc" is not a digest`,
    },
    {
      title: "a tag parameter is none",
      body: image,
      reference: "v1?tag=ok&tag=../up",
      code: "TAG_INVALID",
      says: `"../up" is not a tag`,
    },
  ];
  test.each(rows)("$title", async ({ body, type, reference, code, says }) => {
    const response = await web.send("PUT", `manifests/${reference ?? "v1"}`, {
      body: typeof body === "string" ? body : JSON.stringify(body),
      headers: { "Content-Type": type ?? mediaTypes.ociManifest },
    });
    expect(response.status).toBe(400);
    const error = await firstError(response);
    expect(error.code).toBe(code);
    expect(error.message).toContain(says);
    expect(await env.DB.prepare("select count(*) as n from manifests").first("n")).toBe(0);
  });

  test("it is a byte too long, without being read to its end", async () => {
    let sent = 0;
    const endless = new ReadableStream({
      pull(controller) {
        sent += 65_536;
        controller.enqueue(new Uint8Array(65_536).fill(32));
      },
    });
    const response = await web.send("PUT", "manifests/v1", {
      body: endless,
      headers: { "Content-Type": mediaTypes.ociManifest },
    });
    expect(response.status).toBe(413);
    expect((await firstError(response)).code).toBe("MANIFEST_INVALID");
    expect(sent).toBeLessThan(2 * maximumManifestSize);
  });

  test("a manifest of exactly 4 MiB is taken", async () => {
    const padding = (length: number) => ({ ...image, annotations: { padding: "x".repeat(length) } });
    const rest = maximumManifestSize - JSON.stringify(padding(0)).length;
    expect((await web.pushManifest("large", padding(rest))).status).toBe(201);
    expect((await web.pushManifest("larger", padding(rest + 1))).status).toBe(413);
  });
});

describe("names", () => {
  const bad = [
    "alice/Web",
    "alice/-web",
    "alice/we..b",
    "alice//web",
    `alice/${"x".repeat(256)}`,
    "alice/we%00b",
  ];
  test.each(bad)("%s is refused with NAME_INVALID", async (name) => {
    const response = await web.send("GET", `/v2/${name}/manifests/latest`);
    expect(response.status).toBe(400);
    expect((await firstError(response)).code).toBe("NAME_INVALID");
  });

  test("that contain the API's own words are ordinary", async () => {
    const odd = await RepositoryClient.open(alice, "alice/manifests/tags/list");
    await odd.pushImage("blobs", ["one"]);
    expect((await odd.send("GET", "manifests/blobs")).status).toBe(200);
    expect((await (await odd.send("GET", "tags/list")).json<{ tags: string[] }>()).tags).toEqual(["blobs"]);
  });
});
