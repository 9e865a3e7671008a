import { beforeEach, describe, expect, test } from "vitest";
import { firstError, imageManifest, people, RepositoryClient, type Person } from "../support/registry.ts";
import { tagOf } from "./support/names.ts";
import { logOf, Organization } from "./support/organization.ts";

let alice: Person;
/** bob, a member who may make repositories and has no other right, with a registry token from before `acme/web` was there. */
let creating: RepositoryClient;

beforeEach(async () => {
  const { alice: owner, bob } = await people();
  alice = owner;
  const acme = await Organization.make("acme", { owner: alice, member: bob });
  await acme.set({ repository_creation: "members" });
  creating = await RepositoryClient.open(bob, "acme/web");
});

describe("a registry token that rests on the right to make the repository", () => {
  test("makes it, and goes on to push and pull", async () => {
    const digest = await creating.pushImage("1", ["one"]);
    await creating.pushImage("2", ["two"]);
    const pulled = await creating.send("GET", "manifests/1");
    expect([pulled.status, pulled.headers.get("Docker-Content-Digest")]).toEqual([200, digest]);
  });

  describe("when somebody else has made it since", () => {
    let digest: string;
    beforeEach(async () => {
      digest = await (await RepositoryClient.open(alice, "acme/web")).pushImage("1", ["one"]);
    });

    test.each([
      ["GET", "manifests/1"],
      ["HEAD", "manifests/1"],
      ["GET", "manifests/DIGEST"],
      ["GET", "tags/list"],
      ["GET", "referrers/DIGEST"],
      ["POST", "blobs/uploads/"],
      ["PUT", "manifests/2"],
    ])("is no right to %s %s", async (method, path) => {
      const body = method === "PUT" ? JSON.stringify(await imageManifest({ made: "by bob" }, [])) : null;
      const answer = await creating.send(method, path.replace("DIGEST", digest), { body });
      expect(answer.status).toBe(403);
      if (method !== "HEAD") expect(await firstError(answer)).toMatchObject({ code: "DENIED" });
    });

    test("moves no tag of it", async () => {
      const manifest = await imageManifest({ made: "by bob" }, []);
      expect((await creating.pushManifest("1", manifest)).status).toBe(403);
      expect(await tagOf(alice, "acme/web", "1")).toBe(digest);
    });
  });

  test("ends no upload in a repository that somebody else has made since it began", async () => {
    const begun = await creating.send("POST", "blobs/uploads/");
    const upload = begun.headers.get("Location") ?? "";
    expect(begun.status).toBe(202);
    await (await RepositoryClient.open(alice, "acme/web")).pushImage("1", ["one"]);
    for (const method of ["GET", "PATCH", "DELETE"])
      expect((await creating.send(method, upload)).status).toBe(403);
  });
});

describe("a repository that a push makes", () => {
  test("is entered in the log of its owner, once, with who pushed", async () => {
    const acme = await Organization.make("logged", { owner: alice });
    const pushing = await RepositoryClient.open(alice, "logged/web");
    await pushing.pushImage("1", ["one"]);
    await pushing.pushImage("2", ["two"]);
    expect(await logOf(acme.id)).toEqual([
      {
        action: "repository.create",
        target: "logged/web",
        actor_name: alice.name,
        before: null,
        after: { by: "push" },
      },
    ]);
  });
});
