import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readmeAddresses, takeAnnotations } from "../../../workers/hub/index.ts";
import type { Person } from "../support/auth.ts";
import { ProfilesWorld } from "./support/profiles-world.ts";

const sourceAnnotation = "org.opencontainers.image.source";
const raw = "https://raw.githubusercontent.com/acme/web/HEAD";

/** What forges answer by address; others are not there. */
let forge: Map<string, () => Response>;
let asked: string[];
let world: ProfilesWorld;
let alice: Person;
let bob: Person;

beforeEach(async () => {
  forge = new Map();
  asked = [];
  world = new ProfilesWorld(async (request) => {
    const address = request instanceof Request ? request.url : String(request);
    asked.push(address);
    return forge.get(address)?.() ?? new Response("404: Not Found", { status: 404 });
  });
  alice = await world.auth.person("alice");
  bob = await world.auth.person("bob");
  await world.auth.repository("alice/web", "public");
});

afterEach(async () => world.settle());

const take = async (who = alice) =>
  world.api<{ detail: string }>(who, "POST", "alice/web/-/readme/from-source");
const read = async () => world.must<{ readme: string; origin: string }>(alice, "GET", "alice/web/-/readme");
const source = async (url: string) => world.must(alice, "PATCH", "alice/web/-/profile", { source_url: url });
const give = (address: string, text: string) => forge.set(address, () => new Response(text));
const push = async (annotations: Record<string, string>) =>
  takeAnnotations(world.hub, await world.idOf("alice/web"), annotations);

