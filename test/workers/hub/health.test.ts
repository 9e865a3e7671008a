import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { noteRun } from "../../../workers/hub/index.ts";
import { backlogOf, describeClock, describeRun } from "../../../workers/hub/health.ts";
import { runSchedule } from "../../../workers/schedule.ts";
import { services } from "../../../workers/services.ts";
import { api, people, RepositoryClient } from "../support/registry.ts";

const minute = 60_000;
const now = 1_000 * minute;

const run = { name: "send mail", succeededAt: now, failedAt: null, failures: 0, problem: null };

test("a job that failed needs a look; one that fails again and again is wrong", () => {
  const failed = { ...run, failedAt: now, problem: "no answer" };
  const found = [run, { ...failed, failures: 1 }, { ...failed, failures: 3 }].map(describeRun);
  expect(found.map(({ state }) => state)).toEqual(["well", "care", "wrong"]);
  expect(found[2]?.says).toBe("Failed 3 times since it last succeeded: no answer");
});

test("the clock has stopped when nothing has run for an hour, and what fails has run", () => {
  const states = [
    [],
    [run],
    [{ ...run, succeededAt: null, failedAt: now }],
    [{ ...run, succeededAt: now - 61 * minute }],
  ];
  expect(states.map((runs) => describeClock(runs, now).state)).toEqual(["care", "well", "well", "wrong"]);
});

test("what waits is well as long as it does not wait long", () => {
  expect(backlogOf("Mail", 0, null, now)).toEqual({ name: "Mail", state: "well", says: "Nothing waits." });
  expect(backlogOf("Mail", 1, now - minute, now)).toMatchObject({
    state: "well",
    says: "1 waits, the oldest for 1 min.",
  });
  expect(backlogOf("Mail", 1001, now - 16 * minute, now)).toMatchObject({
    state: "care",
    says: "More than 1000 wait, the oldest for 16 min.",
  });
});

test("what runs by itself is noted, its failures too, and a note that fails changes nothing of it", async () => {
  const { hub } = services(env);
  await expect(noteRun(hub, "dance", () => Promise.reject(new Error("the floor is wet")))).rejects.toThrow(
    "wet",
  );
  expect(await noteRun(hub, "sing", async () => "a song")).toBe("a song");
  await env.DB.prepare("drop table hub_runs").run();
  expect(await noteRun(hub, "sing", async () => "a song")).toBe("a song");
});

interface Health {
  parts: { name: string; state: string; says: string }[];
  runs: { name: string; failures: number; problem: string | null }[];
  schema: string;
  version: string;
  build: string | null;
}

test("administrators see stores, what waits, what failed and the last migration", async () => {
  const { admin, alice } = await people();
  const client = await RepositoryClient.open(alice, "alice/web");
  await client.pushImage("1", ["a layer"]);
  await runSchedule(env);
  const { hub } = services(env);
  await noteRun(hub, "send mail", () => Promise.reject(new Error("the mail server hung up"))).catch(() => {});
  const health = await api<Health>(admin, "GET", "/api/v1/hub/health");
  expect(health.parts).toEqual(
    expect.arrayContaining([
      { name: "Database", state: "well", says: "It answers." },
      { name: "Blob store", state: "well", says: "It answers." },
      { name: "Clock", state: "well", says: "It strikes." },
      {
        name: "send mail",
        state: "care",
        says: "Failed once since it last succeeded: the mail server hung up",
      },
    ]),
  );
  expect(health.runs).toEqual(
    expect.arrayContaining([expect.objectContaining({ name: "count storage", failures: 0, problem: null })]),
  );
  expect(health.schema).toMatch(/^\d{4}_\w+\.sql$/);
  expect(health.version).toMatch(/^\d+\.\d+\.\d+/);
  expect(health.parts.find(({ name }) => name === "Search index")?.state).toBe("well");

  // A blob that the store has lost.
  await env.DB.prepare("update blobs set locator = 'b/nowhere/' || digest").run();
  const { parts } = await api<Health>(admin, "GET", "/api/v1/hub/health");
  expect(parts.find(({ name }) => name === "Blob store")).toMatchObject({ state: "wrong" });
});

test("an index that does not answer is a part that is wrong, and no answer less", async () => {
  const { admin } = await people();
  await env.SEARCH.prepare("alter table index_state rename to away").run();
  const { parts } = await api<Health>(admin, "GET", "/api/v1/hub/health");
  await env.SEARCH.prepare("alter table away rename to index_state").run();
  expect(parts.find(({ name }) => name === "Search index")).toMatchObject({ state: "wrong" });
});
