import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { PullReports, readPulls } from "../../../workers/hub/index.ts";
import { pullingClient } from "../../../workers/hub/pull-clients.ts";
import { scoreOf } from "../../../workers/hub/pull-scores.ts";
import { requireRepository } from "../../../workers/auth/index.ts";
import { day, minute } from "../../../workers/platform/clock.ts";
import { deleteManifest } from "../../../workers/registry/manifests.ts";
import type { Digest } from "../../../workers/shared/digest.ts";
import { CountsWorld, image, index } from "./support/counts-world.ts";
import type { Person } from "../support/auth.ts";

const name = "alice/web";
let world: CountsWorld;
let alice: Person;
let bob: Person;
let id: number;
let digest: Digest;

beforeEach(async () => {
  world = new CountsWorld();
  alice = await world.auth.person("alice");
  bob = await world.auth.person("bob");
  digest = await world.push(alice, name, "v1", image("one"));
  await world.auth.auth.db.query.updateTable("repositories").set({ visibility: "public" }).execute();
  id = await world.idOf(name);
});

/** Pulls in all, after what was counted is written. */
async function pulls(): Promise<number> {
  await world.write(id);
  return (await world.counted(id)).pulls;
}

describe("a pull counts once", () => {
  test("for each client, manifest and day, through whichever isolate it goes", async () => {
    for (const address of ["192.0.2.1", "192.0.2.2", "192.0.2.1"]) {
      await world.get(name, "v1", { address });
      world.anotherIsolate();
      await world.get(name, digest, { address });
    }
    expect(await pulls()).toBe(2);
    const other = await world.push(alice, name, "v2", image("two"));
    await world.get(name, "v2", { address: "192.0.2.1" });
    expect(await pulls()).toBe(3);
    expect((await world.counted(id)).manifests).toEqual({ [digest]: 2, [other]: 1 });
  });

  test("for somebody who is signed in, wherever they are and whatever they use", async () => {
    await world.get(name, "v1", { who: bob, address: "192.0.2.1", agent: "docker" });
    await world.get(name, "v1", { who: bob, address: "192.0.2.2", agent: "podman" });
    await world.get(name, "v1", { who: alice, address: "192.0.2.1", agent: "docker" });
    expect(await pulls()).toBe(2);
  });

  test("under all names of a repository, and the count stays with it", async () => {
    await world.get(name, "v1", { address: "192.0.2.1" });
    expect(await pulls()).toBe(1);
    await world.auth.auth.db.query.updateTable("repositories").set({ name: "alice/site" }).execute();
    await world.auth.auth.db.query
      .insertInto("repository_redirects")
      .values({ name, repository_id: id, since: 0 })
      .execute();
    world.anotherIsolate();
    for (const called of [name, "alice/site"]) await world.get(called, "v1", { address: "192.0.2.1" });
    expect(await pulls()).toBe(1);
    await world.get(name, "v1", { address: "192.0.2.2" });
    expect(await pulls()).toBe(2);
  });
});

test("a client that gets many manifests is one of those that a repository is ranked by", async () => {
  await world.push(alice, name, "v2", image("two"));
  await world.push(alice, name, "v3", image("three"));
  for (const tag of ["v1", "v2", "v3"]) await world.get(name, tag, { address: "192.0.2.1" });
  await world.get(name, "v1", { address: "192.0.2.2" });
  expect(await pulls()).toBe(4);
  const { query } = world.auth.auth.db;
  const row = () => query.selectFrom("pull_days").select(["pulls", "clients"]).execute();
  expect(await row()).toEqual([{ pulls: 4, clients: 2 }]);
  await world.get(name, "v2", { address: "192.0.2.2" });
  expect(await pulls()).toBe(5);
  expect(await row()).toEqual([{ pulls: 5, clients: 2 }]);
  const scored = await query.selectFrom("repository_counts").select("recent_pulls").executeTakeFirst();
  expect(scored?.recent_pulls).toBeCloseTo(
    scoreOf({ last1: 2, last7: 2, last31: 2, last35: 2, last183: 2 }).recentPulls,
  );
});

