import { glob } from "node:fs/promises";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { catalogue } from "./catalogue.ts";

const day = 24 * 60 * 60 * 1000;

/**
 * Puts the generated catalogue into the main database of a stopped server.
 *
 * @param data the server's data directory
 * @throws Error when the database is not where it is kept today.
 */
export async function fillCatalogue(data: string, size: number): Promise<void> {
  const database = new DatabaseSync(await mainDatabase(data));
  const now = Date.now();
  try {
    database.exec("begin");
    database.exec("insert into organizations (id, name, created_at) values ('library', 'library', 0)");
    database.exec(
      "insert into namespace_badges (namespace_id, badge, set_at) values ('library', 'official', 0)",
    );
    const repository = database.prepare(
      "insert into repositories (name, visibility, created_at) values (?, 'public', ?)",
    );
    const counts = database.prepare(
      "update repository_counts set pulls = ?, recent_pulls = ?, stars = ? where repository_id = ?",
    );
    const profile = database.prepare(
      "insert into repository_profiles (repository_id, description, categories, updated_at) values (?, ?, ?, 0)",
    );
    for (const { name, description, categories, pulls, recent, stars, age } of catalogue(size)) {
      const { lastInsertRowid: id } = repository.run(name, now - age * day);
      counts.run(pulls, recent, stars, id);
      profile.run(id, description, JSON.stringify(categories));
    }
    // As after an upgrade: the index is built from all there is.
    database.exec("delete from search_changes");
    database.exec("commit");
  } finally {
    database.close();
  }
}

async function mainDatabase(data: string): Promise<string> {
  for await (const found of glob("state/**/*.sqlite", { cwd: data })) {
    const file = path.join(data, found);
    const database = new DatabaseSync(file, { readOnly: true });
    try {
      if (database.prepare("select 1 from sqlite_schema where name = 'repositories'").get()) return file;
    } finally {
      database.close();
    }
  }
  throw new Error(`There is no database with repositories in ${data}/state.`);
}
