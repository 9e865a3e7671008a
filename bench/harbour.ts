import { readdir } from "node:fs/promises";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { pushLighthouse } from "../test/browser/support/harbour.ts";
import { buildImage, buildIndex, pushIndex } from "../test/support/cargo.ts";
import { OciClient } from "../test/support/oci-client.ts";
import type { Server } from "../test/support/server.ts";
import { berths, readme } from "./harbour-list.ts";

/** Fills a hub with the repositories of harbour-list.ts, as its people would: organizations, pushes, profiles, badges, a README. */
export async function fillHarbour(server: Server): Promise<void> {
  const client = new OciClient(server.url, { user: "admin", token: server.adminToken });
  const api = apiOf(server);
  const namespaces = new Set(berths.map(({ name }) => name.slice(0, name.indexOf("/"))));
  for (const name of namespaces) await api("POST", "/organizations", { name });
  for (const { name, description, categories, architectures, steps } of berths) {
    await api("POST", "/repositories", { name, visibility: "public" });
    if (name === "acme/lighthouse") await pushLighthouse(client, name);
    else {
      const images = architectures.map((architecture) => buildImage({ steps, platform: { architecture } }));
      await pushIndex(client, name, buildIndex(images), ["latest", "1.0"]);
    }
    await api("PATCH", `/repositories/${name}/-/profile`, { description, categories });
  }
  await api("PUT", "/repositories/acme/lighthouse/-/readme", { readme });
  await api("PUT", "/badges/harbour", { badge: "official" });
  await api("PUT", "/badges/acme", { badge: "verified" });
  await api("PUT", "/featured", { repositories: ["acme/lighthouse", "seagull/mail", "kelp/whisperer"] });
}

/** Writes the pulls and stars that years would bring straight into the database of a server that does not run. */
export async function giveHistory(server: Server): Promise<void> {
  const db = await openDatabase(server.data);
  const today = Math.floor(Date.now() / 86_400_000);
  const day = db.prepare(
    "insert or replace into pull_days (repository_id, day, pulls, clients) values (?, ?, ?3, ?3)",
  );
  const counts = db.prepare(
    "update repository_counts set stars = ?, recent_pulls = ?, trend = ?, scored_day = ? where repository_id = ?",
  );
  const idOf = db.prepare("select id from repositories where name = ?");
  for (const [index, { name, pulls, stars }] of berths.entries()) {
    const { id } = idOf.get(name) as { id: number };
    const daily = Math.ceil(pulls / 180);
    for (let ago = 0; ago < 90; ago++)
      day.run(id, today - ago, Math.round(daily * (1.3 - ago / 140 + 0.16 * Math.sin(ago * 0.9 + index))));
    day.run(id, today - 400, Math.max(1, pulls - daily * 88));
    counts.run(stars, daily, (index * 7) % 11, today, id);
  }
  db.close();
}

async function openDatabase(data: string): Promise<DatabaseSync> {
  const files = (await readdir(data, { recursive: true })).filter((file) => file.endsWith(".sqlite"));
  for (const file of files) {
    const db = new DatabaseSync(path.join(data, file));
    const [found] = db.prepare("select 1 from sqlite_master where name = 'pull_days'").all();
    if (found) return db;
    db.close();
  }
  throw new Error(`There is no database of the hub below ${data}.`);
}

/** The JSON API, by the administrator's token. */
function apiOf(server: Server) {
  return async (method: string, path: string, body: unknown): Promise<void> => {
    const answer = await fetch(`${server.url}/api/v1${path}`, {
      method,
      headers: { Authorization: `Bearer ${server.adminToken}`, "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  };
}
