import { applyD1Migrations, reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach } from "vitest";

beforeEach(async () => {
  await applyD1Migrations(env.DB, env.MIGRATIONS);
});

// reset() empties the objects that are in memory, and leaves one alone that the runtime has put away, as it does after some seconds
// without requests. The database is such an object. To ask it brings it back, so the next reset() gets it.
afterEach(async () => {
  do await reset();
  while (await isDatabaseLeft());
});

async function isDatabaseLeft(): Promise<boolean> {
  const table = await env.DB.prepare("select name from sqlite_master where name = 'd1_migrations'").first();
  return table !== null;
}
