import { opendir, readdir, rm } from "node:fs/promises";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";

/** How long a start may take over this, in milliseconds; what is left goes at the next one. */
const patience = 2000;

/**
 * Removes the files of Durable Objects that hold nothing. workerd makes one, `do/<class>/<id>.sqlite`, for each object that is ever
 * asked something, and `deleteAll()` takes out what is in it and leaves the file: without this there would be one more for every
 * upload. No workerd may be running.
 *
 * @param state folder that miniflare keeps its state in.
 * @param until when to stop, by `performance.now()`.
 */
export async function removeEmptyObjects(
  state: string,
  until: number = performance.now() + patience,
): Promise<void> {
  const folder = path.join(state, "do");
  // None before the first start.
  for (const name of await readdir(folder).catch(() => [])) await sweep(path.join(folder, name), until);
}

/** @param folder of one class. */
async function sweep(folder: string, until: number): Promise<void> {
  const alarms = readAlarms(folder);
  if (!alarms) return;
  for await (const { name } of await opendir(folder)) {
    if (performance.now() > until) return;
    const id = /^([0-9a-f]{64})\.sqlite$/.exec(name)?.[1];
    if (id === undefined || alarms.has(id) || !isEmpty(path.join(folder, name))) continue;
    for (const suffix of ["", "-wal", "-shm"])
      await rm(path.join(folder, `${name}${suffix}`), { force: true });
  }
}

/** The objects that workerd has yet to wake; undefined when that cannot be known. */
function readAlarms(folder: string): Set<string> | undefined {
  const rows = ask(path.join(folder, "metadata.sqlite"), "SELECT actor_id AS text FROM _cf_ALARM");
  return rows && new Set(rows);
}

/** Whether there is no table in it, workerd's own included: what `storage.kv` keeps is in `_cf_KV`. */
function isEmpty(file: string): boolean {
  return ask(file, "SELECT name AS text FROM sqlite_schema LIMIT 1")?.length === 0;
}

/** The column `text` of all rows; undefined when the file or its table cannot be read. */
function ask(file: string, sql: string): string[] | undefined {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file, { readOnly: true });
    return database
      .prepare(sql)
      .all()
      .map(({ text }) => String(text));
  } catch {
    return undefined;
  } finally {
    database?.close();
  }
}
