import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { Database } from "../../../workers/db/index.ts";
import {
  accessTokenOf,
  api,
  firstError,
  imageManifest,
  people,
  RepositoryClient,
  type Person,
} from "../support/registry.ts";
import { ask, release, rename, restIsOver, status, tagOf } from "./support/names.ts";
import { logOf, Organization, userId } from "./support/organization.ts";

const { query } = new Database(env.DB);
let admin: Person;
let alice: Person;
let bob: Person;
let digest: string;

beforeEach(async () => {
  ({ admin, alice, bob } = await people());
  digest = await (await RepositoryClient.open(alice, "alice/web")).pushImage("v1", ["one"]);
});

describe("a transfer", () => {
  let acme: Organization;
  let carol: Person;

  beforeEach(async () => {
    await api(admin, "POST", "/api/v1/users", { name: "carol" });
    carol = { name: "carol", accessToken: await accessTokenOf(admin, { user: "carol" }) };
    acme = await Organization.make("acme", { owner: bob });
  });

  test("takes the right to make repositories where it is going, whether or not the name is taken there", async () => {
    await (await RepositoryClient.open(bob, "acme/api")).pushImage("v1", ["api"]);
    const message = async (name: string) => {
      const answer = await ask(alice, "POST", "/api/v1/repositories/alice/web/-/rename", { name });
      return [answer.status, (await answer.json<{ detail: string }>()).detail.replaceAll(name, "NAME")];
    };
    expect((await message("acme/web"))[0]).toBe(403);
    expect(await message("acme/api")).toEqual(await message("acme/web"));
    await acme.join(alice, "guest");
    expect((await message("acme/web"))[0]).toBe(403);
  });

  test("leaves the old owner's grants behind, and makes a member who brings it its administrator", async () => {
    await api(alice, "PUT", "/api/v1/repositories/alice/web/-/collaborators/carol", { role: "admin" });
    await acme.join(alice, "member");
    await rename(alice, "alice/web", "acme/web");
    expect(await tagOf(carol, "acme/web", "v1")).toBe(403);
    expect(await tagOf(carol, "alice/web", "v1")).toBe(403);
    expect(await tagOf(bob, "acme/web", "v1")).toBe(digest);
    expect(await tagOf(bob, "alice/web", "v1")).toBe(digest);
    const { people: listed } = await api<{ people: { user: string; role: string }[] }>(
      bob,
      "GET",
      "/api/v1/repositories/acme/web/-/access",
    );
    expect(listed.map(({ user, role }) => `${user} ${role}`)).toEqual(["alice admin", "bob admin"]);
    const entry = {
      action: "repository.transfer",
      target: "acme/web",
      actor_name: "alice",
      before: "alice/web",
      after: "acme/web",
    };
    expect(await logOf(acme.id)).toContainEqual(entry);
    expect(await logOf(await userId("alice"))).toContainEqual(entry);
  });

  test("cannot be undone by who administers it now: the old owner has to want it back", async () => {
    await acme.join(alice, "member");
    await rename(alice, "alice/web", "acme/web");
    expect(await status(bob, "POST", "/api/v1/repositories/acme/web/-/rename", { name: "alice/web" })).toBe(
      403,
    );
    expect(await status(bob, "POST", "/api/v1/repositories/acme/web/-/rename", { name: "alice/gift" })).toBe(
      403,
    );
  });

  test("out of an organization takes an owner or maintainer: a member keeps no name of it, whatever they made", async () => {
    await acme.join(alice, "member");
    await (await RepositoryClient.open(alice, "acme/tool")).pushImage("v1", ["tool"]);
    const handOver = async () =>
      ask(alice, "POST", "/api/v1/repositories/acme/tool/-/rename", { name: "alice/tool" });
    const refused = await handOver();
    expect([refused.status, await refused.text()]).toEqual([
      403,
      expect.stringContaining("owners and maintainers"),
    ]);
    expect(await status(bob, "POST", "/api/v1/repositories", { name: "acme/tool" })).toBe(409);
    await acme.leave(alice);
    await acme.join(alice, "maintainer");
    expect((await handOver()).status).toBe(200);
    expect(await tagOf(alice, "acme/tool", "v1")).toBe(await tagOf(alice, "alice/tool", "v1"));
  });

  test("the owner of the old namespace can have the name back, and learns no later name", async () => {
    await acme.join(alice, "member");
    await rename(alice, "alice/web", "acme/web");
    await acme.leave(alice);
    await rename(bob, "acme/web", "acme/secret");
    const refused = await ask(alice, "POST", "/api/v1/repositories", { name: "alice/web" });
    expect(refused.status).toBe(409);
    expect(await refused.text()).not.toContain("secret");
    await release(alice, "alice/web");
    await restIsOver();
    expect(await status(alice, "POST", "/api/v1/repositories", { name: "alice/web" })).toBe(201);
    expect(await tagOf(bob, "acme/web", "v1")).toBe(digest);
  });

  test("while somebody pushes, each push is in the repository or is told where it went", async () => {
    await acme.join(alice, "member");
    const client = await RepositoryClient.open(alice, "alice/web");
    const manifest = await imageManifest({}, []);
    const pushes = Array.from({ length: 12 }, (_, n) => client.pushManifest(`t${n}`, manifest));
    const [answers] = await Promise.all([Promise.all(pushes), rename(alice, "alice/web", "acme/web")]);
    const here = await RepositoryClient.open(bob, "acme/web");
    for (const [n, answer] of answers.entries()) {
      expect([201, 403]).toContain(answer.status);
      if (answer.status === 403)
        expect((await firstError(answer)).message).toBe(`"alice/web" is now "acme/web"; push there`);
      const there = (await here.send("HEAD", `manifests/t${n}`)).status;
      expect(there).toBe(answer.status === 201 ? 200 : 404);
    }
    expect(await query.selectFrom("repositories").select("name").execute()).toEqual([{ name: "acme/web" }]);
  });
});
