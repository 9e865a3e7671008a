import { applyD1Migrations, reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach } from "vitest";

beforeEach(async () => {
  await applyD1Migrations(env.DB, env.MIGRATIONS);
  await applyD1Migrations(env.SEARCH, env.SEARCH_MIGRATIONS);
});

// reset() empties the objects that are in memory, and leaves one alone that the runtime has put away, as it does after some seconds
// without requests. The databases are such objects. To ask them brings them back, so the next reset() gets them.
afterEach(async () => {
  do await reset();
  while ((await isLeft(env.DB)) || (await isLeft(env.SEARCH)));
});

async function isLeft(database: D1Database): Promise<boolean> {
  const table = await database.prepare("select name from sqlite_master where name = 'd1_migrations'").first();
  return table !== null;
}
