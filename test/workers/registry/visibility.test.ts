import { beforeEach, describe, expect, test } from "vitest";
import { getManifest } from "../../../workers/registry/manifests.ts";
import { RegistryWorld } from "../support/registry-world.ts";
import {
  accessTokenOf,
  api,
  firstError,
  people,
  RepositoryClient,
  send,
  type Person,
} from "../support/registry.ts";

let admin: Person;
let alice: Person;
let bob: Person;
let web: RepositoryClient;
let digest: string;

beforeEach(async () => {
  ({ admin, alice, bob } = await people());
  web = await RepositoryClient.open(alice, "alice/web");
  digest = await web.pushImage("v1", ["one"]);
  await api(alice, "PATCH", "/api/v1/repositories/alice/web", { visibility: "public" });
});

/** Status, headers and body, as somebody outside sees them, with the repository's own name and digest left out. */
async function seen(response: Response, name: string): Promise<unknown> {
  const headers = Object.fromEntries([...response.headers].filter(([key]) => key !== "date"));
  return JSON.parse(
    JSON.stringify({ status: response.status, headers, body: await response.text() }).replaceAll(
      name,
      "NAME",
    ),
  );
}

const reads = ["manifests/v1", "manifests/DIGEST", "tags/list", "referrers/DIGEST", "blobs/DIGEST"];

describe("a public repository", () => {
  test("is pulled by anybody, with and without a token", async () => {
    expect((await send("/v2/alice/web/manifests/v1")).status).toBe(200);
    expect((await send("/v2/alice/web/tags/list")).status).toBe(200);
    const anonymous = await RepositoryClient.open(undefined, "alice/web");
    expect((await anonymous.send("GET", "manifests/v1")).status).toBe(200);
    const other = await RepositoryClient.open(bob, "alice/web");
    expect((await other.send("GET", `manifests/${digest}`)).status).toBe(200);
  });

  test("is pulled with an access token that is made for other repositories", async () => {
    const accessToken = await accessTokenOf(admin, { user: "bob", scopes: ["repository:bob/**:pull,push"] });
    const other = await RepositoryClient.open({ name: "bob", accessToken }, "alice/web");
    expect((await other.send("GET", "manifests/v1")).status).toBe(200);
    expect((await other.send("POST", "blobs/uploads/")).status).toBe(403);
  });

  test("says that a tag is not there, to anybody", async () => {
    const missing = await send("/v2/alice/web/manifests/none");
    expect(missing.status).toBe(404);
    expect((await firstError(missing)).code).toBe("MANIFEST_UNKNOWN");
  });

  test("is pushed to by its owner only", async () => {
    const other = await RepositoryClient.open(bob, "alice/web");
    expect((await other.send("PUT", "manifests/v1", { body: "{}" })).status).toBe(403);
    expect((await other.send("DELETE", "manifests/v1")).status).toBe(403);
    expect((await other.send("POST", "blobs/uploads/")).status).toBe(403);
    expect((await send("/v2/alice/web/manifests/v1", { method: "DELETE" })).status).toBe(401);
  });

  test("made private is closed at the next request, also to tokens that were given while it was public", async () => {
    const anonymous = await RepositoryClient.open(undefined, "alice/web");
    const other = await RepositoryClient.open(bob, "alice/web");
    for (const client of [anonymous, other])
      expect((await client.send("GET", "manifests/v1")).status).toBe(200);
    await api(alice, "PATCH", "/api/v1/repositories/alice/web", { visibility: "private" });
    for (const path of reads.map((each) => each.replace("DIGEST", digest))) {
      expect((await anonymous.send("GET", path)).status).toBe(401);
      expect((await other.send("GET", path)).status).toBe(403);
      expect((await send(`/v2/alice/web/${path}`)).status).toBe(401);
    }
    expect((await web.send("GET", "manifests/v1")).status).toBe(200);
  });
});

describe("a private repository and none at all look the same", () => {
  const methods = ["GET", "HEAD", "PUT", "DELETE"];
  test.each(reads.flatMap((path) => methods.map((method) => [method, path] as const)))(
    "to %s %s",
    async (method, template) => {
      await api(alice, "PATCH", "/api/v1/repositories/alice/web", { visibility: "private" });
      const path = template.replace("DIGEST", digest);
      const ask = async (who: Person | undefined, name: string) => {
        const client = await RepositoryClient.open(who, name);
        return seen(await client.send(method, path), name);
      };
      expect(await ask(undefined, "alice/web")).toEqual(await ask(undefined, "alice/nil"));
      expect(await ask(bob, "alice/web")).toEqual(await ask(bob, "alice/nil"));
      const bare = async (name: string) => seen(await send(`/v2/${name}/${path}`, { method }), name);
      expect(await bare("alice/web")).toEqual(await bare("alice/nil"));
    },
  );
});

describe("asking for what is not there", () => {
  test("costs strangers and the server the same for a private repository and for none: one statement, no object", async () => {
    await api(alice, "PATCH", "/api/v1/repositories/alice/web", { visibility: "private" });
    for (const name of ["alice/web", "alice/nil"])
      for (const reference of [{ tag: "v1" }, { tag: "none" }]) {
        const touched: string[] = [];
        const { context } = new RegistryWorld({ grace: 0 });
        const watched = <T extends object>(what: string, target: T): T =>
          new Proxy(target, {
            get: (object, key) => {
              touched.push(what);
              const value: unknown = Reflect.get(object, key);
              return typeof value === "function" ? value.bind(object) : value;
            },
          });
        const found = await getManifest(
          {
            ...context,
            blobs: watched("store", context.blobs),
            repositories: watched("object", context.repositories),
          },
          name,
          reference,
          true,
        );
        expect(found).toEqual({ id: undefined });
        expect(touched).toEqual([]);
      }
  });
});

describe("a deleted repository", () => {
  test("is gone at the next request", async () => {
    await web.send("GET", "manifests/v1");
    await api(alice, "DELETE", "/api/v1/repositories/alice/web");
    expect((await web.send("GET", "manifests/v1")).status).toBe(404);
    expect((await web.send("GET", "tags/list")).status).toBe(404);
    expect((await send("/v2/alice/web/manifests/v1")).status).toBe(401);
  });

  test("is deleted by its owner only, and strangers cannot tell it from none", async () => {
    const asBob = (name: string) =>
      send(`/api/v1/repositories/${name}`, {
        method: "DELETE",
        headers: { Authorization: `Bearer ${bob.accessToken}` },
      });
    await api(alice, "PATCH", "/api/v1/repositories/alice/web", { visibility: "private" });
    expect(await seen(await asBob("alice/web"), "alice/web")).toEqual(
      await seen(await asBob("alice/nil"), "alice/nil"),
    );
    expect((await web.send("GET", "manifests/v1")).status).toBe(200);
  });
});
