import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import type { User } from "../../../workers/auth/index.ts";
import { Database } from "../../../workers/db/index.ts";
import { createHub, countStorage, listStorageUse, readStorageTotal } from "../../../workers/hub/index.ts";
import { services } from "../../../workers/services.ts";
import { digestOf } from "../../../workers/shared/digest.ts";

const hour = 3_600_000;
const administrator: User = {
  kind: "user",
  id: "an-administrator",
  name: "admin",
  administrator: true,
  emailVerified: true,
  twoFactor: true,
  token: undefined,
  address: undefined,
};

/** A hub whose clock the test turns. */
function hubAt(time: { now: number }) {
  return createHub({ ...services(env).hub, db: new Database(env.DB), clock: { now: () => time.now } });
}

async function run(statement: string, ...values: (string | number)[]): Promise<void> {
  await env.DB.prepare(statement)
    .bind(...values)
    .run();
}

async function blob(size: number, text: string): Promise<string> {
  const digest = await digestOf(new TextEncoder().encode(text));
  await run(
    "insert into blobs (digest, size, locator, created_at) values (?, ?, ?, 0)",
    digest,
    size,
    `l/${text}`,
  );
  return digest;
}

async function link(repository: string, digest: string): Promise<void> {
  await run(
    "insert into repository_blobs (repository_id, digest, linked_at) select id, ?, 0 from repositories where name = ?",
    digest,
    repository,
  );
}

test("a blob counts once for a namespace, and for each repository in what it would be without sharing", async () => {
  const time = { now: 10 * hour };
  const hub = hubAt(time);
  await run("insert into users (id, name, created_at) values ('1', 'alice', 0)");
  await run("insert into organizations (id, name, created_at) values ('2', 'acme', 0)");
  for (const name of ["alice/a", "alice/b", "acme/c", "nobody/d"])
    await run("insert into repositories (name, created_at) values (?, 0)", name);
  const shared = await blob(1000, "shared");
  for (const name of ["alice/a", "alice/b", "acme/c", "nobody/d"]) await link(name, shared);
  await link("alice/a", await blob(10, "own"));
  await blob(5, "linked by nobody");

  expect(await readStorageTotal(hub, administrator)).toMatchObject({ countedAt: null, stored: 0 });
  await countStorage(hub);
  expect(await readStorageTotal(hub, administrator)).toEqual({
    stored: 1015,
    blobs: 3,
    countedAt: time.now,
    counting: false,
  });
  const all = await listStorageUse(hub, administrator, { limit: 10, last: "" });
  expect(all).toEqual([
    { name: "alice", kind: "user", stored: 1010, logical: 2010, blobs: 2, key: "1010-1" },
    { name: undefined, kind: undefined, stored: 1000, logical: 1000, blobs: 1, key: "1000-" },
    { name: "acme", kind: "organization", stored: 1000, logical: 1000, blobs: 1, key: "1000-2" },
  ]);
  const pages = [];
  for (let last: string | undefined = ""; last !== undefined;) {
    const [row] = await listStorageUse(hub, administrator, { limit: 1, last });
    if (row) pages.push(row);
    last = row?.key;
  }
  expect(pages).toEqual(all);

  // Nothing is counted again before it is time; then what is gone is gone, and what moved has moved.
  await run("delete from repositories where name = 'acme/c'");
  await run("update repositories set name = 'acme/a' where name = 'alice/a'");
  await countStorage(hub);
  expect(await listStorageUse(hub, administrator, { limit: 10, last: "" })).toEqual(all);
  time.now += 6 * hour;
  await countStorage(hub);
  expect(await listStorageUse(hub, administrator, { limit: 10, last: "" })).toMatchObject([
    { name: "acme", stored: 1010, logical: 1010 },
    { name: undefined, stored: 1000 },
    { name: "alice", stored: 1000, logical: 1000 },
  ]);
});

test("a hub that was empty is counted again at the next stroke", async () => {
  const time = { now: 10 * hour };
  const hub = hubAt(time);
  await countStorage(hub);
  expect(await readStorageTotal(hub, administrator)).toMatchObject({ countedAt: time.now, blobs: 0 });
  await blob(5, "the first");
  time.now += hour / 12;
  await countStorage(hub);
  expect(await readStorageTotal(hub, administrator)).toMatchObject({ countedAt: time.now, blobs: 1 });
});

test("a walk of many slices, two at a time and cut off anywhere, counts each blob once", async () => {
  const time = { now: 10 * hour };
  await run("insert into users (id, name, created_at) values ('1', 'alice', 0)");
  await run("insert into repositories (name, created_at) values ('alice/a', 0)");
  await run(`insert into blobs (digest, size, locator, created_at)
    with recursive n(i) as (select 1 union all select i + 1 from n where i < 2500) select printf('sha256:%064x', i), i, 'l/' || i, 0 from n`);
  await run(
    "insert into repository_blobs (repository_id, digest, linked_at) select r.id, digest, 0 from blobs, repositories r",
  );
  const sum = (2500 * 2501) / 2;

  // Another isolate dies in the middle of its second statement.
  let statements = 4;
  const dying = createHub({
    ...services(env).hub,
    db: new Database(
      new Proxy(env.DB, {
        get(target, property) {
          if (property === "batch" && statements-- <= 3) throw new Error("the isolate is gone");
          const value: unknown = Reflect.get(target, property);
          return typeof value === "function" ? value.bind(target) : value;
        },
      }),
    ),
    clock: { now: () => time.now },
  });
  await countStorage(dying).catch(() => {});
  await Promise.all([countStorage(hubAt(time)), countStorage(hubAt(time))]);
  expect(await readStorageTotal(hubAt(time), administrator)).toMatchObject({
    stored: sum,
    blobs: 2500,
    counting: false,
  });
  expect(await listStorageUse(hubAt(time), administrator, { limit: 2, last: "" })).toMatchObject([
    { name: "alice", stored: sum, logical: sum, blobs: 2500 },
  ]);
});
