import { readFile, readdir } from "node:fs/promises";
import path from "node:path";
import type { Miniflare } from "miniflare";
import { Refusal } from "./refusal.ts";

export interface Migration {
  name: string;
  sql: string;
}

export type D1 = Awaited<ReturnType<Miniflare["getD1Database"]>>;

/** @returns all there are, in the order of their numbers. */
export async function readMigrations(folder: string): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".sql")).toSorted();
  return Promise.all(
    names.map(async (name) => ({ name, sql: await readFile(path.join(folder, name), "utf8") })),
  );
}

/**
 * Applies what has not been applied, each migration in one transaction with the line that says so. The table is the one that
 * `wrangler d1 migrations` keeps.
 *
 * @throws Refusal when the database has had a migration that is not among these.
 */
export async function applyMigrations(d1: D1, migrations: readonly Migration[]): Promise<void> {
  await d1.prepare(table).run();
  const { results } = await d1.prepare("SELECT name FROM d1_migrations").all<{ name: string }>();
  const applied = new Set(results.map((row) => row.name));
  const unknown = [...applied].filter((name) => !migrations.some((migration) => migration.name === name));
  if (unknown.length > 0)
    throw new Refusal(
      `The database was written by a newer Wherry: it has had ${unknown.join(", ")}, which this version does not know. ` +
        "Start the newer version again, or give another directory with --data.",
    );
  for (const { name, sql } of migrations) {
    if (applied.has(name)) continue;
    const note = d1.prepare("INSERT INTO d1_migrations (name) VALUES (?)").bind(name);
    await d1.batch([d1.prepare(sql), note]);
  }
}

const table = `CREATE TABLE IF NOT EXISTS d1_migrations (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT UNIQUE,
  applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL
)`;
