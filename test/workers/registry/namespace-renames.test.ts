import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { Database } from "../../../workers/db/index.ts";
import { renameNamespace } from "../../../workers/registry/index.ts";
import { services } from "../../../workers/services.ts";
import {
  api,
  firstError,
  imageManifest,
  people,
  RepositoryClient,
  type Person,
} from "../support/registry.ts";
import { release, rename, tagOf } from "./support/names.ts";
import { Organization } from "./support/organization.ts";

const { query } = new Database(env.DB);
let admin: Person;
let alice: Person;

beforeEach(async () => {
  ({ admin, alice } = await people());
  await (await RepositoryClient.open(alice, "alice/web")).pushImage("v1", ["one"]);
});

describe("a namespace", () => {
  let acme: Organization;

  beforeEach(async () => {
    acme = await Organization.make("acme", { owner: alice });
  });

  const renamed = (from: string, to: string) =>
    renameNamespace(services(env).registry, from, to, [
      query.updateTable("organizations").set({ name: to }).where("id", "=", acme.id),
    ]);

  test("is renamed with all its repositories; old names are read, and pushes to them are told where it went", async () => {
    const client = await RepositoryClient.open(alice, "acme/web");
    const pushed = await client.pushImage("v1", ["acme"]);
    await renamed("acme", "umbrella");
    for (const name of ["acme/web", "umbrella/web"]) expect(await tagOf(alice, name, "v1")).toBe(pushed);
    expect((await client.send("GET", "manifests/v1")).status).toBe(200);
    const refused = await client.pushManifest("v2", await imageManifest({}, []));
    expect((await firstError(refused)).message).toBe(`"acme/web" is now "umbrella/web"; push there`);
    const fresh = await RepositoryClient.open(admin, "acme/new");
    const unmade = await fresh.pushManifest("v1", await imageManifest({}, []));
    expect((await firstError(unmade)).message).toBe(`"acme/new" is now "umbrella/new"; push there`);

    await rename(alice, "umbrella/web", "umbrella/site");
    for (const name of ["acme/web", "umbrella/web", "umbrella/site"])
      expect(await tagOf(alice, name, "v1")).toBe(pushed);
    const next = await (await RepositoryClient.open(alice, "umbrella/site")).pushImage("v1", ["next"]);
    for (const name of ["acme/web", "umbrella/web", "umbrella/site"])
      expect(await tagOf(alice, name, "v1")).toBe(next);
    await renamed("umbrella", "acme");
    for (const name of ["acme/web", "acme/site", "umbrella/web", "umbrella/site"])
      expect(await tagOf(alice, name, "v1")).toBe(next);
  });

  test("is not renamed when a repository would get a name that leads to another", async () => {
    await (await RepositoryClient.open(alice, "acme/web")).pushImage("v1", ["web"]);
    await rename(alice, "acme/web", "acme/site");
    await renamed("acme", "umbrella");
    await (await RepositoryClient.open(alice, "umbrella/web")).pushImage("v1", ["another"]);
    await expect(renamed("umbrella", "acme")).rejects.toThrow(
      'the name cannot be changed to "acme": "acme/web" is an old name of umbrella/site; release it there',
    );
    const names = await query.selectFrom("repositories").select("name").orderBy("name").execute();
    expect(names.map(({ name }) => name)).toEqual(["alice/web", "umbrella/site", "umbrella/web"]);
    await release(alice, "acme/web");
    await renamed("umbrella", "acme");
    expect(await tagOf(alice, "umbrella/site", "v1")).toBe(await tagOf(alice, "acme/site", "v1"));
  });

  test("takes its robots along: what they could push they can push, by the old name of theirs too", async () => {
    const made = await api<{ token: string }>(alice, "POST", "/api/v1/tokens", {
      kind: "robot",
      organization: "acme",
      name: "ci",
      scopes: ["repository:acme/web-*:pull,push"],
    });
    const accessToken = made.token;
    const pushed = await (
      await RepositoryClient.open({ name: "acme+ci", accessToken }, "acme/web-a")
    ).pushImage("v1", ["web"]);
    await renamed("acme", "umbrella");
    for (const name of ["acme+ci", "acme", "umbrella+ci"]) {
      const robot = { name, accessToken };
      expect(await tagOf(robot, "acme/web-a", "v1"), name).toBe(pushed);
      await (await RepositoryClient.open(robot, "umbrella/web-a")).pushImage("v2", [name]);
    }
    for (const name of ["acme+other", "alice+ci", "nobody+ci", "+ci", ""]) {
      const robot = { name, accessToken };
      await expect(RepositoryClient.open(robot, "umbrella/web-a"), name).rejects.toThrow();
    }
  });

  test("that its owner does not get takes no repository along", async () => {
    await (await RepositoryClient.open(alice, "acme/web")).pushImage("v1", ["web"]);
    await renameNamespace(services(env).registry, "acme", "umbrella", [
      query.updateTable("organizations").set({ name: "umbrella" }).where("id", "=", "nobody"),
    ]);
    await expect(renamed("acme", "bob")).rejects.toThrow(/name taken/);
    expect(await tagOf(alice, "acme/web", "v1")).not.toBe(404);
    const names = await query.selectFrom("repositories").select("name").orderBy("name").execute();
    expect(names.map(({ name }) => name)).toEqual(["acme/web", "alice/web"]);
  });

  test("of ten thousand repositories is renamed in one transaction, without asking one object", async () => {
    await env.DB.prepare(
      `insert into repositories (name, created_at)
       with recursive n(i) as (select 1 union all select i + 1 from n where i < 10000) select 'acme/r' || i, 0 from n`,
    ).run();
    const touched: string[] = [];
    const { registry } = services(env);
    const watched = new Proxy(registry.repositories, {
      get: (target, key) => {
        touched.push(String(key));
        return Reflect.get(target, key) as unknown;
      },
    });
    await renameNamespace({ ...registry, repositories: watched }, "acme", "umbrella", [
      query.updateTable("organizations").set({ name: "umbrella" }).where("id", "=", acme.id),
    ]);
    const count = await env.DB.prepare(
      `select count(*) as n from repositories where name like 'umbrella/r%' and owner_id = ?`,
    )
      .bind(acme.id)
      .first<{ n: number }>();
    expect(count?.n).toBe(10_000);
    expect(touched).toEqual([]);
  });
});
