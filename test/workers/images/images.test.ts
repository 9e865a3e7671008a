import { beforeEach, describe, expect, test } from "vitest";
import {
  compareImages,
  listReferrersOf,
  readImage,
  readReferrer,
  type ImageView,
} from "../../../workers/images/index.ts";
import type { Digest } from "../../../workers/shared/digest.ts";
import { mediaTypes } from "../../../workers/shared/media-types.ts";
import { api, send, type RepositoryClient } from "../support/registry.ts";
import { ImagesWorld } from "./support/world.ts";

let world: ImagesWorld;
let web: RepositoryClient;

beforeEach(async () => {
  world = await ImagesWorld.make();
  web = await world.client(world.alice, "alice/web");
});

const found = () => world.found("alice/web");
const view = async (tag: string, platform?: string): Promise<ImageView> =>
  readImage(world.context, await found(), { tag }, platform);

const subject = (digest: Digest) => ({ mediaType: mediaTypes.ociManifest, digest, size: 1 });
const spdx = (...names: string[]) => ({
  spdxVersion: "SPDX-2.3",
  packages: names.map((name) => ({ name, versionInfo: "1" })),
});
const statement = (predicateType: string, predicate: unknown) => ({ predicateType, predicate });

/** An index as BuildKit pushes it: two images, and beside each an attestation of it. */
async function pushBuild(tag: string, packages: readonly string[]) {
  const children: { digest: Digest; platform: object; annotations?: object }[] = [];
  for (const architecture of ["arm64", "amd64"]) {
    const digest = await world.push(web, undefined, {
      layers: ["base", `${tag} ${architecture}`],
      architecture,
    });
    const attestation = await world.pushArtifact(
      web,
      undefined,
      [
        {
          type: "application/vnd.in-toto+json",
          content: statement("https://spdx.dev/Document", spdx(...packages)),
          annotations: { "in-toto.io/predicate-type": "https://spdx.dev/Document" },
        },
        {
          type: "application/vnd.in-toto+json",
          content: statement("https://slsa.dev/provenance/v0.2", {
            builder: { id: `builder of ${architecture}` },
          }),
          annotations: { "in-toto.io/predicate-type": "https://slsa.dev/provenance/v0.2" },
        },
      ],
      {},
    );
    children.push(
      { digest, platform: { os: "linux", architecture } },
      {
        digest: attestation,
        platform: { os: "unknown", architecture: "unknown" },
        annotations: {
          "vnd.docker.reference.type": "attestation-manifest",
          "vnd.docker.reference.digest": digest,
        },
      },
    );
  }
  const index = await world.pushIndex(web, tag, children);
  await world.describe();
  return { index, arm64: children[0]!.digest, amd64: children[2]!.digest };
}

describe("an index", () => {
  test("is read for linux/amd64 unless another platform is named; attestations are no platforms", async () => {
    const { index, arm64, amd64 } = await pushBuild("v1", ["a"]);
    world.sent.length = 0;
    const request = { id: (await found()).id, name: "alice/web" };
    world.sent.length = 0;
    const image = await readImage(world.context, request, { tag: "v1" });
    expect(world.sent).toHaveLength(1);
    expect(image).toMatchObject({
      kind: "index",
      digest: index,
      tags: ["v1"],
      attached: ["sbom", "provenance"],
    });
    expect(
      image.platforms.map(({ architecture, size, described }) => [architecture, size > 200, described]),
    ).toEqual([
      ["arm64", true, true],
      ["amd64", true, true],
    ]);
    expect(image.size).toBe(image.platforms.reduce((sum, { size }) => sum + size, 0));
    expect(image.image?.digest).toBe(amd64);
    expect((await view("v1", "linux/arm64")).image?.digest).toBe(arm64);
    expect((await view("v1", "linux/s390x")).image).toBeUndefined();
  });

  test("names what is not here, or says nothing of platforms: then what is known of the images counts", async () => {
    const digest = await world.push(web, undefined, { layers: ["a"], architecture: "riscv64" });
    const absent: Digest = `sha256:${"0".repeat(64)}`;
    await world.pushIndex(web, "v1", [
      { digest },
      { digest: absent, platform: { os: "windows", architecture: "amd64" } },
    ]);
    await world.describe();
    const { platforms, image } = await view("v1", "linux/riscv64");
    expect(platforms.map(({ os, architecture, present }) => [os, architecture, present])).toEqual([
      ["linux", "riscv64", true],
      ["windows", "amd64", false],
    ]);
    expect(image?.digest).toBe(digest);
    expect((await view("v1", "windows/amd64")).image).toBeUndefined();
  });
});

