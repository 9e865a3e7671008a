import { env } from "cloudflare:workers";
import { decodeJwt } from "jose";
import { beforeEach, describe, expect, test } from "vitest";
import { services } from "../../../workers/services.ts";
import { maintainIndex } from "../../../workers/search/index.ts";
import { accessTokenOf, api, people, RepositoryClient, send, type Person } from "../support/registry.ts";

let admin: Person;
let alice: Person;
let bob: Person;

beforeEach(async () => {
  ({ admin, alice, bob } = await people());
});

interface Sent {
  method?: string;
  bearer?: string;
  scheme?: string;
  json?: unknown;
}

async function ask(path: string, { method = "GET", bearer, scheme = "Bearer", json }: Sent = {}) {
  const response = await send(path, {
    method,
    headers: {
      ...(bearer === undefined ? {} : { Authorization: `${scheme} ${bearer}` }),
      ...(json === undefined ? {} : { "Content-Type": "application/json" }),
    },
    ...(json === undefined ? {} : { body: JSON.stringify(json) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: (text ? JSON.parse(text) : {}) as Body,
  };
}

/** Fields of all the answers, as far as the tests read them one by one. */
interface Body {
  token: string;
  access_token: string;
  detail: string;
  last_updated: string;
  next: string;
  count: number;
  num_results: number;
  page_size: number;
  results: { id: number; name: string; digest: string; full_size: number; images: { size: number }[] }[];
}

/** Pushes an image to a repository, public unless told. */
async function push(who: Person, name: string, tag: string, visibility: "public" | "private" = "public") {
  const client = await RepositoryClient.open(who, name);
  await client.pushImage(tag, [`layer of ${name}`]);
  await api(who, "PATCH", `/api/v1/repositories/${name}`, { visibility });
}

async function logIn(who: Person): Promise<string> {
  const { body } = await ask("/v2/users/login", {
    method: "POST",
    json: { username: who.name, password: who.accessToken },
  });
  return body.token;
}

/** The index as the queue makes it, without waiting for the queue. */
async function index(): Promise<void> {
  await maintainIndex(services(env).search);
}

describe("logins", () => {
  test("give a JWT that does what the access token may, and is over with it", async () => {
    await push(alice, "alice/web", "1", "private");
    const { body } = await ask("/v2/users/login/?refresh_token=true", {
      method: "POST",
      json: { username: "Alice", password: alice.accessToken },
    });
    const claims = decodeJwt(body.token);
    expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(3600);
    expect(JSON.stringify(claims)).not.toContain(alice.accessToken);
    for (const scheme of ["Bearer", "JWT"])
      expect((await ask("/v2/repositories/alice/web/", { bearer: body.token, scheme })).status).toBe(200);
    expect((await ask("/v2/user/", { bearer: body.token })).body).toMatchObject({
      username: "alice",
      is_admin: false,
    });

    const { tokens } = await api<{ tokens: { id: string }[] }>(
      admin,
      "GET",
      "/api/v1/tokens?user=alice&kind=personal",
    );
    await api(admin, "DELETE", `/api/v1/tokens/${tokens[0]?.id}`);
    expect((await ask("/v2/repositories/alice/web/", { bearer: body.token })).status).toBe(401);
  });

  test("are given by the newer path too, and to robots", async () => {
    const robot = await api<{ token: string }>(alice, "POST", "/api/v1/tokens", {
      name: "readme",
      kind: "robot",
      scopes: ["repository:alice/**:metadata,pull"],
    });
    const { status, body } = await ask("/v2/auth/token", {
      method: "POST",
      json: { identifier: "alice+readme", secret: robot.token },
    });
    expect(status).toBe(200);
    expect((await ask("/v2/user", { bearer: body.access_token })).body).toMatchObject({
      username: "alice+readme",
    });
  });

  test("are no registry tokens, and registry tokens are no logins", async () => {
    await push(alice, "alice/web", "1", "private");
    const login = await logIn(alice);
    expect((await ask("/v2/alice/web/tags/list", { bearer: login })).status).toBe(401);
    const registry = (
      await ask("/token?scope=repository:alice/web:pull", {
        bearer: btoa(`alice:${alice.accessToken}`),
        scheme: "Basic",
      })
    ).body;
    expect((await ask("/v2/alice/web/tags/list", { bearer: registry.token })).status).toBe(200);
    expect((await ask("/v2/repositories/alice/web/", { bearer: registry.token })).status).toBe(401);
  });

  test.each([
    ["the password of an account", "/v2/users/login", { username: "alice", password: "cargo for all ports" }],
    ["the password of an account", "/v2/auth/token", { identifier: "alice", secret: "cargo for all ports" }],
    ["somebody who is not there", "/v2/users/login", { username: "nobody", password: "cargo for all ports" }],
  ])("refuse %s at %s, with the way to a token", async (_what, path, json) => {
    const { status, body } = await ask(path, { method: "POST", json });
    expect([status, body]).toEqual([
      401,
      {
        message: expect.stringContaining("make one at https://hub.example/settings/tokens"),
        detail: expect.stringContaining("not the password of your account"),
      },
    ]);
  });

  test("refuse another's token, a second step and bodies that are none, and say so in texts", async () => {
    const login = (json: unknown, path = "/v2/users/login") => ask(path, { method: "POST", json });
    expect((await login({ username: "bob", password: alice.accessToken })).status).toBe(401);
    expect((await login({ username: "alice" })).status).toBe(400);
    expect((await login([1])).status).toBe(400);
    expect((await login({ username: "a".repeat(301), password: "x" })).status).toBe(400);
    const second = await login(
      { code: "123456", login_2fa_token: "x" },
      "/v2/users/2fa-login?refresh_token=true",
    );
    expect([second.status, second.body.detail]).toEqual([401, expect.stringContaining("no second step")]);
    expect((await ask("/v2/user")).status).toBe(401);
    expect((await ask("/v2/users/login")).status).toBe(405);
  });
});

describe("repositories", () => {
  test("are shown as Docker Hub shows them", async () => {
    await push(alice, "alice/web", "1");
    await api(alice, "PATCH", "/api/v1/repositories/alice/web/-/profile", {
      description: "Serves pages",
      categories: ["web-servers"],
    });
    await api(alice, "PUT", "/api/v1/repositories/alice/web/-/star");
    const seen = await ask("/v2/repositories/alice/web/", { bearer: alice.accessToken });
    expect(seen.headers.get("Cache-Control")).toBe("no-store");
    expect(seen.body).toMatchObject({
      name: "web",
      namespace: "alice",
      user: "alice",
      hub_user: "alice",
      description: "Serves pages",
      full_description: "",
      is_private: false,
      star_count: 1,
      pull_count: 0,
      status: 1,
      can_edit: true,
      is_automated: false,
      affiliation: "owner",
      collaborator_count: 0,
      has_starred: true,
      permissions: { read: true, write: true, admin: true },
      media_types: ["application/vnd.oci.image.manifest.v1+json"],
      content_types: ["image"],
      categories: [{ name: "Web servers and proxies", slug: "web-servers" }],
      immutable_tags_settings: { enabled: false, rules: [] },
    });
    expect(new Date(seen.body.last_updated).getTime()).toBeGreaterThan(0);
    await api(alice, "PUT", "/api/v1/repositories/alice/web/-/collaborators/bob", { role: "read" });
    expect((await ask("/v2/repositories/alice/web", { bearer: alice.accessToken })).body).toMatchObject({
      collaborator_count: 1,
    });
    expect((await ask("/v2/repositories/alice/web")).body).toMatchObject({
      collaborator_count: 0,
      can_edit: false,
      has_starred: false,
      permissions: { read: true, write: false, admin: false },
    });
  });

  test("of a namespace are listed in pages of those that the caller may pull", async () => {
    for (const name of ["a", "b", "c"]) await push(alice, `alice/${name}`, "1");
    await push(alice, "alice/hidden", "1", "private");
    const names = async (path: string, bearer?: string) => {
      const { body } = await ask(path, bearer === undefined ? {} : { bearer });
      return { ...body, results: body.results.map(({ name }: { name: string }) => name) };
    };
    expect(await names("/v2/repositories/alice/?page_size=2")).toEqual({
      count: 3,
      next: "https://hub.example/v2/repositories/alice/?page_size=2&page=2",
      previous: null,
      results: ["a", "b"],
    });
    expect(await names("/v2/namespaces/alice/repositories?page_size=2&page=2")).toEqual({
      count: 3,
      next: null,
      previous: "https://hub.example/v2/namespaces/alice/repositories?page_size=2&page=1",
      results: ["c"],
    });
    expect(await names("/v2/repositories/alice/", await logIn(bob))).toMatchObject({ count: 3 });
    expect(await names("/v2/repositories/alice/", await logIn(alice))).toMatchObject({
      count: 4,
      results: ["a", "b", "c", "hidden"],
    });
    const narrow = await accessTokenOf(admin, { user: "alice", scopes: ["repository:alice/h*:pull"] });
    expect(await names("/v2/repositories/alice/", narrow)).toMatchObject({ count: 4 });
    const narrower = await accessTokenOf(admin, { user: "alice", scopes: ["repository:alice/x*:pull"] });
    expect(await names("/v2/repositories/alice/", narrower)).toMatchObject({ count: 3 });
    expect(await names("/v2/repositories/nobody/")).toMatchObject({ count: 0, results: [] });
    for (const page of ["page=0", "page=-1", "page=x", "page_size=0", "page=2000&page_size=100"])
      expect([page, (await ask(`/v2/repositories/alice/?${page}`)).status]).toEqual([page, 400]);
  });

  test("that are private are as ones that are not there, by every path and method", async () => {
    await push(alice, "alice/hidden", "1", "private");
    const strangers = [undefined, bob.accessToken, await logIn(bob)];
    for (const bearer of strangers)
      for (const [method, path] of [
        ["GET", ""],
        ["HEAD", ""],
        ["GET", "/tags"],
        ["HEAD", "/tags"],
        ["GET", "/tags/1"],
        ["HEAD", "/tags/1"],
        ["PATCH", ""],
      ] as const) {
        const sent = {
          method,
          ...(bearer ? { bearer } : {}),
          ...(method === "PATCH" ? { json: { description: "x" } } : {}),
        };
        const look = async (name: string) => {
          const { status, headers, body } = await ask(`/v2/repositories/alice/${name}${path}`, sent);
          return JSON.parse(JSON.stringify({ status, headers: [...headers], body }).replaceAll(name, "NAME"));
        };
        const hidden = await look("hidden");
        expect(hidden).toEqual(await look("absent"));
        expect([method, path, hidden.status]).toEqual([method, path, 404]);
      }
  });

  test("have their texts changed by a token for nothing else, which changes nothing else", async () => {
    await push(alice, "alice/web", "1");
    const narrow = await accessTokenOf(admin, { user: "alice", scopes: ["repository:alice/web:metadata"] });
    const wider = await accessTokenOf(admin, { user: "alice", scopes: ["repository:alice/web:pull,push"] });
    const { body: login } = await ask("/v2/auth/token", {
      method: "POST",
      json: { identifier: "alice", secret: narrow },
    });
    const patch = (bearer: string, json: unknown, scheme = "Bearer") =>
      ask("/v2/repositories/alice/web", { method: "PATCH", bearer, scheme, json });
    // As the README actions and the older scripts send it. Who may not read gets nothing to read.
    const sent = { full_description: "# Web\n\nServes.", description: "Serves" };
    expect(await patch(login.access_token, sent)).toMatchObject({
      status: 200,
      body: { name: "web", namespace: "alice" },
    });
    expect((await ask("/v2/repositories/alice/web")).body).toMatchObject(sent);
    const old = { registry: "registry-1.docker.io", full_description: "# Web 2" };
    expect((await patch(login.access_token, old, "JWT")).status).toBe(200);
    expect((await ask("/v2/repositories/alice/web")).body).toMatchObject({
      full_description: "# Web 2",
      description: "Serves",
    });
    expect((await ask("/v2/repositories/alice/web", { bearer: login.access_token })).status).toBe(404);
    expect((await patch(login.access_token, { full_description: "" })).status).toBe(200);
    expect((await ask("/v2/repositories/alice/web")).body).toMatchObject({ full_description: "" });
    expect((await patch(login.access_token, { is_private: true })).status).toBe(400);
    expect((await patch(login.access_token, { description: "x".repeat(201) })).status).toBe(400);
    expect((await patch(wider, { description: "no" })).status).toBe(403);
    expect((await patch(bob.accessToken, { description: "no" })).status).toBe(403);
    expect(
      (await ask("/v2/repositories/alice/web", { method: "PATCH", json: { description: "no" } })).status,
    ).toBe(403);
    expect((await ask("/v2/repositories/alice/web")).body).toMatchObject({
      description: "Serves",
      is_private: false,
    });
    expect(
      (await ask("/v2/repositories/alice/web", { method: "DELETE", bearer: login.access_token })).status,
    ).toBe(405);
    const log = await env.DB.prepare(
      "select action from audit_log where target = 'alice/web' order by id",
    ).all<{ action: string }>();
    expect(log.results.map(({ action }) => action)).toEqual(
      expect.arrayContaining(["repository.readme", "repository.profile"]),
    );
  });
});

describe("tags", () => {
  test("are listed the newest first, in pages, and read one by one", async () => {
    const client = await RepositoryClient.open(alice, "alice/web");
    for (const tag of ["1.0", "1.1", "list"]) await client.pushImage(tag, [`layer of ${tag}`]);
    await api(alice, "PATCH", "/api/v1/repositories/alice/web", { visibility: "public" });
    const first = await ask("/v2/namespaces/alice/repositories/web/tags?page_size=2&ordering=last_updated");
    expect(first.body).toMatchObject({
      count: 3,
      previous: null,
      results: [{ name: "list" }, { name: "1.1" }],
    });
    const [tag] = first.body.results;
    expect(tag).toMatchObject({
      id: expect.any(Number),
      digest: expect.stringMatching(/^sha256:/),
      v2: true,
      tag_status: "active",
      tag_last_pulled: null,
      media_type: "application/vnd.oci.image.manifest.v1+json",
      images: [{ digest: tag?.digest, status: "active", last_pulled: null }],
    });
    expect(tag?.full_size).toBe(tag?.images[0]?.size);
    const second = await ask(first.body.next);
    expect(second.body).toMatchObject({ count: 3, next: null, results: [{ name: "1.0" }] });
    expect((await ask("/v2/repositories/alice/web/tags?ordering=name&name=1.")).body).toMatchObject({
      count: 2,
      results: [{ name: "1.0" }, { name: "1.1" }],
    });
    expect((await ask("/v2/repositories/alice/web/tags/1.0/")).body).toMatchObject({
      name: "1.0",
      id: second.body.results[0]?.id,
    });
    expect((await ask("/v2/repositories/alice/web/tags/list/")).body).toMatchObject({ name: "list" });
    expect((await ask("/v2/repositories/alice/web/tags/2.0")).status).toBe(404);
    expect((await ask("/v2/repositories/alice/web/tags/a%20b")).status).toBe(404);
  });

  test("of a repository that is called like the API are listed by the registry", async () => {
    // Nobody can have this namespace now; somebody may have had it before it was reserved.
    await env.DB.prepare("insert into users (id, name, created_at) values ('r', 'repositories', 0)").run();
    const owner = { name: "repositories", accessToken: await accessTokenOf(admin, { user: "repositories" }) };
    await push(owner, "repositories/acme", "1");
    expect((await ask("/v2/repositories/acme/tags/list")).body).toEqual({
      name: "repositories/acme",
      tags: ["1"],
    });
    expect((await ask("/v2/repositories/acme/manifests/1")).status).toBe(200);
    expect((await ask("/v2/repositories/acme/tags/")).status).toBe(404);
  });
});

describe("search", () => {
  beforeEach(async () => {
    await push(alice, "alice/harbour", "1");
    await push(alice, "alice/harbour-secret", "1", "private");
    await api(admin, "PUT", "/api/v1/badges/alice", { badge: "official" });
    await index();
  });

  test("answers docker, podman and older scripts, each in its shape", async () => {
    const ping = await ask("/v1/_ping");
    expect([ping.status, ping.headers.get("X-Docker-Registry-Standalone")]).toEqual([200, "true"]);
    expect((await ask("/v1/search?q=harbour&n=1")).body).toEqual({
      query: "harbour",
      num_results: 1,
      num_pages: 1,
      page: 1,
      page_size: 1,
      results: [
        { name: "alice/harbour", description: "", star_count: 0, is_official: true, is_automated: false },
      ],
    });
    expect((await ask("/v2/search/repositories/?query=harbour&page_size=5")).body).toMatchObject({
      count: 1,
      next: null,
      previous: null,
      results: [
        {
          repo_name: "alice/harbour",
          repo_owner: "alice",
          star_count: 0,
          pull_count: 0,
          is_official: true,
          is_automated: false,
        },
      ],
    });
  });

  test("shows and counts what is private to nobody but those who may pull it", async () => {
    const found = async (path: string, sent: Sent) => {
      const { body } = await ask(path, sent);
      return [body.num_results ?? body.count, body.results.length];
    };
    const basic = (who: Person) => ({ bearer: btoa(`${who.name}:${who.accessToken}`), scheme: "Basic" });
    const scope = "registry:catalog:search";
    const registryToken = async (who: Person) => (await ask(`/token?scope=${scope}`, basic(who))).body.token;
    const narrow = await accessTokenOf(admin, { user: "alice", scopes: ["repository:alice/other:pull"] });
    for (const path of ["/v1/search?q=harbour", "/v2/search/repositories?query=harbour"]) {
      const own = path.startsWith("/v1")
        ? { bearer: await registryToken(alice) }
        : { bearer: await logIn(alice) };
      const others = path.startsWith("/v1")
        ? { bearer: await registryToken(bob) }
        : { bearer: await logIn(bob) };
      expect([path, await found(path, {})]).toEqual([path, [1, 1]]);
      expect([path, await found(path, basic(bob))]).toEqual([path, [1, 1]]);
      expect([path, await found(path, others)]).toEqual([path, [1, 1]]);
      expect([path, await found(path, { bearer: narrow })]).toEqual([path, [1, 1]]);
      expect([path, await found(path, basic(alice))]).toEqual([path, [2, 2]]);
      expect([path, await found(path, own)]).toEqual([path, [2, 2]]);
    }
    const pushing = await accessTokenOf(admin, { user: "alice", scopes: ["repository:alice/**:metadata"] });
    expect((await ask("/v1/search?q=harbour", { bearer: pushing })).status).toBe(403);
    expect((await ask("/v1/search?q=harbour", { bearer: "wrong" })).status).toBe(401);
    expect((await ask("/v1/search?q=harbour", { bearer: "a.b.c" })).status).toBe(401);
  });

  test("takes whatever is typed, and numbers that are some", async () => {
    const texts = [
      "",
      '"',
      "'; drop table repositories; --",
      'harbour" OR "x',
      "NEAR(harbour secret, 5) AND NOT x*",
      "name:harbour ^harbour {a b}",
      "\u0000",
      "🚢⚓".repeat(50),
      "\u202Eruobrah",
      "%_%",
      "h".repeat(10_000),
      "harbour ".repeat(1250),
    ];
    for (const text of texts)
      for (const path of ["/v1/search?q=", "/v2/search/repositories?query="]) {
        const { status, body } = await ask(path + encodeURIComponent(text));
        expect([text.slice(0, 30), status]).toEqual([text.slice(0, 30), 200]);
        expect(JSON.stringify(body.results)).not.toContain("secret");
      }
    for (const n of ["0", "-1", "1.5", "x", "9999999999"])
      expect([n, (await ask(`/v1/search?q=harbour&n=${n}`)).status]).toEqual([n, 400]);
    expect((await ask("/v1/search?q=harbour&n=101")).body.page_size).toBe(100);
    expect((await ask("/v1/search?q=harbour&n=25&page=99999")).body).toMatchObject({ page: 40, results: [] });
  });
});
