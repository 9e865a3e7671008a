import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { badgeOf, readHubFace, readHubSettings } from "../../../workers/hub/index.ts";
import { services } from "../../../workers/services.ts";
import { accessTokenOf, api, people, send, type Person } from "../support/registry.ts";

let admin: Person;
let alice: Person;

beforeEach(async () => {
  ({ admin, alice } = await people());
});

async function repository(name: string, visibility: "public" | "private" = "public"): Promise<void> {
  await api(admin, "POST", "/api/v1/repositories", { name, visibility });
}

/** A request that is refused: its status and its words. */
async function refused(who: Person, method: string, path: string, body: unknown): Promise<[number, string]> {
  const response = await send(path, {
    method,
    headers: { Authorization: `Bearer ${who.accessToken}`, "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  return [response.status, (await response.json<{ detail: string }>()).detail];
}

/** What the hub's own log says last, without when and by whom. */
async function lastEntry(): Promise<unknown> {
  const entry = await env.DB.prepare(
    "select action, target, before, after from audit_log where log = 'hub' order by id desc limit 1",
  ).first<Record<string, string>>();
  return (
    entry && {
      ...entry,
      before: JSON.parse(entry["before"] ?? "null"),
      after: JSON.parse(entry["after"] ?? "null"),
    }
  );
}

async function badgeOfRepository(name: string): Promise<unknown> {
  const { hub } = services(env);
  const row = await hub.db.query
    .selectFrom("repositories")
    .select(badgeOf("repositories").as("badge"))
    .where("name", "=", name)
    .executeTakeFirst();
  return row?.badge;
}

describe("badges", () => {
  const list = () => api<{ badges: { namespace: string; badge: string }[] }>(admin, "GET", "/api/v1/badges");

  test("are given, changed and taken away, each time with an entry in the log", async () => {
    await repository("alice/web");
    await api(admin, "PUT", "/api/v1/badges/alice", { badge: "verified" });
    expect(await badgeOfRepository("alice/web")).toBe("verified");
    await api(admin, "PUT", "/api/v1/badges/alice", { badge: "official" });
    expect(await lastEntry()).toEqual({
      action: "namespace.badge",
      target: "alice",
      before: { badge: "verified" },
      after: { badge: "official" },
    });
    expect((await list()).badges).toMatchObject([{ namespace: "alice", kind: "user", badge: "official" }]);
    await api(admin, "DELETE", "/api/v1/badges/alice");
    expect(await badgeOfRepository("alice/web")).toBe(null);
    expect((await list()).badges).toEqual([]);
  });

  test("go with the name that they were given to, and old names get none", async () => {
    await api(alice, "POST", "/api/v1/organizations", { name: "acme" });
    await api(admin, "PUT", "/api/v1/badges/acme", { badge: "verified" });
    await api(alice, "POST", "/api/v1/organizations/acme/rename", { name: "impostor" });
    expect((await list()).badges).toEqual([]);
    expect(await refused(admin, "PUT", "/api/v1/badges/acme", { badge: "verified" })).toEqual([
      404,
      'there is no user and no organization "acme"',
    ]);
    await api(admin, "PUT", "/api/v1/badges/impostor", { badge: "verified" });
    await api(alice, "DELETE", "/api/v1/organizations/impostor");
    expect(await env.DB.prepare("select count(*) as n from namespace_badges").first("n")).toBe(0);
  });
});

describe("featured repositories", () => {
  const set = (...repositories: string[]) => api(admin, "PUT", "/api/v1/featured", { repositories });
  const shown = async () =>
    (await (await send("/api/v1/featured")).json<{ repositories: string[] }>()).repositories;

  test("are shown in their order; a private or deleted one is not shown at the next request", async () => {
    for (const name of ["alice/c", "alice/a", "bob/b"]) await repository(name);
    await set("alice/c", "bob/b", "alice/a");
    expect(await shown()).toEqual(["alice/c", "bob/b", "alice/a"]);
    expect(await lastEntry()).toMatchObject({
      action: "hub.featured",
      before: [],
      after: ["alice/c", "bob/b", "alice/a"],
    });
    await api(admin, "PATCH", "/api/v1/repositories/alice/c", { visibility: "private" });
    await api(admin, "DELETE", "/api/v1/repositories/bob/b");
    expect(await shown()).toEqual(["alice/a"]);
    // What was public when it was chosen may stay until it is taken out.
    await set("alice/a", "alice/c");
    expect(await shown()).toEqual(["alice/a"]);
  });

  test("are none that others cannot see, none twice, and no more than anybody reads", async () => {
    await repository("alice/web");
    await repository("alice/hidden", "private");
    await set("alice/web");
    const wrong: [string[], number, string][] = [
      [["alice/hidden"], 400, '"alice/hidden" is private'],
      [["alice/nil"], 404, 'there is no repository "alice/nil"'],
      [["alice/web", "alice/web"], 400, '"alice/web" is featured already'],
      [Array.from({ length: 25 }, (_, n) => `alice/${n}`), 400, "the body is not valid"],
    ];
    for (const [repositories, status, words] of wrong)
      expect(await refused(admin, "PUT", "/api/v1/featured", { repositories })).toEqual([
        status,
        expect.stringContaining(words),
      ]);
    expect(await shown()).toEqual(["alice/web"]);
  });
});

describe("settings of the hub", () => {
  const change = (body: object) => api<Record<string, unknown>>(admin, "PATCH", "/api/v1/hub/settings", body);

  test("are as the hub has them until somebody changes them, hold at once, and stand in the log", async () => {
    const { hub } = services(env);
    expect(await readHubSettings(hub)).toEqual({
      name: "Wherry",
      announcement: "",
      announcementUrl: "",
      signUp: "open",
      readmeImageHosts: [],
    });
    await change({ name: " Harbour ", announcement: "Closed on <b>Sunday</b>", announcement_url: "/status" });
    expect(await readHubFace(hub)).toEqual({
      name: "Harbour",
      announcement: "Closed on <b>Sunday</b>",
      announcementUrl: "/status",
    });
    await change({ readme_image_hosts: ["img.shields.io"] });
    expect((await readHubSettings(hub)).readmeImageHosts).toEqual(["img.shields.io"]);
    expect(await lastEntry()).toEqual({
      action: "hub.settings",
      target: "hub",
      before: { readmeImageHosts: [] },
      after: { readmeImageHosts: ["img.shields.io"] },
    });
    await change({ name: "Wherry", announcement: "", announcement_url: "" });
    expect((await readHubFace(hub)).name).toBe("Wherry");
  });

  test("refuse what they cannot be, and stay as they are", async () => {
    const before = await readHubSettings(services(env).hub);
    const wrong: [object, string][] = [
      [{ name: "  " }, "the name of the hub is empty"],
      [{ announcement: "two\nlines" }, "the announcement has control characters"],
      [{ announcement_url: "javascript:alert(1)" }, "the address behind the announcement is no address"],
      [{ announcement_url: "//elsewhere.example" }, "is no address"],
      [{ announcement_url: "/\\elsewhere.example" }, "is no address"],
      [{ readme_image_hosts: ["https://img.example/"] }, "host names in lower case"],
      [{ readme_image_hosts: ["127.0.0.1"] }, "host names in lower case"],
      [{ readme_image_hosts: ["localhost"] }, "host names in lower case"],
      [{ readme_image_hosts: ["a.example:8080"] }, "host names in lower case"],
      [{ sign_up: "anybody" }, "the body is not valid"],
    ];
    for (const [body, words] of wrong)
      expect(await refused(admin, "PATCH", "/api/v1/hub/settings", body)).toEqual([
        400,
        expect.stringContaining(words),
      ]);
    expect(await readHubSettings(services(env).hub)).toEqual(before);
  });

  test("are changed by nobody's token that lacks the scope, also not an administrator's", async () => {
    const narrow = await accessTokenOf(admin, {
      user: "admin",
      scopes: ["account", "repository:**:pull,admin"],
    });
    const [status] = await refused({ ...admin, accessToken: narrow }, "PATCH", "/api/v1/hub/settings", {
      name: "x",
    });
    expect(status).toBe(403);
  });
});

describe("administrators", () => {
  const isAdministrator = async (name: string) =>
    (
      await api<{ users: { name: string; administrator: boolean }[] }>(
        admin,
        "GET",
        `/api/v1/users?search=${name}`,
      )
    ).users.find((user) => user.name === name)?.administrator;

  test("are made and unmade; it holds at the next request; nobody unmakes themselves", async () => {
    await api(admin, "PATCH", "/api/v1/users/alice", { administrator: true });
    expect(await isAdministrator("alice")).toBe(true);
    await api(alice, "PATCH", "/api/v1/users/admin", { administrator: false });
    expect(await refused(admin, "PATCH", "/api/v1/users/alice", { administrator: false })).toEqual([
      403,
      "this is for administrators, and admin is none",
    ]);
    expect(await refused(alice, "PATCH", "/api/v1/users/alice", { administrator: false })).toEqual([
      409,
      "you cannot take this from yourself; another administrator can",
    ]);
    expect(await lastEntry()).toEqual({
      action: "user.administrator",
      target: "admin",
      before: { administrator: true },
      after: { administrator: false },
    });
  });

  test("find people by the beginning of a name, or by a whole address", async () => {
    await env.DB.prepare("update users set email = 'Bob@people.example' where name = 'bob'").run();
    const found = async (search: string) => {
      const { users } = await api<{ users: { name: string }[] }>(
        admin,
        "GET",
        `/api/v1/users?search=${encodeURIComponent(search)}`,
      );
      return users.map(({ name }) => name);
    };
    expect(await found("al")).toEqual(["alice"]);
    expect(await found("A")).toEqual(["admin", "alice"]);
    expect(await found("bob@people.example")).toEqual(["bob"]);
    expect(await found("people.example")).toEqual([]);
    expect(await found("%")).toEqual([]);
  });
});
