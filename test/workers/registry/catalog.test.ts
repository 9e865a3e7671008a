import { beforeEach, describe, expect, test } from "vitest";
import {
  accessTokenOf,
  api,
  people,
  registryToken,
  RepositoryClient,
  send,
  type Person,
} from "../support/registry.ts";

let admin: Person;
let alice: Person;
let bob: Person;

beforeEach(async () => {
  ({ admin, alice, bob } = await people());
  for (const [who, name] of [
    [alice, "alice/api"],
    [alice, "alice/web"],
    [bob, "bob/secret"],
    [bob, "bob/open"],
  ] as const)
    await (await RepositoryClient.open(who, name)).pushImage("v1", [name]);
  await api(bob, "PATCH", "/api/v1/repositories/bob/open", { visibility: "public" });
});

async function catalog(who: Person | undefined, query = ""): Promise<string[]> {
  const token = await registryToken(who, "registry:catalog:*");
  const response = await send(`/v2/_catalog${query}`, { headers: { Authorization: `Bearer ${token}` } });
  expect(response.status).toBe(200);
  return (await response.json<{ repositories: string[] }>()).repositories;
}

describe("the catalog", () => {
  test("shows everybody what they may pull, and nothing else", async () => {
    expect(await catalog(admin)).toEqual(["alice/api", "alice/web", "bob/open", "bob/secret"]);
    expect(await catalog(alice)).toEqual(["alice/api", "alice/web", "bob/open"]);
    expect(await catalog(bob)).toEqual(["bob/open", "bob/secret"]);
    expect(await catalog(undefined)).toEqual(["bob/open"]);
  });

  test("is narrowed by the pattern of an access token", async () => {
    const accessToken = await accessTokenOf(admin, { user: "alice", scopes: ["repository:alice/w*:pull"] });
    expect(await catalog({ name: "alice", accessToken })).toEqual(["alice/web"]);
  });

  test("tells a token for some repositories nothing of the others, neither by a name nor by how many pages there are", async () => {
    for (let number = 1; number <= 12; number += 1)
      await api(alice, "POST", "/api/v1/repositories", { name: `alice/hidden-${number}` });
    const pages = async (scope: string) => {
      const accessToken = await accessTokenOf(admin, { user: "alice", scopes: [scope] });
      const token = await registryToken({ name: "alice", accessToken }, "registry:catalog:*");
      const found: unknown[] = [];
      for (const [path, text] of [
        ["/v2/_catalog", token],
        ["/api/v1/repositories", accessToken],
      ])
        for (const place of ["n=1", "n=1&last=alice/hidden-1", "n=1&last=alice/w"]) {
          const page = await send(`${path}?${place}`, { headers: { Authorization: `Bearer ${text}` } });
          found.push([
            (await page.json<{ repositories: string[] }>()).repositories,
            page.headers.get("Link"),
          ]);
        }
      return found;
    };
    const nothing = Array.from({ length: 6 }, () => [[], null]);
    expect(await pages("repository:alice/elsewhere:pull")).toEqual(nothing);
    expect(await pages("repository:alice/elsewhere-*:pull")).toEqual(nothing);
    expect(await pages("repository:alice/*-elsewhere:pull")).toEqual(nothing);
    const web = Array.from({ length: 6 }, () => [["alice/web"], null]);
    expect(await pages("repository:alice/w*:pull")).toEqual(web);
  });

  test("comes in pages that link to the next", async () => {
    expect(await catalog(admin, "?n=2")).toEqual(["alice/api", "alice/web"]);
    expect(await catalog(admin, "?n=2&last=alice/web")).toEqual(["bob/open", "bob/secret"]);
    const token = await registryToken(alice, "registry:catalog:*");
    const page = await send("/v2/_catalog?n=1", { headers: { Authorization: `Bearer ${token}` } });
    expect(page.headers.get("Link")).toBe(`</v2/_catalog?n=1&last=alice%2Fapi>; rel="next"`);
  });

  test("needs a token that was asked for it", async () => {
    expect((await send("/v2/_catalog")).status).toBe(401);
    const token = await registryToken(alice, "repository:alice/web:pull");
    const refused = await send("/v2/_catalog", { headers: { Authorization: `Bearer ${token}` } });
    expect(refused.status).toBe(401);
    expect(refused.headers.get("WWW-Authenticate")).toContain(`scope="registry:catalog:*"`);
  });
});

describe("the JSON API's list of repositories", () => {
  test("is the same as the catalog's", async () => {
    const listed = async (who: Person) =>
      (await api<{ repositories: string[] }>(who, "GET", "/api/v1/repositories")).repositories;
    expect(await listed(admin)).toEqual(await catalog(admin));
    expect(await listed(alice)).toEqual(["alice/api", "alice/web", "bob/open"]);
    expect((await send("/api/v1/repositories")).status).toBe(401);
  });

  test("takes one tag away and leaves the others of its manifest", async () => {
    const web = await RepositoryClient.open(alice, "alice/web");
    const v1 = await web.send("GET", "manifests/v1");
    const manifest = await v1.text();
    await web.send("PUT", "manifests/v2", {
      body: manifest,
      headers: { "Content-Type": "application/vnd.oci.image.manifest.v1+json" },
    });
    await api(alice, "DELETE", "/api/v1/repositories/alice/web/-/tags/v1");
    expect((await web.send("GET", "manifests/v1")).status).toBe(404);
    expect((await web.send("GET", "manifests/v2")).status).toBe(200);
    await expect(api(bob, "DELETE", "/api/v1/repositories/alice/web/-/tags/v2")).rejects.toThrow("404");
    await expect(api(alice, "DELETE", "/api/v1/repositories/bob/open/-/tags/v1")).rejects.toThrow("403");
    await expect(api(alice, "DELETE", "/api/v1/repositories/alice/web/-/tags/v1")).rejects.toThrow("404");
    const { entries } = await api<{ entries: object[] }>(
      alice,
      "GET",
      "/api/v1/me/audit?action=repository.tag",
    );
    expect(entries).toMatchObject([
      {
        actor_name: "alice",
        action: "repository.tag.delete",
        target: "alice/web:v1",
        before: v1.headers.get("Docker-Content-Digest"),
        after: null,
      },
    ]);
  });
});
