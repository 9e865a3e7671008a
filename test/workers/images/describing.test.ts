import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { listTags, readImage } from "../../../workers/images/index.ts";
import { HubError } from "../../../workers/shared/errors.ts";
import type { RepositoryClient } from "../support/registry.ts";
import { ImagesWorld } from "./support/world.ts";

let world: ImagesWorld;
let web: RepositoryClient;

beforeEach(async () => {
  world = await ImagesWorld.make();
  web = await world.client(world.alice, "alice/web");
});

afterEach(() => {
  vi.restoreAllMocks();
});

const waiting = async () =>
  (await world.context.db.query.selectFrom("undescribed_manifests").select("digest").execute()).map(
    ({ digest }) => digest,
  );

const view = async (tag: string) => readImage(world.context, await world.found("alice/web"), { tag });

describe("a manifest that was pushed", () => {
  test("waits to be described, is described once, and others are told", async () => {
    const digest = await world.push(web, "v1", {
      layers: ["a"],
      config: { config: { Labels: { "org.opencontainers.image.title": "from the label", only: "label" } } },
      manifest: { annotations: { "org.opencontainers.image.title": "from the annotation" } },
    });
    expect(await waiting()).toEqual([digest]);
    await world.describe();
    expect(await waiting()).toEqual([]);
    expect(world.told).toMatchObject([
      {
        digest,
        tags: ["v1"],
        isDefault: true,
        annotations: { "org.opencontainers.image.title": "from the annotation", only: "label" },
      },
    ]);
  });

  test("is described on the spot for whoever looks before the queue, which tells of it all the same", async () => {
    const digest = await world.push(web, "v1", { layers: ["a"] });
    expect((await view("v1")).image).toMatchObject({ os: "linux", layers: [{ size: 100 }] });
    expect(world.told).toEqual([]);
    expect(await waiting()).toEqual([digest]);
    await world.describe();
    expect(world.told).toHaveLength(1);
  });

  test("is told of again when a tag moves to it", async () => {
    const old = await world.push(web, "latest", { layers: ["a"] });
    await world.push(web, "latest", { layers: ["b"] });
    await world.describe();
    world.told.length = 0;
    await world.push(web, "latest", { layers: ["a"] });
    await world.describe();
    expect(world.told).toMatchObject([{ digest: old, tags: ["latest"], isDefault: true }]);
  });

  test("is forgotten with its repository, also when it is deleted meanwhile", async () => {
    await world.push(web, "v1", { layers: ["a", "b"] });
    await world.describe();
    await world.push(web, "v2", { layers: ["a", "c"] });
    const { db } = world.context;
    const described = world.context.described;
    world.context.described = async (image) => {
      await db.query.deleteFrom("repositories").execute();
      await described(image);
    };
    await world.describe();
    for (const table of [
      "images",
      "image_chains",
      "repository_chains",
      "undescribed_manifests",
      "tag_counts",
    ] as const)
      expect([table, await db.query.selectFrom(table).selectAll().execute()]).toEqual([table, []]);
  });
});

describe("an index", () => {
  test("is as big as the images in it, whichever came first, and so are its tags", async () => {
    const children = [
      await world.push(web, undefined, { layers: ["a", "b"] }),
      await world.push(web, undefined, { layers: ["c"], architecture: "arm64" }),
    ];
    await world.pushIndex(
      web,
      "v1",
      children.map((digest) => ({ digest })),
    );
    const { db } = world.context;
    // The index first.
    await db.query
      .updateTable("undescribed_manifests")
      .set({ due_at: 1 })
      .where("digest", "not in", children)
      .execute();
    await world.describe();
    const sizes = await db.query.selectFrom("images").select(["kind", "size"]).orderBy("size").execute();
    const [small, large] = sizes.filter(({ kind }) => kind === "image").map(({ size }) => size);
    expect(sizes.find(({ kind }) => kind === "index")?.size).toBe((small ?? 0) + (large ?? 0));
    const tag = await db.query.selectFrom("tags").select("size").executeTakeFirstOrThrow();
    expect(tag.size).toBe((small ?? 0) + (large ?? 0));
  });

  test("tells what it says itself before what its images say, and that before their labels", async () => {
    const digest = await world.push(web, undefined, {
      config: { config: { Labels: { a: "label", b: "label", c: "label" } } },
      manifest: { annotations: { a: "image", b: "image" } },
    });
    await world.pushIndex(web, "v1", [{ digest }], { annotations: { a: "index" } });
    await world.describe();
    const told = world.told.find(({ tags }) => tags.includes("v1"));
    expect(told?.annotations).toEqual({ a: "index", b: "image", c: "label" });
  });
});

