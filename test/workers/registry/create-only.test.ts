import { beforeEach, describe, expect, test } from "vitest";
import {
  accessTokenOf,
  firstError,
  imageManifest,
  people,
  RepositoryClient,
  type Person,
} from "../support/registry.ts";
import { tagOf } from "./support/names.ts";

let alice: Person;
let digest: string;
/** Pushes with an access token that may create, and no more. */
let creating: RepositoryClient;

beforeEach(async () => {
  const { admin, alice: person } = await people();
  alice = person;
  digest = await (await RepositoryClient.open(alice, "alice/web")).pushImage("1.2", ["one"]);
  const accessToken = await accessTokenOf(admin, {
    user: "alice",
    scopes: ["repository:alice/**:pull,create"],
  });
  creating = await RepositoryClient.open({ name: "alice", accessToken }, "alice/web");
});

async function refusal(response: Response): Promise<{ status: number; code: string; message: string }> {
  const { code, message } = await firstError(response);
  return { status: response.status, code, message };
}

const taken = {
  status: 403,
  code: "DENIED",
  message: 'the tag "1.2" is there already, and this access token may only create tags, not move them',
};

describe("a token that may only create", () => {
  test("pushes images and new tags", async () => {
    const made = await creating.pushImage("1.3", ["two"]);
    expect(await tagOf(alice, "alice/web", "1.3")).toBe(made);
  });

  test("pushes what is there once more: nothing moves", async () => {
    const manifest = await imageManifest({ tag: "1.2", layers: ["one"] }, ["one"]);
    expect((await creating.pushManifest("1.2", manifest)).status).toBe(201);
    expect(await tagOf(alice, "alice/web", "1.2")).toBe(digest);
  });

  test.each([
    ["in the path", () => "1.2"],
    ["as a parameter", (other: string) => `${other}?tag=1.2`],
    ["among others", () => "new?tag=new2&tag=1.2&tag=new3"],
  ])("moves no tag that is there, named %s, and makes none of the others then", async (_title, reference) => {
    const manifest = await imageManifest({ another: true }, []);
    expect(await refusal(await creating.pushManifest(reference("new"), manifest))).toEqual(taken);
    expect(await tagOf(alice, "alice/web", "1.2")).toBe(digest);
    for (const tag of ["new", "new2", "new3"]) expect(await tagOf(alice, "alice/web", tag)).toBe(404);
  });

  test("of two that make the same tag at once, one does", async () => {
    const manifests = await Promise.all([1, 2, 3, 4].map((n) => imageManifest({ n }, [])));
    const answers = await Promise.all(manifests.map((each) => creating.pushManifest("race", each)));
    const made = answers.filter(({ status }) => status === 201);
    expect(answers.filter(({ status }) => status === 403)).toHaveLength(3);
    expect(made).toHaveLength(1);
    expect(await tagOf(alice, "alice/web", "race")).toBe(made[0]?.headers.get("Docker-Content-Digest"));
  });

  test("deletes nothing", async () => {
    for (const path of ["manifests/1.2", `manifests/${digest}`, `blobs/${digest}`])
      expect((await creating.send("DELETE", path)).status).toBe(403);
    expect(await tagOf(alice, "alice/web", "1.2")).toBe(digest);
  });
});
