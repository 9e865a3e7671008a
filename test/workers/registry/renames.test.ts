import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { Database } from "../../../workers/db/index.ts";
import { minute } from "../../../workers/platform/clock.ts";
import { getManifest } from "../../../workers/registry/manifests.ts";
import {
  accessTokenOf,
  api,
  firstError,
  imageManifest,
  people,
  registryToken,
  RepositoryClient,
  send,
  type Person,
} from "../support/registry.ts";
import { RegistryWorld } from "../support/registry-world.ts";
import { ask, release, rename, restIsOver, status, tagOf } from "./support/names.ts";

let admin: Person;
let alice: Person;
let bob: Person;
let digest: string;

const { query } = new Database(env.DB);

beforeEach(async () => {
  ({ admin, alice, bob } = await people());
  digest = await (await RepositoryClient.open(alice, "alice/web")).pushImage("v1", ["one"]);
});

const reads = (blob: string) => [
  ["GET", "manifests/v1"],
  ["HEAD", "manifests/v1"],
  ["GET", `manifests/${digest}`],
  ["GET", "tags/list"],
  ["GET", `referrers/${digest}`],
  ["GET", `blobs/${blob}`],
  ["HEAD", `blobs/${blob}`],
];

async function firstLayer(name: string): Promise<string> {
  const client = await RepositoryClient.open(alice, name);
  const { layers } = await (
    await client.send("GET", "manifests/v1")
  ).json<{ layers: { digest: string }[] }>();
  return layers[0]?.digest ?? "";
}

