import { beforeEach, describe, expect, test } from "vitest";
import type { Referrer } from "../../../workers/registry/referrers.ts";
import { mediaTypes } from "../../../workers/shared/media-types.ts";
import { firstError, imageManifest, people, RepositoryClient } from "../support/registry.ts";

let web: RepositoryClient;

beforeEach(async () => {
  const { alice } = await people();
  web = await RepositoryClient.open(alice, "alice/web");
});

async function referrers(path: string): Promise<{ manifests: Referrer[]; response: Response }> {
  const response = await web.send("GET", `referrers/${path}`);
  expect(response.status).toBe(200);
  expect(response.headers.get("Content-Type")).toBe(mediaTypes.ociIndex);
  const index = await response.json<{ schemaVersion: number; manifests: Referrer[] }>();
  expect(index.schemaVersion).toBe(2);
  return { manifests: index.manifests, response };
}

const subjectOf = (digest: string) => ({ mediaType: mediaTypes.ociManifest, digest, size: 1 });

describe("the referrers of a digest", () => {
  test("are none before anything is there", async () => {
    expect((await referrers(`sha256:${"1".repeat(64)}`)).manifests).toEqual([]);
  });

  test("are listed with size, type and annotations, also before their subject is pushed", async () => {
    const later = `sha256:${"2".repeat(64)}`;
    const signature = {
      ...(await imageManifest({}, ["signature"])),
      artifactType: "application/vnd.example.signature",
      subject: subjectOf(later),
      annotations: { "org.example.key": "value" },
    };
    const pushed = await web.pushManifest("sig", signature);
    expect(pushed.headers.get("OCI-Subject")).toBe(later);
    const digest = pushed.headers.get("Docker-Content-Digest");
    expect((await referrers(later)).manifests).toEqual([
      {
        mediaType: mediaTypes.ociManifest,
        digest,
        size: JSON.stringify(signature).length,
        artifactType: "application/vnd.example.signature",
        annotations: { "org.example.key": "value" },
      },
    ]);
  });

  test("take their type from the configuration when they name none, and an index has none", async () => {
    const subject = `sha256:${"3".repeat(64)}`;
    await web.pushManifest("a", { ...(await imageManifest({}, [])), subject: subjectOf(subject) });
    const index = {
      schemaVersion: 2,
      mediaType: mediaTypes.ociIndex,
      manifests: [],
      subject: subjectOf(subject),
    };
    await web.pushManifest("b", index, mediaTypes.ociIndex);
    const { manifests } = await referrers(subject);
    const types = Object.fromEntries(manifests.map((each) => [each.mediaType, each.artifactType]));
    expect(types).toEqual({
      [mediaTypes.ociIndex]: undefined,
      [mediaTypes.ociManifest]: "application/vnd.oci.image.config.v1+json",
    });
  });

  test("are filtered by artifact type, and the answer says so", async () => {
    const subject = `sha256:${"4".repeat(64)}`;
    for (const type of ["a/sig", "a/sbom"])
      await web.pushManifest(type.slice(2), {
        ...(await imageManifest({ type }, [])),
        artifactType: type,
        subject: subjectOf(subject),
      });
    const { manifests, response } = await referrers(
      `${subject}?artifactType=${encodeURIComponent("a/sbom")}`,
    );
    expect(manifests.map((each) => each.artifactType)).toEqual(["a/sbom"]);
    expect(response.headers.get("OCI-Filters-Applied")).toBe("artifactType");
    expect((await referrers(`${subject}?artifactType=none`)).manifests).toEqual([]);
  });

  test("come in pages", async () => {
    const subject = `sha256:${"5".repeat(64)}`;
    for (const n of [1, 2, 3])
      await web.pushManifest(`r${n}`, { ...(await imageManifest({ n }, [])), subject: subjectOf(subject) });
    const first = await referrers(`${subject}?n=2`);
    expect(first.manifests).toHaveLength(2);
    const next = /^<([^>]+)>/.exec(first.response.headers.get("Link") ?? "")?.[1] ?? "";
    const rest = await (await web.send("GET", next)).json<{ manifests: Referrer[] }>();
    expect(rest.manifests).toHaveLength(1);
    expect(new Set([...first.manifests, ...rest.manifests].map((each) => each.digest)).size).toBe(3);
  });

  test("are gone with the manifest that referred", async () => {
    const subject = await web.pushImage("v1", ["one"]);
    const pushed = await web.pushManifest("sig", {
      ...(await imageManifest({}, [])),
      subject: subjectOf(subject),
    });
    await web.send("DELETE", `manifests/${pushed.headers.get("Docker-Content-Digest")}`);
    expect((await referrers(subject)).manifests).toEqual([]);
  });

  test("of something that is no digest are refused", async () => {
    const response = await web.send("GET", "referrers/latest");
    expect(response.status).toBe(400);
    expect((await firstError(response)).code).toBe("DIGEST_INVALID");
  });

  test("with annotations too large for a list are refused", async () => {
    const response = await web.pushManifest("big", {
      ...(await imageManifest({}, [])),
      subject: subjectOf(`sha256:${"6".repeat(64)}`),
      annotations: { big: "x".repeat(70_000) },
    });
    expect(response.status).toBe(400);
    expect((await firstError(response)).message).toContain("move what is larger into a blob");
  });
});
