import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { takeAnnotations } from "../../../workers/hub/index.ts";
import { services } from "../../../workers/services.ts";
import type { Digest } from "../../../workers/shared/digest.ts";
import type { Person } from "../support/auth.ts";
import { ProfilesWorld } from "./support/profiles-world.ts";

let world: ProfilesWorld;
let alice: Person;
let bob: Person;

beforeEach(async () => {
  world = new ProfilesWorld();
  alice = await world.auth.person("alice");
  bob = await world.auth.person("bob");
  await world.auth.repository("alice/web", "public");
  await world.auth.repository("alice/next", "private");
});

afterEach(async () => world.settle());

const change = async (body: object, name = "alice/web", who = alice) =>
  world.api(who, "PATCH", `${name}/-/profile`, body);
const read = async (name = "alice/web", who = alice) => world.must(who, "GET", `${name}/-/profile`);

const nothing = {
  description: "",
  categories: [],
  deprecated: false,
  deprecated_at: null,
  successor: null,
  source_url: null,
  licenses: null,
};

async function logged(): Promise<unknown[]> {
  const rows = await world.auth.auth.db.query
    .selectFrom("audit_log")
    .select(["action", "target", "before", "after"])
    .where("action", "like", "repository.profile%")
    .where("log", "=", alice.id)
    .orderBy("id")
    .execute();
  return rows.map(({ before, after, ...row }) => ({
    ...row,
    before: JSON.parse(before ?? "null"),
    after: JSON.parse(after ?? "null"),
  }));
}

describe("a profile", () => {
  test("says nothing until somebody does, and then what they said; the log tells what changed", async () => {
    expect(await read()).toEqual({ ...nothing, updated_at: null });
    const said = {
      description: " A web server ⚓ ",
      categories: ["web-servers", "networking", "web-servers"],
      source_url: "https://github.com/acme/web",
      licenses: "MIT OR Apache-2.0",
    };
    expect((await change(said)).status).toBe(204);
    expect(await read("alice/web", bob)).toMatchObject({
      ...said,
      description: "A web server ⚓",
      categories: ["web-servers", "networking"],
    });
    await change({ licenses: null });
    expect(await read()).toMatchObject({ licenses: null, description: "A web server ⚓" });
    await change({ licenses: "" });
    expect(await logged()).toMatchObject([
      { action: "repository.profile", target: "alice/web", before: { description: "", categories: [] } },
      { before: { licenses: "MIT OR Apache-2.0" }, after: { licenses: null } },
    ]);
  });

  test("takes no more than it has room for, and says which part is wrong", async () => {
    const refused: [body: object, says: RegExp][] = [
      [{ description: "x".repeat(201) }, /201 characters; it has room for 200/],
      [{ description: "two\nlines" }, /control characters/],
      [{ description: "\u202Eesrever" }, /control characters/],
      [{ categories: ["boats"] }, /no category "boats"; there are .*databases/],
      [{ categories: ["games", "media", "storage", "search"] }, /4 categories are chosen; .* 3 at most/],
      [{ source_url: "javascript:alert(1)" }, /begins with https/],
      [{ source_url: "https://me:secret@git.example" }, /no user name/],
      [{ licenses: "x".repeat(201) }, /one line of 200/],
      [{ successor: "alice/next" }, /is not deprecated/],
      [{ deprecated: true, successor: "alice/web" }, /its own successor/],
      [{ deprecated: true, successor: "nobody/there" }, /no repository nobody\/there/],
      [{ visibility: "public" }, /visibility/],
      [{ written: [] }, /written/],
    ];
    for (const [body, says] of refused) {
      const answer = await change(body);
      expect(answer, JSON.stringify(body)).toMatchObject({
        status: 400,
        body: { detail: expect.stringMatching(says) },
      });
    }
    expect((await change({ description: "⚓".repeat(200) })).status).toBe(204);
    expect(await read()).toMatchObject({ ...nothing, description: "⚓".repeat(200) });
  });

  test("names a successor to those who may read it, by the name it has now, and to nobody once it is gone", async () => {
    await change({ deprecated: true, successor: "alice/next" });
    expect(await read()).toMatchObject({ deprecated: true, successor: "alice/next" });
    expect(await read("alice/web", bob)).toMatchObject({ deprecated: true, successor: null });
    const narrow = { accessToken: await tokenOf(["repository:alice/web:pull"]) } as Person;
    expect(await read("alice/web", narrow)).toMatchObject({ successor: null });

    await world.must(alice, "POST", "alice/next/-/rename", { name: "alice/newer" });
    await world.must(alice, "PATCH", "alice/newer", { visibility: "public" });
    expect(await read("alice/web", bob)).toMatchObject({ successor: "alice/newer" });
    await world.must(alice, "DELETE", "alice/newer");
    expect(await read()).toMatchObject({ deprecated: true, successor: null });
    await world.auth.repository("alice/other", "public");
    await change({ successor: "alice/other" });
    await change({ deprecated: false });
    expect(await read()).toMatchObject({ deprecated: false, successor: null });
  });

  test("of a circle of successors leads around it and no further", async () => {
    await change({ deprecated: true, successor: "alice/next" });
    expect((await change({ deprecated: true, successor: "alice/web" }, "alice/next")).status).toBe(204);
    expect(await read("alice/next")).toMatchObject({ successor: "alice/web" });
  });

  test("cannot be named as a successor by who may not read it: the answer is that of a repository that is not there", async () => {
    await world.auth.repository("bob/old", "public");
    const hidden = await change({ deprecated: true, successor: "alice/next" }, "bob/old", bob);
    const absent = await change({ deprecated: true, successor: "alice/none" }, "bob/old", bob);
    expect(hidden.status).toBe(400);
    expect(JSON.stringify(hidden.body).replaceAll("alice/next", "alice/none")).toBe(
      JSON.stringify(absent.body),
    );
  });

  test("is changed by a token that has `metadata` for it, which changes nothing else", async () => {
    const token = { accessToken: await tokenOf(["repository:alice/web:metadata"]) } as Person;
    expect((await change({ description: "by CI" }, "alice/web", token)).status).toBe(204);
    expect((await world.api(token, "PUT", "alice/web/-/readme", "# by CI")).status).toBe(204);
    expect((await world.api(token, "DELETE", "alice/web/-/readme")).status).toBe(204);

    const ofPrivate = { accessToken: await tokenOf(["repository:alice/next:metadata"]) } as Person;
    expect((await change({ description: "by CI" }, "alice/next", ofPrivate)).status).toBe(204);
    expect((await world.api(ofPrivate, "GET", "alice/next/-/profile")).status).toBe(403);
    // To write is no way to read what is there.
    for (const [method, part, body] of [
      ["PATCH", "profile", {}],
      ["PUT", "readme", "# by CI"],
    ] as const)
      expect(await world.api(ofPrivate, method, `alice/next/-/${part}`, body)).toEqual({
        status: 204,
        body: undefined,
      });

    // One that it is not for is not there.
    expect((await change({ description: "x" }, "alice/next", token)).status).toBe(404);
    const others: [method: string, path: string, body?: object][] = [
      ["PATCH", "alice/web", { visibility: "private" }],
      ["DELETE", "alice/web"],
      ["DELETE", "alice/web/-/tags/v1"],
      ["POST", "alice/web/-/rename", { name: "alice/taken" }],
      ["PUT", "alice/web/-/collaborators/bob", { role: "admin" }],
      ["GET", "alice/web/-/access"],
      ["PUT", "alice/web/-/star"],
    ];
    for (const [method, path, body] of others)
      expect((await world.api(token, method, path, body)).status, `${method} ${path}`).toBe(403);
    const without = { accessToken: await tokenOf(["repository:alice/web:pull,push,delete"]) } as Person;
    expect((await change({ description: "x" }, "alice/web", without)).status).toBe(403);
  });
});