describe("no pull is", () => {
  test("a HEAD, what is not there, a name in capitals, or what the hub reads for itself", async () => {
    const address = "192.0.2.1";
    for (const reference of ["v1", digest]) await world.get(name, reference, { method: "HEAD", address });
    expect((await world.get(name, "v9", { address })).status).toBe(404);
    expect((await world.get("Alice/Web", "v1", { address })).status).toBe(400);
    expect((await world.get("alice/none", "v1", { address })).status).toBe(401);
    await readPulls(
      world.hub,
      await requireRepository(world.auth.auth, { kind: "anonymous" }, name, "pull"),
      30,
    );
    expect(await world.write(id)).toBe(false);
    expect(await pulls()).toBe(0);
  });

  test("the same manifest again, whatever part of it is asked for", async () => {
    const address = "192.0.2.1";
    for (let time = 0; time < 5; time += 1) {
      world.anotherIsolate();
      await world.get(name, "v1", { address, headers: { Range: `bytes=${time}-${time + 1}` } });
      await world.get(name, "v1", { address, headers: { "If-None-Match": '"other"', Accept: "*/*" } });
    }
    expect(await pulls()).toBe(1);
  });

  test("what says something of a manifest, such as a signature, though it is counted itself", async () => {
    const subject = { mediaType: "application/vnd.oci.image.manifest.v1+json", digest, size: 2 };
    const signature = await world.push(alice, name, "", image("signature", { subject }));
    await world.get(name, signature, { address: "192.0.2.1" });
    expect(await pulls()).toBe(0);
    expect((await world.counted(id)).manifests).toEqual({ [signature]: 1 });
  });

  test("what has the tag of a signature, an attestation, an SBOM or a list of these", async () => {
    const tag = digest.replace(":", "-");
    for (const end of [".sig", ".att", ".sbom", ""]) {
      await world.push(alice, name, tag + end, image(`said${end}`));
      await world.get(name, tag + end, { address: "192.0.2.1" });
    }
    expect(await pulls()).toBe(0);
    expect(Object.values((await world.counted(id)).manifests)).toEqual([1, 1, 1, 1]);
    await world.push(alice, name, `${tag}.other`, image("other"));
    await world.get(name, `${tag}.other`, { address: "192.0.2.1" });
    expect(await pulls()).toBe(1);
  });
});

describe("an image of several platforms", () => {
  let arm: Digest;
  let all: Digest;

  beforeEach(async () => {
    arm = await world.push(alice, name, "", image("arm"));
    all = await world.push(alice, name, "all", index(digest, arm));
  });

  test("is one pull: of its index, with the platform's image on its own count", async () => {
    await world.get(name, "all", { address: "192.0.2.1" });
    await world.get(name, arm, { address: "192.0.2.1" });
    expect(await pulls()).toBe(1);
    expect((await world.counted(id)).manifests).toEqual({ [all]: 1, [arm]: 1 });
  });

  test("is one for somebody else who asks for the platform's image alone", async () => {
    await world.get(name, "all", { address: "192.0.2.1" });
    await world.get(name, arm, { address: "192.0.2.2" });
    expect(await pulls()).toBe(2);
  });

  test("is one also where an index is in an index", async () => {
    await world.push(alice, name, "outer", index(all));
    for (const reference of ["outer", all, arm]) await world.get(name, reference, { address: "192.0.2.1" });
    expect(await pulls()).toBe(1);
  });
});

describe("who cannot be told from others", () => {
  test("counts by the /64 of an address, 256 of them in a /48", async () => {
    for (let host = 0; host < 3; host += 1) await world.get(name, "v1", { address: `2001:db8::${host}` });
    expect(await pulls()).toBe(1);
    for (let net = 0; net < 260; net += 1)
      await world.get(name, "v1", { address: `2001:db8:0:${net.toString(16)}::1` });
    expect(await pulls()).toBe(257);
    await world.get(name, "v1", { address: "2001:db8:1::1" });
    expect(await pulls()).toBe(258);
  });

  test("counts by what it calls itself where no address is known, a hundred of them", async () => {
    for (let agent = 0; agent < 105; agent += 1) await world.get(name, "v1", { agent: `docker/${agent}` });
    expect(await pulls()).toBe(101);
    await world.get(name, "v1", { agent: "docker/1" });
    expect(await pulls()).toBe(101);
  });

  test("is not known by what is kept: neither address nor name, and another hash in every repository and on every day", async () => {
    const keptOf = async (repository: number) =>
      runInDurableObject(env.PULLS.getByName(String(repository)), (_, state) => [
        ...state.storage.sql.exec<{ client: string }>("select client from pairs"),
      ]);
    await world.push(alice, "alice/other", "v1", image("one"));
    await world.auth.auth.db.query.updateTable("repositories").set({ visibility: "public" }).execute();
    const other = await world.idOf("alice/other");
    const kept: string[] = [];
    for (let time = 0; time < 2; time += 1) {
      for (const repository of [name, "alice/other"])
        await world.get(repository, "v1", { address: "192.0.2.1" });
      for (const repository of [id, other])
        kept.push(...(await keptOf(repository)).map(({ client }) => client));
      world.auth.now += day;
    }
    expect(kept).toHaveLength(4);
    expect(new Set(kept).size).toBe(4);
    expect(kept.join()).not.toContain("192.0.2.1");
  });
});

