import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { authenticate } from "../../../workers/auth/index.ts";
import { minute } from "../../../workers/platform/clock.ts";
import { services } from "../../../workers/services.ts";
import { digestOf } from "../../../workers/shared/digest.ts";
import {
  accessTokenOf,
  api,
  imageManifest,
  origin,
  people,
  registryToken,
  RepositoryClient,
  send,
  type Person,
} from "../support/registry.ts";
import { Organization } from "./support/organization.ts";

let admin: Person;
let alice: Person;
let bob: Person;
let web: RepositoryClient;
let digest: string;
let layer: string;

beforeEach(async () => {
  ({ admin, alice, bob } = await people());
  web = await RepositoryClient.open(alice, "alice/web");
  digest = await web.pushImage("v1", ["one"]);
  layer = await digestOf(new TextEncoder().encode("one"));
});

type Action = "pull" | "push" | "delete";

/** Every route of `/v2` below a repository, with the action it takes. PUT of a manifest makes a tag that is not there. */
const routes: readonly (readonly [method: string, path: string, takes: Action])[] = [
  ["GET", "manifests/v1", "pull"],
  ["HEAD", "manifests/v1", "pull"],
  ["GET", "manifests/DIGEST", "pull"],
  ["GET", "blobs/LAYER", "pull"],
  ["HEAD", "blobs/LAYER", "pull"],
  ["GET", "tags/list", "pull"],
  ["GET", "referrers/DIGEST", "pull"],
  ["POST", "blobs/uploads/", "push"],
  ["POST", "blobs/uploads/?mount=LAYER", "push"],
  ["GET", "blobs/uploads/UPLOAD", "push"],
  ["PATCH", "blobs/uploads/UPLOAD", "push"],
  ["PUT", "blobs/uploads/UPLOAD?digest=LAYER", "push"],
  ["DELETE", "blobs/uploads/UPLOAD", "push"],
  ["PUT", "manifests/new", "push"],
  ["DELETE", "manifests/v1", "delete"],
  ["DELETE", "manifests/DIGEST", "delete"],
  ["DELETE", "blobs/LAYER", "delete"],
];

const limits: readonly (readonly [scopes: string[], may: Action[]])[] = [
  [["repository:alice/web:pull"], ["pull"]],
  [["repository:alice/*:push"], ["push"]],
  [["repository:alice/*:create"], ["push"]],
  [["repository:alice/web:delete"], ["delete"]],
  [["repository:**:pull,push"], ["pull", "push"]],
  [["repository:**:pull,create"], ["pull", "push"]],
  [["repository:**:pull,delete"], ["pull", "delete"]],
  [["repository:**:pull,push,create,delete,metadata,builds,admin"], ["pull", "push", "delete"]],
  [["repository:alice/web:metadata,builds,admin"], []],
  [["repository:alice/we:pull,push,delete", "repository:alice/web/*:pull,push,delete"], []],
  [["repository:bob/**:pull,push,delete"], []],
  [["repository:alice/web:pull", "repository:alice/other:push,delete"], ["pull"]],
  [["account", "fleet", "administration"], []],
];

describe("what a request on /v2 takes", () => {
  test.each(limits)(
    "an access token for %j may do %j, by every method and path, and nothing else",
    async (scopes, may) => {
      const accessToken = await accessTokenOf(admin, { user: "alice", scopes });
      for (const [method, template, takes] of routes) {
        const path = template
          .replace("DIGEST", digest)
          .replace("LAYER", layer)
          .replace("UPLOAD", "0".repeat(64));
        const client = await RepositoryClient.open({ name: "alice", accessToken }, "alice/web");
        const manifest = {
          body: JSON.stringify(await imageManifest({ tag: "v1", layers: ["one"] }, ["one"])),
          headers: { "Content-Type": "application/vnd.oci.image.manifest.v1+json" },
        };
        const { status } = await client.send(method, path, method === "PUT" ? manifest : {});
        const refused = status === 401 || status === 403;
        expect([method, template, refused ? "refused" : "let in"]).toEqual([
          method,
          template,
          may.includes(takes) ? "let in" : "refused",
        ]);
        // What was deleted is there for the next route.
        if (method === "DELETE" && !refused) await web.pushImage("v1", ["one"]);
      }
    },
  );

  test("a registry token for one action is not good for another", async () => {
    for (const asked of ["pull", "push", "delete"] as const) {
      const token = await registryToken(alice, `repository:alice/web:${asked}`);
      for (const [method, template, takes] of routes) {
        if (takes === asked) continue;
        const path = template
          .replace("DIGEST", digest)
          .replace("LAYER", layer)
          .replace("UPLOAD", "0".repeat(64));
        const response = await send(`/v2/alice/web/${path}`, {
          method,
          headers: { Authorization: `Bearer ${token}` },
        });
        expect([asked, method, template, response.status]).toEqual([asked, method, template, 401]);
        expect(response.headers.get("WWW-Authenticate")).toContain(`scope="repository:alice/web:`);
      }
    }
    expect((await web.send("GET", "manifests/v1")).status).toBe(200);
  });

  test("roles give what they say, by every method and path", async () => {
    const roles = {
      read: ["pull"],
      triage: ["pull"],
      write: ["pull", "push", "delete"],
      admin: ["pull", "push", "delete"],
    };
    for (const [role, may] of Object.entries(roles)) {
      await api(alice, "PUT", "/api/v1/repositories/alice/web/-/collaborators/bob", { role });
      const token = await registryToken(bob, "repository:alice/web:pull,push,delete");
      for (const [method, template, takes] of routes) {
        const path = template
          .replace("DIGEST", "sha256:" + "0".repeat(64))
          .replace("LAYER", "sha256:" + "1".repeat(64))
          .replace("UPLOAD", "0".repeat(64))
          .replace("v1", "none");
        const response = await send(`/v2/alice/web/${path}`, {
          method,
          headers: { Authorization: `Bearer ${token}` },
        });
        expect([role, method, template, response.status === 403]).toEqual([
          role,
          method,
          template,
          !may.includes(takes),
        ]);
      }
    }
  });
});

