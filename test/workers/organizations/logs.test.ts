import { beforeEach, expect, test } from "vitest";
import type { Person } from "../support/auth.ts";
import { OrganizationsWorld } from "../support/organizations.ts";

let world: OrganizationsWorld;
let alice: Person;
let bob: Person;

interface List {
  entries: { id: number; action: string; target: string; actor_name: string; at: string }[];
}

beforeEach(async () => {
  world = new OrganizationsWorld();
  [alice, bob] = [await world.person("alice"), await world.person("bob")];
  await world.organization("acme", alice, { maintainer: bob });
  for (const name of ["red", "blue"]) {
    world.hub.now += 1000;
    await world.must(bob, "POST", "/organizations/acme/teams", { name });
  }
});

const path = "/organizations/acme/audit";

async function actions(query: string): Promise<string[]> {
  const { entries } = await world.must<List>(alice, "GET", `${path}${query}`);
  return entries.map(({ action, target }) => `${action} ${target}`);
}

test("the log of an organization is read by its owners, the newest first", async () => {
  expect(await actions("")).toEqual(["team.create blue", "team.create red", "organization.create acme"]);
  expect((await world.send(bob, "GET", path)).status).toBe(403);
  expect((await world.send(await world.person("eve"), "GET", path)).status).toBe(404);
});

test("it is narrowed by who, what, to whom and when", async () => {
  const red = new Date(world.hub.now - 1000).toISOString();
  const blue = new Date(world.hub.now).toISOString();
  expect(await actions("?actor=alice")).toEqual(["organization.create acme"]);
  expect(await actions("?action=team")).toEqual(["team.create blue", "team.create red"]);
  expect(await actions("?target=red")).toEqual(["team.create red"]);
  expect(await actions(`?since=${red}&until=${blue}`)).toEqual(["team.create red"]);
  expect((await world.send(alice, "GET", `${path}?since=yesterday`)).status).toBe(400);
});

test("it comes in pages that a link leads through", async () => {
  const first = await world.send<List>(alice, "GET", `${path}?n=2`);
  expect(first.body.entries.map(({ target }) => target)).toEqual(["blue", "red"]);
  const next = /<\/api\/v1([^>]+)>; rel="next"/.exec(first.headers.get("Link") ?? "")?.[1] ?? "";
  const rest = await world.send<List>(alice, "GET", next);
  expect(rest.body.entries.map(({ target }) => target)).toEqual(["acme"]);
  expect(rest.headers.get("Link")).toBeNull();
  expect((await world.send(alice, "GET", `${path}?last=red`)).status).toBe(400);
});

test("it is exported as lines of JSON, narrowed alike", async () => {
  const answer = await world.send<string>(alice, "GET", `${path}.jsonl?actor=bob`);
  expect(answer.headers.get("Content-Type")).toBe("application/x-ndjson");
  const lines = answer.body.trim().split("\n");
  expect(lines.map((line) => (JSON.parse(line) as List["entries"][0]).target)).toEqual(["blue", "red"]);
  expect((await world.send(bob, "GET", `${path}.jsonl`)).status).toBe(403);
});

test("everybody reads the log of their own account, and nobody else's", async () => {
  const mine = await world.must<List>(alice, "GET", "/me/audit?action=organization");
  expect(mine.entries).toMatchObject([
    { action: "organization.create", target: "acme", actor_name: "alice" },
  ]);
  const bobs = await world.must<List>(bob, "GET", "/me/audit");
  expect(bobs.entries.filter(({ action }) => action.startsWith("organization"))).toEqual([]);
  const lines = await world.send<string>(alice, "GET", "/me/audit.jsonl?action=organization.create");
  expect(lines.body.trim().split("\n")).toHaveLength(1);
});