describe("what was counted", () => {
  const from = (address: string) => world.get(name, "v1", { address });

  test("is still there when the object was put away, and written once however often that is tried", async () => {
    const object = env.PULLS.getByName(String(id));
    await from("192.0.2.1");
    await evictDurableObject(object);
    world.anotherIsolate();
    await from("192.0.2.1");
    await from("192.0.2.2");
    expect(await pulls()).toBe(2);
    // As if the database had written it and the answer had been lost.
    await runInDurableObject(object, (_, state) => {
      state.storage.sql.exec("update days set written = 0");
      state.storage.sql.exec("update manifests set written = 0, written_at = 0");
    });
    await from("192.0.2.3");
    expect(await pulls()).toBe(3);
    expect((await world.counted(id)).manifests).toEqual({ [digest]: 3 });
  });

  test("waits while the database does not take it", async () => {
    await env.DB.prepare("alter table pull_days rename to away").run();
    await from("192.0.2.1");
    await world.write(id);
    await from("192.0.2.2");
    await env.DB.prepare("alter table away rename to pull_days").run();
    expect(await pulls()).toBe(2);
  });

  test("counts for the day it was pulled on, what comes late for the day that has begun", async () => {
    await from("192.0.2.1");
    world.auth.now += day;
    await from("192.0.2.1");
    world.auth.now -= 1000;
    await from("192.0.2.2");
    world.auth.now -= day / 2;
    await from("192.0.2.1");
    world.auth.now += day / 2 + 1000;
    expect(await pulls()).toBe(3);
    expect((await world.counted(id)).days).toEqual({ 0: 2, 1: 1 });
    expect((await world.counted(id)).manifests).toEqual({ [digest]: 3 });
  });

  test("leaves nothing in the object when the day is over", async () => {
    world.auth.now -= 3 * day;
    await from("192.0.2.1");
    expect(await pulls()).toBe(1);
    const left = await runInDurableObject(env.PULLS.getByName(String(id)), async (_, { storage }) => [
      ...storage.sql.exec("select name from sqlite_schema where name not glob '_cf_*'"),
      ...[await storage.getAlarm()].filter((alarm) => alarm !== null),
    ]);
    expect(left).toEqual([]);
    world.auth.now += day;
    await from("192.0.2.1");
    expect(await pulls()).toBe(2);
  });

  test("goes with the repository, and with the manifest", async () => {
    const other = await world.push(alice, name, "v2", image("two"));
    for (const reference of [digest, other]) await world.get(name, reference, { address: "192.0.2.1" });
    expect(await pulls()).toBe(2);
    await deleteManifest(world.registry, name, { digest: other });
    await world.get(name, digest, { address: "192.0.2.2" });
    expect(await pulls()).toBe(3);
    expect((await world.counted(id)).manifests).toEqual({ [digest]: 2 });
    await from("192.0.2.3");
    await world.auth.auth.db.query.deleteFrom("repositories").execute();
    await world.write(id);
    expect(await world.counted(id)).toEqual({ pulls: -1, days: {}, manifests: {} });
    expect(await world.write(id)).toBe(false);
  });
});

test("a series has every day, the last one today", async () => {
  await world.get(name, "v1", { address: "192.0.2.1" });
  world.auth.now += 2 * day;
  await world.get(name, "v1", { address: "192.0.2.1" });
  await world.get(name, "v1", { address: "192.0.2.2" });
  await world.write(id);
  const found = await requireRepository(world.auth.auth, { kind: "anonymous" }, name, "pull");
  const before = world.auth.statements;
  const series = await readPulls(world.hub, found, 5);
  expect(world.auth.statements - before).toBe(1);
  expect(series.total).toBe(3);
  expect(series.days.map(({ pulls: of }) => of)).toEqual([0, 0, 1, 0, 2]);
  expect(series.days.at(-1)?.day).toBe(Math.floor(world.auth.now / day));
  const path = `/api/v1/repositories/${name}/-/pulls`;
  const answer = await world.api<{ days: { day: string; pulls: number }[] }>(bob, "GET", `${path}?days=1`);
  expect(answer.body.days).toEqual([{ day: new Date(world.auth.now).toISOString().slice(0, 10), pulls: 2 }]);
  for (const days of ["0", "366", "-1", "1e2", "ten"])
    expect((await world.api(bob, "GET", `${path}?days=${days}`)).status).toBe(400);
});

