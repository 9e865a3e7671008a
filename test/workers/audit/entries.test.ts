import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { auditEntry, exportEntries, listEntries, recordEvent } from "../../../workers/audit/index.ts";
import { Database } from "../../../workers/db/index.ts";

const alice = { subject: "user:1", name: "alice", tokenId: "t1", address: "192.0.2.7" };

function world(): Database {
  return new Database(env.DB);
}

async function record(db: Database, at: number, action: string, actor = alice): Promise<void> {
  await recordEvent(db, at, actor, { log: "acme", action, target: "acme/web", after: { at } });
}

test("an entry is written with the change it tells of", async () => {
  const db = world();
  await db.batch([
    db.query.insertInto("organizations").values({ id: "o", name: "acme", created_at: 1 }),
    auditEntry(db, 1, alice, {
      log: "o",
      action: "organization.create",
      target: "acme",
      after: { name: "acme" },
    }),
  ]);
  const [entry] = await listEntries(db, "o", {}, { before: 0, limit: 10 });
  expect(entry).toMatchObject({
    action: "organization.create",
    actorName: "alice",
    tokenId: "t1",
    after: { name: "acme" },
  });
});

test("there is no entry for a change that changed nothing", async () => {
  const db = world();
  await db.batch([
    db.query.updateTable("organizations").set({ name: "b" }).where("id", "=", "nobody"),
    auditEntry(db, 1, alice, { log: "o", action: "organization.rename", target: "b" }),
  ]);
  expect(await listEntries(db, "o", {}, { before: 0, limit: 10 })).toEqual([]);
});

test("a change that is undone takes its entry along", async () => {
  const db = world();
  const acme = db.query.insertInto("organizations").values({ id: "o", name: "acme", created_at: 1 });
  const batch = db.batch([acme, auditEntry(db, 1, alice, { log: "o", action: "x", target: "y" }), acme]);
  await expect(batch).rejects.toThrow(/UNIQUE/);
  expect(await listEntries(db, "o", {}, { before: 0, limit: 10 })).toEqual([]);
});

test("an entry can neither be changed nor deleted", async () => {
  const db = world();
  await record(db, 1, "team.create");
  await expect(db.query.deleteFrom("audit_log").execute()).rejects.toThrow(/append-only/);
  await expect(db.query.updateTable("audit_log").set({ actor_name: "bob" }).execute()).rejects.toThrow(
    /append-only/,
  );
});

test("filters narrow the list, and pages go on where the last one ended", async () => {
  const db = world();
  await record(db, 10, "team.create");
  await record(db, 20, "team.member.add", { ...alice, name: "bob" });
  await record(db, 30, "teamwork");
  await record(db, 40, "token.create");
  const actions = async (filter: object, before = 0, limit = 10) =>
    (await listEntries(db, "acme", filter, { before, limit })).map((entry) => entry.action);
  expect(await actions({})).toEqual(["token.create", "teamwork", "team.member.add", "team.create"]);
  expect(await actions({ action: "team" })).toEqual(["team.member.add", "team.create"]);
  expect(await actions({ actorName: "bob" })).toEqual(["team.member.add"]);
  expect(await actions({ since: 20, until: 40 })).toEqual(["teamwork", "team.member.add"]);
  const [, second] = await listEntries(db, "acme", {}, { before: 0, limit: 2 });
  expect(await actions({}, second?.id)).toEqual(["team.member.add", "team.create"]);
  expect(await listEntries(db, "other", {}, { before: 0, limit: 10 })).toEqual([]);
});

test("an export holds every entry as a line of JSON, however many pages it takes", async () => {
  const db = world();
  await db.batch(
    Array.from({ length: 501 }, (_, at) =>
      db.query
        .insertInto("audit_log")
        .values({ at, log: "acme", actor: "a", actor_name: "a", action: "x", target: "y" }),
    ),
  );
  const lines = (await new Response(exportEntries(db, "acme", {})).text()).trim().split("\n");
  expect(lines).toHaveLength(501);
  expect(JSON.parse(lines[500] ?? "")).toMatchObject({ at: "1970-01-01T00:00:00.000Z", action: "x" });
});