describe("what is attached", () => {
  test("is found by subject, by cosign's tags, and in the index around the image; and is read", async () => {
    const { index, amd64 } = await pushBuild("v1", ["zlib"]);
    const tag = `${amd64.replace(":", "-")}.sig`;
    await world.pushArtifact(web, tag, [
      {
        type: "application/vnd.dev.cosign.simplesigning.v1+json",
        content: { critical: { image: { "docker-manifest-digest": amd64 } } },
      },
    ]);
    await world.pushArtifact(web, undefined, [{ type: "application/sarif+json", content: { runs: [] } }], {
      artifactType: "application/sarif+json",
      subject: subject(amd64),
    });
    await world.describe();
    const referrers = await listReferrersOf(world.context, await found(), amd64);
    expect(referrers.map(({ found, carries }) => `${found}: ${carries.join(", ")}`).toSorted()).toEqual([
      "index: sbom, provenance",
      "subject: scan",
      "tag: signature",
    ]);
    const read = new Map<string, unknown>();
    for (const { digest, found: by } of referrers)
      read.set(by, await readReferrer(world.context, await found(), digest));
    expect(read.get("tag")).toMatchObject([{ kind: "signature", by: "key", of: amd64 }]);
    expect(read.get("subject")).toMatchObject([{ kind: "scan", total: 0 }]);
    expect(read.get("index")).toMatchObject([
      { kind: "sbom", packages: [{ name: "zlib" }] },
      { kind: "provenance", builder: "builder of amd64" },
    ]);
    // Of the index: the attestations of all its images.
    expect(await listReferrersOf(world.context, await found(), index)).toHaveLength(2);
    expect((await readImage(world.context, await found(), { digest: amd64 })).attached.toSorted()).toEqual([
      "provenance",
      "sbom",
      "scan",
      "signature",
    ]);
  });

  test("is read as far as this repository has it, and is no larger than what can be parsed", async () => {
    const bobs = await world.client(world.bob, "bob/secret");
    const secret = await bobs.pushBlob(JSON.stringify(spdx("of bob")));
    const large = `{"spdxVersion":"SPDX-2.3","packages":[],"x":"${"x".repeat(9_000_000)}"}`;
    const digest = await world.pushArtifact(web, "v1", [{ type: "application/spdx+json", content: large }]);
    const artifact = await world.pushManifest(web, "v2", {
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config: { mediaType: "application/vnd.oci.empty.v1+json", digest: secret, size: 2 },
      layers: [{ mediaType: "application/spdx+json", digest: secret, size: 2 }],
    });
    await world.describe();
    const why = async (of: Digest) => {
      const [attachment] = await readReferrer(world.context, await found(), of);
      return attachment?.kind === "unreadable" ? attachment.why : attachment?.kind;
    };
    expect(await why(artifact)).toBe("it is not in this repository");
    expect(await why(digest)).toMatch(/^it has 90000\d\d bytes, 8388608 is the most that is read$/);
    await expect(why(`sha256:${"0".repeat(64)}`)).rejects.toThrow("alice/web has no image sha256:000");
  });
});

describe("two tags", () => {
  test("are compared for a platform that both have, with the packages of their SBOMs", async () => {
    await pushBuild("v1", ["a", "b"]);
    await pushBuild("v2", ["b", "c"]);
    const only = await world.push(web, undefined, { layers: ["base"], architecture: "arm64" });
    await world.pushIndex(web, "arm", [
      { digest: only },
      { digest: await world.push(web, undefined, { architecture: "s390x" }) },
    ]);
    await world.describe();
    const compare = async (from: string, to: string, platform?: string) =>
      compareImages(world.context, await found(), { tag: from }, { tag: to }, platform);
    const { from, layers, packages } = await compare("v1", "v2");
    expect(from.platform.architecture).toBe("amd64");
    expect(layers.map(({ change }) => change)).toEqual(["same", "added", "removed"]);
    expect(packages).toEqual([
      { name: "a", type: "", before: "1", after: null },
      { name: "c", type: "", before: null, after: "1" },
    ]);
    expect((await compare("v1", "arm")).to).toMatchObject({
      digest: only,
      platform: { architecture: "arm64" },
    });
    expect((await compare("v1", "arm")).packages).toBeNull();
    await expect(compare("v1", "arm", "linux/amd64")).rejects.toThrow(/has no image for linux\/amd64/);
    await expect(compare("v1", "nothing")).rejects.toThrow('alice/web has no tag "nothing"');
  });
});

test("the API gives all of it to whoever may pull, in its own words", async () => {
  const { index } = await pushBuild("v1", ["a"]);
  const get = (path: string) =>
    api<Record<string, unknown>>(world.alice, "GET", `/api/v1/repositories/alice/web/-/${path}`);
  expect(await get("tags?sort=name&filter=V")).toMatchObject({
    tags: [{ name: "v1", media_type: mediaTypes.ociIndex, platforms: [{ os_version: "" }, {}] }],
  });
  expect(await get("images/v1?platform=linux/arm64")).toMatchObject({
    digest: index,
    image: {
      architecture: "arm64",
      steps: [{ layer: { size: 100 } }, {}],
      config: { working_directory: "" },
    },
  });
  const { referrers } = (await get(`images/${index}/referrers`)) as { referrers: { digest: string }[] };
  expect(referrers).toHaveLength(2);
  expect(await get(`images/${referrers[0]?.digest}/attachments`)).toMatchObject({
    attachments: [
      { kind: "sbom", total: 1 },
      { kind: "provenance", build_type: "" },
    ],
  });
  expect(await get("compare?from=v1&to=v1")).toMatchObject({
    size_change: 0,
    config: [],
    packages: [],
    packages_total: 0,
  });
  expect(await get("used-by")).toEqual({ repositories: [] });
  expect(await get("images/v1/origin")).toEqual({ base: null, alike: 0 });
  const statuses: [string, number][] = [
    ["images/..%2f", 400],
    [`images/${"v".repeat(129)}`, 400],
    ["images/v2", 404],
    ["compare?from=v1", 400],
    ["tags?sort=colour", 400],
    ["tags?last=x", 400],
    ["used-by?last=x", 400],
  ];
  const headers = { Authorization: `Bearer ${world.alice.accessToken}` };
  for (const [path, status] of statuses)
    expect([path, (await send(`/api/v1/repositories/alice/web/-/${path}`, { headers })).status]).toEqual([
      path,
      status,
    ]);
});