test("robots count as clients of their owner, whoever that makes: a hundred in a day, and one for all others", async () => {
  const { token } = await world.auth.token(alice.accessToken, {
    kind: "robot",
    name: "ci",
    scopes: ["repository:alice/*:pull"],
  });
  const accounts: unknown[] = [];
  world.registry.events.pulled = ({ account }) => void accounts.push(account);
  await world.get(name, "v1", { who: { ...alice, name: "alice+ci", accessToken: token } });
  await world.get(name, "v1", { address: "192.0.2.1" });
  expect(accounts).toEqual(["alice+ci", undefined]);

  const ledger = env.PULLS.getByName(String(id));
  const robots = (owner: string, count: number) =>
    Array.from({ length: count }, (_, number) => ({
      repositoryId: id,
      at: world.auth.now,
      client: pullingClient(
        { subject: `token:${owner}${number}`, account: `${owner}+r${number}` },
        undefined,
        "",
      ),
      digest,
      members: [],
      describes: false,
    }));
  await ledger.record([...robots("alice", 150), ...robots("bob", 3)]);
  expect(await pulls()).toBe(101 + 3);
});

test("a client gets its manifest whatever becomes of the count", async () => {
  const failures: unknown[] = [];
  world.registry.background = (work) => void work.catch((error: unknown) => failures.push(error));
  for (const pulled of [
    () => {
      throw new Error("at once");
    },
    async () => {
      throw new Error("later");
    },
  ]) {
    world.registry.events.pulled = pulled;
    const response = await world.get(name, "v1", { address: "192.0.2.1" });
    expect([response.status, response.headers.get("Docker-Content-Digest")]).toEqual([200, digest]);
  }
  expect(failures.map(String)).toEqual(["Error: at once", "Error: later"]);
});

describe("a report", () => {
  /** What is told to objects, in batches, of which none is taken before the test says so. */
  function slowObjects() {
    const told: string[][] = [];
    const take: ((outcome: Promise<void>) => void)[] = [];
    const record = async (batch: { client: { name: string } }[]) => {
      told.push(batch.map(({ client }) => client.name));
      return new Promise<void>((resolve) => take.push(resolve));
    };
    const finish = (outcome: Promise<void>) => {
      for (const each of take.splice(0)) each(outcome);
    };
    const objects = { getByName: () => ({ record }) } as never;
    return { told, objects, finish };
  }

  let at = 0;
  const clock = { now: () => at };
  const clientAddress = (request: Request) => request.headers.get("Test-Address") ?? undefined;
  const manifest = {
    digest: `sha256:${"0".repeat(64)}` as const,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    bytes: new TextEncoder().encode(JSON.stringify(image("one"))),
  };
  const pullBy = (address: string) => ({
    repositoryId: 1,
    manifest,
    tag: undefined,
    subject: "anonymous",
    account: undefined,
    request: new Request("https://hub.example/", { headers: { "Test-Address": address } }),
  });

  test("waits for the one before, and goes along with all that have come since", async () => {
    const { told, objects, finish } = slowObjects();
    const reports = new PullReports({ clock, clientAddress, objects });
    const first = reports.report(pullBy("192.0.2.1"));
    for (const host of [2, 3, 2]) expect(reports.report(pullBy(`192.0.2.${host}`))).toBeUndefined();
    finish(Promise.resolve());
    await expect
      .poll(() => told)
      .toEqual([["address 192.0.2.1"], ["address 192.0.2.2", "address 192.0.2.3"]]);
    finish(Promise.resolve());
    await first;
    for (const host of [1, 2, 3]) expect(reports.report(pullBy(`192.0.2.${host}`))).toBeUndefined();
    expect(told).toHaveLength(2);
  });

  test("that fails is made again at the next pull", async () => {
    const { told, objects, finish } = slowObjects();
    const reports = new PullReports({ clock, clientAddress, objects });
    const first = reports.report(pullBy("192.0.2.1"));
    finish(Promise.reject(new Error("the object is gone")));
    await expect(first).rejects.toThrow("gone");
    const second = reports.report(pullBy("192.0.2.1"));
    finish(Promise.resolve());
    await second;
    expect(told).toEqual([["address 192.0.2.1"], ["address 192.0.2.1"]]);
  });

  test("is taken over from a request that the runtime ended", async () => {
    const { told, objects, finish } = slowObjects();
    const reports = new PullReports({ clock, clientAddress, objects });
    void reports.report(pullBy("192.0.2.1"));
    expect(reports.report(pullBy("192.0.2.2"))).toBeUndefined();
    at += minute;
    const other = reports.report(pullBy("192.0.2.3"));
    finish(Promise.resolve());
    await other;
    expect(told).toEqual([["address 192.0.2.1"], ["address 192.0.2.2", "address 192.0.2.3"]]);
  });
});