describe("a README that is linked to its git repository", () => {
  test("is taken from there now, and with each push, until somebody writes another", async () => {
    await push({ [sourceAnnotation]: "https://github.com/acme/web" });
    give(`${raw}/README.md`, "# One");
    expect((await take()).status).toBe(204);
    expect(await read()).toMatchObject({ readme: "# One", origin: "git" });

    give(`${raw}/README.md`, "# Two");
    await push({ [sourceAnnotation]: "https://github.com/mallory/web", "io.wherry.readme": "# Mallory's" });
    expect(await read()).toMatchObject({ readme: "# Two", origin: "git" });
    expect(asked.some((address) => address.includes("mallory"))).toBe(false);

    forge.clear();
    await push({});
    expect(await read()).toMatchObject({ readme: "# Two" });

    await world.must(alice, "PUT", "alice/web/-/readme", "# By hand");
    give(`${raw}/README.md`, "# Three");
    await push({});
    expect(await read()).toMatchObject({ readme: "# By hand", origin: "written" });
  });

  test("is not asked for with a push where only CI wrote it, and an image says where the source is", async () => {
    await push({ [sourceAnnotation]: "https://github.com/acme/web" });
    await world.must(alice, "PUT", "alice/web/-/readme", { readme: "# From CI", origin: "git" });
    await push({ [sourceAnnotation]: "https://github.com/acme/web" });
    expect(asked).toEqual([]);
    expect(await read()).toMatchObject({ readme: "# From CI" });
  });

  test("stays what CI wrote where somebody wrote where the source is, also after it was linked before", async () => {
    await source("https://github.com/acme/web");
    give(`${raw}/README.md`, "# Of the source");
    await take();
    asked = [];
    await world.must(alice, "PUT", "alice/web/-/readme", { readme: "# From CI", origin: "git" });
    await push({});
    expect(asked).toEqual([]);
    expect(await read()).toMatchObject({ readme: "# From CI", origin: "git" });
  });

  test("does not tell who may only write what is said of a repository where its source is", async () => {
    await world.auth.repository("alice/secret", "private");
    const { token } = await world.auth.token(alice.accessToken, {
      scopes: ["repository:alice/secret:metadata"],
    });
    const address = "alice/secret/-";
    const answers: unknown[] = [];
    for (const url of [null, "https://git.internal.example/secret", "https://github.com/acme/secret"]) {
      await world.must(alice, "PATCH", `${address}/profile`, { source_url: url });
      const { status, body } = await world.api(
        { accessToken: token },
        "POST",
        `${address}/readme/from-source`,
      );
      expect(status).toBe(400);
      answers.push(body);
    }
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(JSON.stringify(answers)).not.toMatch(/internal|acme/);
  });

  test("comes from forges that are known, and from nowhere else", async () => {
    expect(await take()).toMatchObject({
      status: 400,
      body: { detail: expect.stringContaining("set it first") },
    });
    for (const url of [
      "https://metadata.internal/acme/web",
      "http://github.com/acme/web",
      "https://github.com:8443/acme/web",
      "https://github.com/acme",
      "https://github.com/acme//web",
    ]) {
      await source(url);
      expect(await take(), url).toMatchObject({ status: 400 });
    }
    expect(asked).toEqual([]);
    await source("https://github.com/acme/web");
    for (const elsewhere of [
      "https://169.254.169.254/latest",
      "http://raw.githubusercontent.com/x",
      "not an address://",
    ]) {
      forge.set(
        `${raw}/README.md`,
        () => new Response(null, { status: 301, headers: { Location: elsewhere } }),
      );
      expect((await take()).status, elsewhere).toBe(404);
    }
    expect(asked.filter((address) => !address.startsWith(`${raw}/`))).toEqual([]);
  });

  test("follows a repository that was renamed, and says what is wrong with what it finds", async () => {
    await source("https://github.com/acme/web");
    const moved = raw.replace("acme/web", "acme/site");
    forge.set(
      `${raw}/README.md`,
      () => new Response(null, { status: 301, headers: { Location: `${moved}/README.md` } }),
    );
    give(`${moved}/README.md`, "# Moved");
    expect((await take()).status).toBe(204);
    expect(await read()).toMatchObject({ readme: "# Moved" });

    const wrong: [() => Response, number, string][] = [
      [() => new Response("x".repeat(256 * 1024 + 1)), 413, "262144"],
      [() => new Response(new Uint8Array([0xff, 0xfe, 0])), 400, "UTF-8"],
      [() => new Response("busy", { status: 503 }), 503, "answered 503"],
      [
        () => new Response(null, { status: 302, headers: { Location: `${raw}/README.md` } }),
        503,
        "redirects",
      ],
      [() => Response.error(), 503, ""],
    ];
    for (const [answer, status, words] of wrong) {
      forge.set(`${raw}/README.md`, answer);
      expect(await take()).toMatchObject({ status, body: { detail: expect.stringContaining(words) } });
    }
    forge.clear();
    expect(await take()).toMatchObject({
      status: 404,
      body: { detail: expect.stringContaining("no README.md") },
    });
    expect(await read()).toMatchObject({ readme: "# Moved" });
  });

  test("is taken by who may write it, and not without end", async () => {
    await source("https://github.com/acme/web");
    give(`${raw}/README.md`, "# One");
    expect((await take(bob)).status).toBe(403);
    expect(asked).toEqual([]);
    for (let time = 0; time < 10; time += 1) expect((await take()).status).toBe(204);
    expect((await take()).status).toBe(429);
    asked = [];
    await push({});
    expect(asked).toEqual([]);
    expect(await read()).toMatchObject({ readme: "# One" });
  });
});

describe("a README of a git repository", () => {
  test.each([
    ["https://github.com/acme/web.git", `${raw}/README.md`],
    [
      "https://github.com/acme/web/tree/main/images/proxy",
      "https://raw.githubusercontent.com/acme/web/main/images/proxy/README.md",
    ],
    ["https://gitlab.com/acme/tools/web/", "https://gitlab.com/acme/tools/web/-/raw/HEAD/README.md"],
    ["https://gitlab.com/acme/web/-/tree/v1/docker", "https://gitlab.com/acme/web/-/raw/v1/docker/README.md"],
    ["https://codeberg.org/acme/web", "https://codeberg.org/acme/web/raw/HEAD/README.md"],
    [
      "https://codeberg.org/acme/web/src/branch/main/a",
      "https://codeberg.org/acme/web/raw/branch/main/a/README.md",
    ],
  ])("of %s is at %s", (url, address) => {
    expect(readmeAddresses(url)[0]).toBe(address);
  });
});
