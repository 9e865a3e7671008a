import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { app } from "../../../workers/app.ts";
import { describeWaiting } from "../../../workers/images/index.ts";
import { services } from "../../../workers/services.ts";
import { repositoryPages } from "../../../workers/web/pages/repositories/index.ts";
import {
  buildImage,
  buildIndex,
  buildReferrer,
  type Attestation,
  type Built,
  type Step,
} from "../../support/cargo.ts";
import { SeededRandom } from "../../support/random.ts";
import { api, origin, people, RepositoryClient, send, type Person } from "../support/registry.ts";
import { Visitor } from "./support/visitor.ts";

let alice: Person;
beforeEach(async () => ({ alice } = await people()));

const base: Step[] = [{ command: "ADD rootfs.tar.xz /", size: 27_000_000, content: "base" }];
const program: Step[] = [...base, { command: "COPY program /usr/bin/", size: 9_000_000 }];

async function repository(
  name: string,
  visibility: "public" | "private" = "public",
): Promise<RepositoryClient> {
  await api(alice, "POST", "/api/v1/repositories", { name, visibility });
  return RepositoryClient.open(alice, name);
}

async function push(client: RepositoryClient, built: Built, reference: string = built.digest): Promise<void> {
  for (const blob of built.blobs) await client.pushBlob(blob as Uint8Array<ArrayBuffer>);
  const { bytes, mediaType } = built.manifest;
  const answer = await client.send("PUT", `manifests/${reference}`, {
    body: bytes as Uint8Array<ArrayBuffer>,
    headers: { "Content-Type": mediaType },
  });
  if (answer.status !== 201) throw new Error(`manifest: ${answer.status} ${await answer.text()}`);
}

/** An image for two platforms, with what a build attests of each. */
async function pushIndex(
  client: RepositoryClient,
  tag: string,
  attestations: Attestation[] = [],
): Promise<Built> {
  const images = ["amd64", "arm64"].map((architecture) =>
    buildImage({ steps: program, platform: { architecture } }),
  );
  const { index, parts } = buildIndex(images, attestations);
  for (const part of parts) await push(client, part);
  await push(client, index, tag);
  await described();
  return index;
}

async function described(): Promise<void> {
  while ((await describeWaiting(services(env).images)).more);
}

describe("for who is not signed in", () => {
  test("a page takes six statements at most, with that for the version it is kept under", async () => {
    const web = await repository("alice/web");
    await push(await repository("alice/base"), buildImage({ steps: base }), "v1");
    const { digest } = await pushIndex(web, "v1", [sbom(3)]);
    await api(alice, "PUT", "/api/v1/repositories/alice/web/-/readme", { readme: "# Web" });
    const get = countingHub();
    const counts: Record<string, number> = {};
    for (const path of [
      "",
      "/-/tags",
      "/-/tags?filter=v&sort=name",
      "/-/tags/v1",
      "/-/tags/v1?platform=linux/arm64",
      `/-/images/${digest}`,
      "/-/used-by",
      "/-/stars",
      "/-/pulls",
    ]) {
      const { status, statements } = await get(`/r/alice/web${path}`);
      expect(status, path).toBe(200);
      counts[path] = statements;
    }
    expect(Math.max(...Object.values(counts)), JSON.stringify(counts)).toBeLessThanOrEqual(6);
  });

  test("a page of a private repository is that of one that is not there", async () => {
    const secret = await repository("alice/secret", "private");
    const image = buildImage({ steps: program });
    await push(secret, image, "v1");
    await described();
    const stranger = new Visitor();
    await stranger.signUp("mallory");
    // What signing up has to say is said on one page.
    await stranger.get("/");
    for (const page of repositoryPages.filter(({ path }) => path.includes(":name"))) {
      const address = (name: string) =>
        page.path.replace(":name{.+}", name).replace(":tag", "v1").replace(":digest", image.digest);
      for (const visitor of [new Visitor(), stranger]) {
        const [there, absent] = [
          await visitor.get(address("alice/secret")),
          await visitor.get(address("alice/absent")),
        ];
        expect(there.status, page.path).toBe(absent.status);
        expect([303, 404], page.path).toContain(there.status);
        const text = (await there.text()).replaceAll("secret", "absent");
        expect(withoutRequest(text), page.path).toBe(withoutRequest(await absent.text()));
        expect([...there.headers.keys()], page.path).toEqual([...absent.headers.keys()]);
      }
    }
  });

  test("an old name leads to the same page under the present one", async () => {
    await pushIndex(await repository("alice/web"), "v1");
    await api(alice, "POST", "/api/v1/repositories/alice/web/-/rename", { name: "alice/site" });
    const answer = await send("/r/alice/web/-/tags/v1?platform=linux/arm64");
    expect(answer.status).toBe(303);
    expect(answer.headers.get("Location")).toBe("/r/alice/site/-/tags/v1?platform=linux/arm64");
  });

  test("what is no tag and no digest is a page that says so", async () => {
    await repository("alice/web");
    for (const path of ["/-/tags/..%2f..", "/-/tags/v1", "/-/images/sha256:x", "/-/nothing", "/-/tags/%00"])
      expect((await send(`/r/alice/web${path}`)).status, path).toBe(404);
    const answer = await send("/r/alice/web/-/compare?from=v1&to=%3Cscript%3E");
    expect(answer.status).toBe(200);
    expect(await answer.text()).toContain("&quot;&lt;script&gt;&quot; is neither a tag nor a digest");
  });
});