describe("under its old name a repository", () => {
  test("is read as before, by tag and digest, with its blobs, tags and referrers", async () => {
    const blob = await firstLayer("alice/web");
    await rename(alice, "alice/web", "alice/site");
    for (const name of ["alice/web", "alice/site"]) {
      const client = await RepositoryClient.open(alice, name);
      for (const [method = "", path = ""] of reads(blob))
        expect([name, method, path, (await client.send(method, path)).status]).toEqual([
          name,
          method,
          path,
          200,
        ]);
    }
  });

  test("is read with a registry token from before, and by anybody when it is public", async () => {
    const before = await RepositoryClient.open(alice, "alice/web");
    await rename(alice, "alice/web", "alice/site");
    expect((await before.send("GET", "manifests/v1")).status).toBe(200);
    expect((await send("/v2/alice/web/manifests/v1")).status).toBe(401);
    await api(alice, "PATCH", "/api/v1/repositories/alice/site", { visibility: "public" });
    expect((await send("/v2/alice/web/manifests/v1")).status).toBe(200);
    expect(await tagOf(bob, "alice/web", "v1")).toBe(digest);
    expect(await tagOf(undefined, "alice/web", "v1")).toBe(digest);
  });

  test("is not pushed to: whoever tries reads the new name", async () => {
    const client = await RepositoryClient.open(alice, "alice/web");
    await rename(alice, "alice/web", "alice/site");
    const moved = { status: 403, code: "DENIED", message: `"alice/web" is now "alice/site"; push there` };
    const answerOf = async (response: Response) => {
      const { code, message } = await firstError(response);
      return { status: response.status, code, message };
    };
    const manifest = await imageManifest({}, []);
    expect(await answerOf(await client.pushManifest("v2", manifest))).toEqual(moved);
    const bytes = new TextEncoder().encode("two");
    const two = (await imageManifest({}, ["two"])) as { layers: { digest: string }[] };
    const push = `blobs/uploads/?digest=${two.layers[0]?.digest}`;
    expect(await answerOf(await client.send("POST", push, { body: bytes }))).toEqual(moved);
    expect(await answerOf(await client.send("DELETE", "manifests/v1"))).toEqual(moved);
    expect(await answerOf(await client.send("DELETE", `manifests/${digest}`))).toEqual(moved);
    const other = await RepositoryClient.open(alice, "alice/other");
    const blob = await other.pushBlob("mounted");
    const mounted = await client.send("POST", `blobs/uploads/?mount=${blob}&from=alice/other`);
    expect(await answerOf(mounted)).toEqual(moved);
    expect(await tagOf(alice, "alice/site", "v1")).toBe(digest);
    expect(await tagOf(alice, "alice/site", "v2")).toBe(404);
  });

  test("is not pushed to with a token made since either, and that is said before anything is uploaded", async () => {
    await rename(alice, "alice/web", "alice/site");
    const client = await RepositoryClient.open(alice, "alice/web");
    for (const [method, path] of [
      ["POST", "blobs/uploads/"],
      ["PUT", "manifests/v2"],
      ["DELETE", "manifests/v1"],
    ] as const) {
      const response = await client.send(method, path);
      expect(response.status).toBe(403);
      expect((await firstError(response)).message).toBe(`"alice/web" is now "alice/site"; push there`);
    }
    // Nor into what has the name before the token expires.
    await release(alice, "alice/web");
    await restIsOver();
    await (await RepositoryClient.open(alice, "alice/web")).pushImage("v1", ["another"]);
    expect((await client.pushManifest("v2", await imageManifest({}, []))).status).toBe(403);
  });

  test("an upload that was under way ends with the new name, and leaves nothing", async () => {
    const client = await RepositoryClient.open(alice, "alice/web");
    const started = await client.send("POST", "blobs/uploads/");
    const location = started.headers.get("Location") ?? "";
    const bytes = new TextEncoder().encode("under way");
    await client.send("PATCH", location, { body: bytes });
    await rename(alice, "alice/web", "alice/site");
    const image = (await imageManifest({}, ["under way"])) as { layers: { digest: string }[] };
    const finish = `${location}?digest=${image.layers[0]?.digest}`;
    const finished = await client.send("PUT", finish);
    expect(finished.status).toBe(403);
    expect((await firstError(finished)).message).toBe(`"alice/web" is now "alice/site"; push there`);
    expect((await client.send("PUT", finish)).status).toBe(404);
    expect((await client.send("HEAD", `blobs/${image.layers[0]?.digest}`)).status).toBe(404);
    expect(await query.selectFrom("garbage").select("locator").execute()).toHaveLength(1);
  });

  test("cannot be told from none by who has no right to it", async () => {
    await rename(alice, "alice/web", "alice/site");
    const seen = async (who: Person | undefined, name: string, method: string, path: string) => {
      const token = await registryToken(who, `repository:${name}:pull,push,delete`);
      const response = await send(`/v2/${name}/${path}`, {
        method,
        headers: { Authorization: `Bearer ${token}` },
      });
      const headers = [...response.headers].filter(([key]) => key !== "date");
      return JSON.stringify([response.status, headers, await response.text()]).replaceAll(name, "NAME");
    };
    for (const who of [undefined, bob])
      for (const method of ["GET", "HEAD", "PUT", "DELETE"])
        for (const path of [
          "manifests/v1",
          `manifests/${digest}`,
          "tags/list",
          `blobs/${digest}`,
          "blobs/uploads/",
        ])
          expect(await seen(who, "alice/web", method, path)).toBe(await seen(who, "alice/nil", method, path));
    for (const [method, path] of [
      ["GET", ""],
      ["DELETE", ""],
      ["POST", "/-/rename"],
      ["GET", "/-/old-names"],
    ] as const) {
      const body = method === "POST" ? { name: "bob/mine" } : undefined;
      const answer = async (name: string) =>
        (await (await ask(bob, method, `/api/v1/repositories/${name}${path}`, body)).text()).replaceAll(
          name,
          "NAME",
        );
      expect(await answer("alice/web")).toBe(await answer("alice/nil"));
    }
    const made = async (name: string) =>
      (await (await ask(bob, "POST", "/api/v1/repositories", { name })).text()).replaceAll(name, "NAME");
    expect(await made("alice/web")).toBe(await made("alice/nil"));
    const freed = async (name: string) =>
      (await (await ask(bob, "DELETE", `/api/v1/old-names/${name}`)).text()).replaceAll(name, "NAME");
    expect(await freed("alice/web")).toBe(await freed("alice/nil"));
  });
});