describe("an upload session", () => {
  test.each(["GET", "PATCH", "PUT", "DELETE"])(
    "is not there for %s through another repository, or by somebody else who may push there",
    async (method) => {
      await api(alice, "PUT", "/api/v1/repositories/alice/web/-/collaborators/bob", { role: "write" });
      const started = await web.send("POST", "blobs/uploads/");
      const location = started.headers.get("Location") ?? "";
      const query = method === "PUT" ? `?digest=${layer}` : "";
      const other = await RepositoryClient.open(alice, "alice/other");
      const asBob = await RepositoryClient.open(bob, "alice/web");
      const body = method === "PATCH" || method === "PUT" ? { body: new TextEncoder().encode("one") } : {};
      for (const [client, path] of [
        [other, location.replace("alice/web", "alice/other")],
        [asBob, location],
      ] as const) {
        const stolen = await client.send(method, path + query, body);
        const absent = await client.send(method, path.replace(/[^/]+$/, "0".repeat(64)) + query, body);
        expect([stolen.status, await stolen.text()]).toEqual([404, await absent.text()]);
      }
      expect((await web.send("GET", location)).status).toBe(204);
    },
  );
});

describe("bytes of a private repository", () => {
  /** What somebody outside sees, without what is random. */
  async function seen(response: Response): Promise<unknown> {
    const headers = [...response.headers].filter(([key]) => key !== "date");
    const text = JSON.stringify([response.status, headers, await response.text()]);
    return text.replaceAll(/[0-9a-f]{64}/g, "HEX");
  }

  test.each([
    ["HEAD", "blobs/LAYER"],
    ["GET", "blobs/LAYER"],
    ["DELETE", "blobs/LAYER"],
    ["GET", "manifests/LAYER"],
    ["POST", "blobs/uploads/?mount=LAYER&from=alice/web"],
    ["POST", "blobs/uploads/?mount=LAYER"],
  ])(
    "are like bytes that are nowhere to a stranger: %s %s in their own repository",
    async (method, template) => {
      const own = await RepositoryClient.open(bob, "bob/own");
      await own.pushImage("v1", ["mine"]);
      const nowhere = await digestOf(new TextEncoder().encode("nowhere"));
      const ask = async (blob: string) => seen(await own.send(method, template.replace("LAYER", blob)));
      expect(await ask(layer)).toEqual(await ask(nowhere));
      expect((await own.send("HEAD", `blobs/${layer}`)).status).toBe(404);
    },
  );

  test("are not in a manifest of somebody who only knows their digest", async () => {
    const own = await RepositoryClient.open(bob, "bob/own");
    await own.pushBlob("{}");
    const manifest = await imageManifest({}, ["one"]);
    expect((await own.pushManifest("v1", manifest)).status).toBe(201);
    expect((await own.send("GET", `blobs/${layer}`)).status).toBe(404);
  });
});

test("the catalog shows what one's roles reach now, and nothing else", async () => {
  const acme = await Organization.make("acme", { owner: alice });
  await acme.join(bob, "member");
  await acme.team("ops", bob);
  for (const name of ["acme/a", "acme/b", "acme/c"])
    await api(alice, "POST", "/api/v1/repositories", { name });
  await api(alice, "PATCH", "/api/v1/repositories/acme/c", { visibility: "public" });
  await api(alice, "PUT", "/api/v1/repositories/acme/a/-/teams/ops", { role: "read" });
  const token = await registryToken(bob, "registry:catalog:*");
  const names = async () => {
    const response = await send("/v2/_catalog", { headers: { Authorization: `Bearer ${token}` } });
    return (await response.json<{ repositories: string[] }>()).repositories;
  };
  expect(await names()).toEqual(["acme/a", "acme/c"]);
  // The same registry token a moment later: rights are those of now.
  await acme.leave(bob);
  expect(await names()).toEqual(["acme/c"]);
});

describe("a member who is removed", () => {
  test("gets no new registry token for it at once, and an old one is dead after five minutes", async () => {
    const acme = await Organization.make("acme", { owner: alice });
    await acme.join(bob, "member");
    await acme.team("ops", bob);
    await (await RepositoryClient.open(alice, "acme/web")).pushImage("v1", ["acme"]);
    await api(alice, "PUT", "/api/v1/repositories/acme/web/-/teams/ops", { role: "read" });
    const old = await registryToken(bob, "repository:acme/web:pull");
    const request = new Request(`${origin}/v2/`, { headers: { Authorization: `Bearer ${old}` } });
    const { auth } = services(env);
    /** What the old token may do so many milliseconds from now. */
    const accessIn = (ahead: number) =>
      authenticate({ ...auth, clock: { now: () => Date.now() + ahead } }, request);
    expect((await accessIn(0)).allows("acme/web", "pull")).toBeDefined();

    await acme.leave(bob);
    const fresh = await RepositoryClient.open(bob, "acme/web");
    expect((await fresh.send("GET", "manifests/v1")).status).toBe(403);
    const expired = await accessIn(5 * minute);
    expect(expired.allows("acme/web", "pull")).toBeUndefined();
    expect(() => expired.require("acme/web", "pull")).toThrow(/has expired/);
  });
});
