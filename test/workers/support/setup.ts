import { reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach } from "vitest";

beforeEach(async () => {
  await Promise.all([migrate(env.DB, env.MIGRATIONS), migrate(env.SEARCH, env.SEARCH_MIGRATIONS)]);
});

/** All migrations as one batch: a round trip for each of them, before each test, would be most of what some tests take. */
async function migrate(database: D1Database, migrations: typeof env.MIGRATIONS): Promise<void> {
  const statements = [
    // As wrangler makes it.
    `create table d1_migrations (id integer primary key autoincrement, name text unique,
      applied_at timestamp default current_timestamp not null)`,
    ...migrations.flatMap(({ queries }) => queries),
  ].map((statement) => database.prepare(statement));
  const noted = database.prepare("insert into d1_migrations (name) select value from json_each(?)");
  const names = JSON.stringify(migrations.map(({ name }) => name));
  await database.batch([...statements, noted.bind(names)]);
}

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