describe("names", () => {
  test("chains of renames: every name a repository ever had leads to it", async () => {
    await rename(alice, "alice/web", "alice/b");
    await rename(alice, "alice/b", "alice/c");
    // By an old name, too.
    await rename(alice, "alice/web", "alice/d");
    for (const name of ["alice/web", "alice/b", "alice/c", "alice/d"])
      expect(await tagOf(alice, name, "v1")).toBe(digest);
    const { old_names } = await api<{ old_names: { name: string }[] }>(
      alice,
      "GET",
      "/api/v1/repositories/alice/d/-/old-names",
    );
    expect(old_names.map(({ name }) => name)).toEqual(["alice/b", "alice/c", "alice/web"]);
  });

  test("renamed back, a repository is pushed to by its first name again, and found by both", async () => {
    await rename(alice, "alice/web", "alice/site");
    await rename(alice, "alice/site", "alice/web");
    const client = await RepositoryClient.open(alice, "alice/web");
    const next = await client.pushImage("v1", ["two"]);
    expect(await tagOf(alice, "alice/web", "v1")).toBe(next);
    expect(await tagOf(alice, "alice/site", "v1")).toBe(next);
  });

  test("two repositories swap names, one step after the other, and never one under the other's old name", async () => {
    const other = await (await RepositoryClient.open(alice, "alice/api")).pushImage("v1", ["api"]);
    await rename(alice, "alice/web", "alice/aside");
    expect(
      await status(alice, "POST", "/api/v1/repositories/alice/api/-/rename", { name: "alice/web" }),
    ).toBe(409);
    await release(alice, "alice/web");
    await restIsOver();
    await rename(alice, "alice/api", "alice/web");
    await release(alice, "alice/api");
    await restIsOver();
    await rename(alice, "alice/aside", "alice/api");
    expect(await tagOf(alice, "alice/web", "v1")).toBe(other);
    expect(await tagOf(alice, "alice/api", "v1")).toBe(digest);
  });

  test("an old name is not taken: by a push, a mount, a new repository or another one's rename", async () => {
    await (await RepositoryClient.open(alice, "alice/api")).pushImage("v1", ["api"]);
    await rename(alice, "alice/web", "alice/site");
    expect(await status(alice, "POST", "/api/v1/repositories", { name: "alice/web" })).toBe(409);
    expect(
      await status(alice, "POST", "/api/v1/repositories/alice/api/-/rename", { name: "alice/web" }),
    ).toBe(409);
    expect(
      await status(alice, "POST", "/api/v1/repositories/alice/api/-/rename", { name: "alice/site" }),
    ).toBe(409);
    expect(await tagOf(alice, "alice/web", "v1")).toBe(digest);
  });

  test("a released name leads nowhere from the next request on, rests, and can then be another repository's", async () => {
    await rename(alice, "alice/web", "alice/site");
    const old = await RepositoryClient.open(alice, "alice/web");
    expect((await old.send("GET", "manifests/v1")).status).toBe(200);
    expect((await old.send("GET", "manifests/v1")).status).toBe(200);
    await release(alice, "alice/web");
    expect((await old.send("GET", "manifests/v1")).status).toBe(404);
    expect(await status(alice, "POST", "/api/v1/repositories", { name: "alice/web" })).toBe(403);
    const early = await RepositoryClient.open(alice, "alice/web");
    const refused = await early.pushManifest("v1", await imageManifest({}, []));
    expect(refused.status).toBe(403);
    expect((await firstError(refused)).message).toMatch(
      /was the name of another repository .* try again in \d+ s/,
    );
    await restIsOver();
    const again = await RepositoryClient.open(alice, "alice/web");
    const next = await again.pushImage("v1", ["new"]);
    expect(await tagOf(alice, "alice/web", "v1")).toBe(next);
    expect(await tagOf(alice, "alice/site", "v1")).toBe(digest);
  });

  test("a token may rename only what it is for, and to what it is for", async () => {
    const accessToken = await accessTokenOf(admin, {
      user: "alice",
      scopes: ["repository:alice/web*:pull,push,admin"],
    });
    const limited = { name: "alice", accessToken };
    await (await RepositoryClient.open(alice, "alice/api")).pushImage("v1", ["api"]);
    expect(
      await status(limited, "POST", "/api/v1/repositories/alice/web/-/rename", { name: "alice/x" }),
    ).toBe(403);
    expect(
      await status(limited, "POST", "/api/v1/repositories/alice/api/-/rename", { name: "alice/web2" }),
    ).toBe(404);
    expect(
      await status(limited, "POST", "/api/v1/repositories/alice/web/-/rename", { name: "alice/web2" }),
    ).toBe(200);
  });

  test.each(["alice", "Alice/Web", "alice//web", "alice/web/", `alice/${"x".repeat(260)}`, "nobody/web"])(
    "%s is no name that alice can give",
    async (name) => {
      expect([400, 403]).toContain(
        await status(alice, "POST", "/api/v1/repositories/alice/web/-/rename", { name }),
      );
      expect(await tagOf(alice, "alice/web", "v1")).toBe(digest);
    },
  );
});