describe("what cannot be read", () => {
  test("is said, and waits no more", async () => {
    const configs: Record<string, readonly [config: unknown, why: string]> = {
      text: ["not JSON", "it is not UTF-8 encoded JSON"],
      list: [[], "it is not a JSON object"],
      steps: [
        { history: Array.from({ length: 10_000 }, () => ({})) },
        "history has 10000 entries, 5200 is the most",
      ],
      number: [{ config: { Env: 7 } }, "Env is not a list of texts"],
      labels: [{ config: { Labels: { a: [] } } }, "Labels has values that are no text"],
      digests: [
        { rootfs: { diff_ids: ["sha256:short"] } },
        "rootfs.diff_ids has an entry that is not a digest",
      ],
      deep: [`{"a":${"[".repeat(100_000)}${"]".repeat(100_000)}}`, "it nests deeper than 100 levels"],
      many: [`{"a":[${"0,".repeat(700_000)}0]}`, "it has more than 600000 values"],
      large: [`{"a":"${"x".repeat(5_000_000)}"}`, "its configuration has 5000008 bytes, 4194304 is the most"],
    };
    for (const [tag, [config]] of Object.entries(configs))
      await world.push(web, tag, { layers: ["a"], config });
    await world.describe();
    expect(await waiting()).toEqual([]);
    for (const [tag, [, why]] of Object.entries(configs))
      expect([tag, (await view(tag)).image]).toMatchObject([
        tag,
        { unreadable: why, config: null, layers: [{ size: 100 }] },
      ]);
  });

  test("a configuration that comes after its manifest is read once it is there", async () => {
    await world.push(web, "v1", { layers: ["a"], withoutConfig: true });
    await world.describe();
    expect((await view("v1")).image?.unreadable).toBe("its configuration is not in this repository");
    await world.push(web, undefined, { layers: ["a"] });
    expect(await waiting()).toHaveLength(1);
    await world.describe();
    expect((await view("v1")).image).toMatchObject({ unreadable: null, architecture: "amd64" });
  });

  test("a configuration that only another's repository has is not read: not its secrets, not its chains", async () => {
    const secret = { layers: ["a"], config: { config: { Env: ["PASSWORD=of bob"] } } };
    const bobs = await world.client(world.bob, "bob/secret");
    await world.push(bobs, "v1", secret);
    await world.push(web, "v1", { ...secret, withoutConfig: true });
    await world.describe();
    const { image } = await view("v1");
    expect(image).toMatchObject({ config: null, unreadable: "its configuration is not in this repository" });
    const { db } = world.context;
    const found = await world.found("alice/web");
    const chains = await db.query
      .selectFrom("image_chains")
      .selectAll()
      .where("repository_id", "=", found.id)
      .execute();
    expect(chains).toEqual([]);
  });

  test("a manifest that nobody can read for ten tries is said to be that, and waits no more", async () => {
    await world.push(web, "v1", { layers: ["a"] });
    vi.spyOn(console, "error").mockImplementation(() => {});
    const away = vi
      .spyOn(world.context.registry.blobs, "read")
      .mockRejectedValue(new HubError("unavailable", "the store is away"));
    for (let tries = 0; tries < 9; tries += 1) {
      await world.describe();
      expect(await waiting()).toHaveLength(1);
      // Not before its time.
      await world.describe();
      world.ahead += 6 * 3_600_000;
    }
    await world.describe();
    expect(await waiting()).toEqual([]);
    away.mockRestore();
    expect(await view("v1")).toMatchObject({ kind: "artifact", image: { unreadable: "the store is away" } });
  });

  test("whoever is told and fails is told again", async () => {
    await world.push(web, "v1", { layers: ["a"] });
    vi.spyOn(console, "error").mockImplementation(() => {});
    const { described } = world.context;
    world.context.described = async () => {
      throw new Error("not now");
    };
    await world.describe();
    expect(await waiting()).toHaveLength(1);
    world.context.described = described;
    world.ahead += 3_600_000;
    await world.describe();
    expect(world.told).toHaveLength(1);
    expect(await waiting()).toEqual([]);
  });
});

test("texts are kept without what nobody can see, and cut; what is large is left out, which is said", async () => {
  await world.push(web, "v1", {
    config: {
      author: "me\u0000\u001b[31m\u202egnp.exe\ud800",
      config: {
        Entrypoint: "/bin/run",
        Labels: Object.fromEntries(
          Array.from({ length: 400 }, (_, index) => [`label ${index}`, "x".repeat(4000)]),
        ),
        Env: ["LONG=" + "y".repeat(9000), "A=1"],
      },
    },
  });
  await world.describe();
  const { image } = await view("v1");
  expect(image?.config).toMatchObject({
    author: "me\ufffd\ufffd[31m\ufffdgnp.exe\ufffd",
    entrypoint: ["/bin/run"],
    labels: {},
    cut: expect.arrayContaining(["labels", "environment"]),
  });
  expect(image?.config?.environment.map((variable) => variable.length)).toEqual([4096, 3]);
});

test("pages of tags describe what they show, and no more than a few", async () => {
  for (let index = 0; index < 10; index += 1) await world.push(web, `v${index}`, { layers: [`${index}`] });
  const found = await world.found("alice/web");
  const { tags } = await listTags(world.context, found, {
    sort: "pushed",
    filter: "",
    page: { limit: 100, last: "" },
  });
  expect(tags.filter(({ size }) => size > 0)).toHaveLength(8);
  expect(tags.map(({ kind }) => kind)).toEqual(Array.from({ length: 10 }, () => "image"));
});