describe("however much there is, a page stays below 60 kB as it is sent", () => {
  const random = new SeededRandom(4711);
  const noise = (length: number) =>
    Array.from(random.bytes(length), (byte) => (byte % 36).toString(36)).join("");

  test("10,000 tags", async () => {
    const web = await repository("alice/web");
    const steps = Array.from({ length: 30 }, (_none, index) => ({
      command: `RUN ${noise(20)}`,
      size: 1000 + random.below(10_000_000),
      content: String(index),
    }));
    const images = Array.from({ length: 8 }, (_none, index) =>
      buildImage({ steps, platform: { architecture: `arch${index}` } }),
    );
    const { index, parts } = buildIndex(images);
    for (const part of parts) await push(web, part);
    await push(web, index, "latest");
    await described();
    await env.DB.prepare(
      `with recursive number (n) as (select 1 union all select n + 1 from number where n < 10000)
        insert into tags (repository_id, name, digest, moved_at) select repository_id, 'v' || n, digest, moved_at - n from number, tags`,
    ).run();
    for (const query of ["", "?sort=name", "?sort=size", "?filter=v99"])
      expect(await weight(`/r/alice/web/-/tags${query}`), query).toBeLessThan(60_000);
    expect(await (await send("/r/alice/web/-/tags")).text()).toContain("<small> 10,001</small>");
  });

  test("200 layers, whose commands and labels are as long as they can be", async () => {
    const web = await repository("alice/web");
    const steps = Array.from({ length: 200 }, () => ({
      command: `RUN ${noise(2000)}`,
      size: random.below(1e7),
    }));
    const Labels = Object.fromEntries(Array.from({ length: 500 }, () => [noise(200), noise(2000)]));
    await push(
      web,
      buildImage({ steps, config: { Labels }, annotations: { [noise(100)]: noise(9000) } }),
      "v1",
    );
    await described();
    for (const path of ["", "/-/tags", "/-/tags/v1"])
      expect(await weight(`/r/alice/web${path}`), path).toBeLessThan(60_000);
  });

  test("3,000 packages", async () => {
    const web = await repository("alice/web");
    const image = buildImage({ steps: program });
    await push(web, image, "v1");
    const listed = buildReferrer(image, "application/spdx+json", {
      mediaType: "application/spdx+json",
      bytes: new TextEncoder().encode(JSON.stringify(sbom(3000, noise).predicate)),
    });
    await push(web, listed);
    await described();
    const path = `/r/alice/web/-/images/${listed.digest}`;
    for (const query of ["", "?from=200", "?q=a"])
      expect(await weight(path + query), query).toBeLessThan(60_000);
    const text = await (await send(path)).text();
    expect(text).toContain("3,000 packages");
    expect(text).toContain("2,800 more packages");
  });
});

function sbom(length: number, nameOf: (length: number) => string = (each) => `package-${each}`): Attestation {
  return {
    predicateType: "https://spdx.dev/Document",
    predicate: {
      spdxVersion: "SPDX-2.3",
      SPDXID: "SPDXRef-DOCUMENT",
      packages: Array.from({ length }, (_none, index) => ({
        SPDXID: `SPDXRef-${index}`,
        name: `${nameOf(30)}${index}`,
        versionInfo: nameOf(12),
        licenseDeclared: "MIT",
      })),
    },
  };
}

/** Bytes of a page as it is sent. */
async function weight(path: string): Promise<number> {
  const answer = await send(path, { headers: { "Accept-Encoding": "identity" } });
  expect(answer.status, path).toBe(200);
  const packed = answer.body?.pipeThrough(new CompressionStream("gzip"));
  return (await new Response(packed ?? null).arrayBuffer()).byteLength;
}

/** The hub, with a count of the statements that its database gets for a page: but for the name of the hub, which is read every few seconds. */
function countingHub() {
  let statements: string[] = [];
  const database = new Proxy(env.DB, {
    get: (target, name) => {
      if (name === "prepare")
        return (text: string) => {
          statements.push(text);
          return target.prepare(text);
        };
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
  const bindings = { ...env, DB: database };
  return async (path: string): Promise<{ status: number; statements: number }> => {
    statements = [];
    const { status } = await app.fetch(new Request(origin + path), bindings);
    return { status, statements: statements.filter((text) => !text.includes("hub_settings")).length };
  };
}

/** The text of a page without the number of the request. */
function withoutRequest(html: string): string {
  return html.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{16,}/g, "");
}