async function tokenOf(scopes: string[]): Promise<string> {
  return (await world.auth.token(alice.accessToken, { scopes })).token;
}

const digestOfNothing: Digest = `sha256:${"0".repeat(64)}`;

describe("what an image says of itself", () => {
  const of = (what: string) => `org.opencontainers.image.${what}`;
  const take = async (annotations: Record<string, string>) =>
    takeAnnotations(world.hub, await world.idOf("alice/web"), annotations);

  test("stands where nobody wrote anything, follows the image, and gives way to what is written", async () => {
    const image = {
      [of("description")]: ` A\n web   server. ${"x".repeat(300)}`,
      [of("source")]: "https://git.example/acme/web",
      [of("licenses")]: "MIT",
      "io.wherry.readme": "# By the image",
    };
    await take(image);
    const cut = `A web server. ${"x".repeat(185)}…`;
    expect(await read()).toMatchObject({
      description: cut,
      source_url: image[of("source")],
      licenses: "MIT",
    });
    expect(await world.must(alice, "GET", "alice/web/-/readme")).toMatchObject({
      readme: "# By the image",
      origin: "annotation",
    });

    await change({ description: "By hand." });
    await world.must(alice, "PUT", "alice/web/-/readme", "# By hand");
    await take({ ...image, [of("licenses")]: "BSD-3-Clause", "io.wherry.readme": "# Again" });
    expect(await read()).toMatchObject({ description: "By hand.", licenses: "BSD-3-Clause" });
    expect(await world.must(alice, "GET", "alice/web/-/readme")).toMatchObject({ origin: "written" });

    await change({ description: "" });
    await take({});
    expect(await read()).toMatchObject({ description: "", source_url: null, licenses: null });
  });

  test("comes from the image that people get who name no tag, and from no other", async () => {
    const { images } = services(env);
    const image = { repositoryId: await world.idOf("alice/web"), digest: digestOfNothing, tags: ["latest"] };
    await images.described({
      ...image,
      isDefault: false,
      annotations: { [of("description")]: "of a branch" },
    });
    expect(await read()).toMatchObject({ description: "" });
    await images.described({ ...image, isDefault: true, annotations: { [of("description")]: "A server." } });
    expect(await read()).toMatchObject({ description: "A server." });
  });

  test("is passed over where it cannot be used; and said twice it changes nothing", async () => {
    await take({
      [of("source")]: "javascript:alert(1)",
      [of("description")]: "\u0000\u202E<script>alert(1)</script>",
      [of("licenses")]: "x".repeat(5000),
      "io.wherry.readme": "x".repeat(300 * 1024),
    });
    const first = await read();
    expect(first).toMatchObject({ description: "<script>alert(1)</script>", source_url: null });
    expect((await world.api(alice, "GET", "alice/web/-/readme")).status).toBe(404);
    world.auth.now += 1000;
    await take({ [of("description")]: "<script>alert(1)</script>", [of("licenses")]: "x".repeat(5000) });
    expect(await read()).toEqual(first);
    await takeAnnotations(world.hub, 4711, { [of("description")]: "of a repository that has gone" });
  });
});
