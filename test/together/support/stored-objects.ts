import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";

/** What is in the blob store of a data directory, by who will see to it. Keys are of objects: `u/<id>` is a blob's, `m/<id>` a manifest's. */
export interface StoredObjects {
  /** Named by a blob or a manifest. */
  named: string[];
  /** On the list of what is to be deleted. */
  garbage: string[];
  /** Of uploads that are not finished. They end by themselves when nobody goes on with them. */
  uploads: string[];
  /** Of which nobody knows: they would stay for ever. */
  lost: string[];
}

/** Sorts what a server has stored, which has been stopped. */
export async function readStoredObjects(data: string): Promise<StoredObjects> {
  const state = path.join(data, "state");
  const files = (await readdir(state, { recursive: true })).filter((file) => /\.sqlite(-wal)?$/.test(file));
  const named = new Set<string>();
  const garbage = new Set<string>();
  for (const file of files.filter((each) => each.startsWith("d1/") && each.endsWith(".sqlite"))) {
    readLocators(
      path.join(state, file),
      "select locator from blobs union all select locator from manifests",
      named,
    );
    readLocators(path.join(state, file), "select locator from garbage", garbage);
  }
  // The state of an upload is workerd's to encode; that its key stands in there is enough.
  const uploads = await Promise.all(
    files
      .filter((file) => file.includes("UploadObject"))
      .map((file) => readFile(path.join(state, file), "latin1")),
  );
  const sorted: StoredObjects = { named: [], garbage: [], uploads: [], lost: [] };
  for (const key of await keysOf(path.join(data, "blobs"))) {
    const id = path.basename(key);
    if (named.has(key)) sorted.named.push(key);
    else if (garbage.has(key)) sorted.garbage.push(key);
    else if (uploads.some((text) => text.includes(id))) sorted.uploads.push(key);
    else sorted.lost.push(key);
  }
  return sorted;
}

/** A disk locator begins with its key, and then says how long the object's files are. */
function readLocators(file: string, query: string, keys: Set<string>): void {
  const database = new DatabaseSync(file);
  try {
    const isOurs = database.prepare("select 1 from sqlite_schema where name = 'garbage'").get() !== undefined;
    for (const { locator } of isOurs ? database.prepare(query).all() : []) {
      keys.add(String(locator).replace(/=.*/, ""));
    }
  } finally {
    database.close();
  }
}

async function keysOf(blobs: string): Promise<string[]> {
  const entries = await readdir(blobs, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(blobs, path.join(entry.parentPath, entry.name)));
  return [...new Set(files.map((file) => file.split(path.sep).slice(0, 2).join("/")))];
}