describe("what readers keep", () => {
  test("under an old name never outlives a change that is made under the new one", async () => {
    const reader = new RegistryWorld({ grace: 0 }).context;
    const read = async (name: string) => (await getManifest(reader, name, { tag: "v1" })).manifest?.digest;
    await rename(alice, "alice/web", "alice/site");
    // Learn both names, and keep.
    for (let time = 0; time < 3; time += 1)
      for (const name of ["alice/web", "alice/site"]) expect(await read(name)).toBe(digest);
    const site = await RepositoryClient.open(alice, "alice/site");
    for (const layer of ["two", "three"]) {
      const next = await site.pushImage("v1", [layer]);
      for (const name of ["alice/web", "alice/site", "alice/web"]) expect(await read(name)).toBe(next);
    }
    await rename(alice, "alice/site", "alice/web");
    const web = await RepositoryClient.open(alice, "alice/web");
    const last = await web.pushImage("v1", ["four"]);
    for (const name of ["alice/web", "alice/site"]) expect(await read(name)).toBe(last);
    await web.send("DELETE", "manifests/v1");
    for (const name of ["alice/web", "alice/site"]) expect(await read(name)).toBeUndefined();
  });

  test("of a public repository is gone under all names when it becomes private, or is deleted", async () => {
    await api(alice, "PATCH", "/api/v1/repositories/alice/web", { visibility: "public" });
    await rename(alice, "alice/web", "alice/site");
    const reader = new RegistryWorld({ grace: 0 }).context;
    const read = (name: string) => getManifest(reader, name, { tag: "v1" }, true);
    const isThere = async (name: string) => (await read(name)).id !== undefined;
    const both = async () => [await isThere("alice/web"), await isThere("alice/site")];
    for (let time = 0; time < 3; time += 1) expect(await both()).toEqual([true, true]);
    await api(alice, "PATCH", "/api/v1/repositories/alice/site", { visibility: "private" });
    expect(await both()).toEqual([false, false]);
    await api(alice, "PATCH", "/api/v1/repositories/alice/site", { visibility: "public" });
    for (let time = 0; time < 3; time += 1) expect(await both()).toEqual([true, true]);
    await api(alice, "DELETE", "/api/v1/repositories/alice/site");
    expect(await both()).toEqual([false, false]);
  });

  test("of a name is looked up again after five minutes, whatever it led to", async () => {
    const world = new RegistryWorld({ grace: 0 });
    for (let time = 0; time < 3; time += 1) await getManifest(world.context, "alice/web", { tag: "v1" });
    // Behind everybody's back, as when a namespace is given up.
    await query
      .updateTable("repositories")
      .set({ name: "alice/elsewhere" })
      .where("name", "=", "alice/web")
      .execute();
    world.advance(5 * minute);
    expect(await getManifest(world.context, "alice/web", { tag: "v1" })).toEqual({ id: undefined });
  });
});
