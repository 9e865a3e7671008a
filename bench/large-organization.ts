import { glob } from "node:fs/promises";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Server } from "../test/support/server.ts";

/** Somebody with rights in a large organization, and a repository of it that they may push to. */
export interface LargeOrganization {
  user: string;
  accessToken: string;
  repository: string;
}

/**
 * Puts an organization of 10,000 repositories, 1,000 members and 50 teams into a server, and a member who is in all of its teams. The
 * rows go into the database of the stopped server: over the API they would take minutes.
 *
 * @throws Error when the server's database is not where it is kept today.
 */
export async function fillLargeOrganization(server: Server): Promise<LargeOrganization> {
  const accessToken = await makeMember(server);
  await server.stop();
  const file = await databaseOf(server.data);
  const database = new DatabaseSync(file);
  try {
    database.exec(rows);
  } finally {
    database.close();
  }
  await server.start();
  return { user: "ada", accessToken, repository: "acme/r7777" };
}

async function makeMember(server: Server): Promise<string> {
  const send = async (route: string, body: object): Promise<{ token: string }> => {
    const response = await fetch(`${server.url}/api/v1/${route}`, {
      method: "POST",
      headers: { Authorization: `Bearer ${server.adminToken}`, "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`POST ${route}: ${response.status} ${await response.text()}`);
    return (await response.json()) as { token: string };
  };
  await send("users", { name: "ada" });
  const scopes = ["repository:**:pull,push"];
  return (await send("tokens", { kind: "personal", user: "ada", name: "bench", scopes })).token;
}

/** The file of the database that has users in it. */
async function databaseOf(directory: string): Promise<string> {
  for await (const found of glob("state/**/*.sqlite", { cwd: directory })) {
    const file = path.join(directory, found);
    const database = new DatabaseSync(file, { readOnly: true });
    try {
      if (database.prepare("select 1 from sqlite_schema where name = 'organizations'").get()) return file;
    } finally {
      database.close();
    }
  }
  throw new Error(`There is no database with organizations in ${directory}/state.`);
}

const rows = `
  create temporary table numbers (n integer primary key);
  insert into numbers with recursive counted (n) as (select 0 union all select n + 1 from counted where n < 9999) select n from counted;
  begin;
  insert into organizations (id, name, created_at) values ('acme', 'acme', 0);
  insert into users (id, name, created_at) select 'user ' || n, 'user-' || n, 0 from numbers where n < 999;
  insert into organization_members (organization_id, user_id, role, added_at) select 'acme', 'user ' || n, 'member', 0 from numbers where n < 999;
  insert into organization_members (organization_id, user_id, role, added_at) select 'acme', id, 'member', 0 from users where name = 'ada';
  insert into teams (id, organization_id, name, created_at) select 't' || n, 'acme', 't' || n, 0 from numbers where n < 50;
  insert into team_members (team_id, organization_id, user_id, added_at) select t.id, 'acme', u.id, 0 from teams t join users u on u.name = 'ada';
  insert into repositories (name, visibility, created_at) select 'acme/r' || n, 'private', 0 from numbers;
  insert into repository_grants (repository_id, team_id, role, granted_at) select id, 't' || (id % 50), 'write', 0 from repositories where name glob 'acme/*';
  commit;`;
