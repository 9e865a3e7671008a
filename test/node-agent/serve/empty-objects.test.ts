import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as wait } from "node:timers/promises";
import { expect, test } from "vitest";
import { removeEmptyObjects } from "../../../node-agent/serve/empty-objects.ts";
import { gone } from "./support/process.ts";
import { Program } from "./support/program.ts";
import { TemporaryFolder } from "./support/temporary-folder.ts";

const token = "wherry-serve-test-token-0123456789";
const content = "the bytes of a blob";
const half = 9;
const indexType = "application/vnd.oci.image.index.v1+json";
const index = JSON.stringify({ schemaVersion: 2, mediaType: indexType, manifests: [] });

test("an open upload can be finished after a kill -9; the file of a cancelled one goes at the next start", async () => {
  await using folder = await TemporaryFolder.make();
  const [open, cancelled] = await (async () => {
    await using first = new Program(flags(folder), { WHERRY_ADMIN_TOKEN: token });
    const client = await Client.signIn(await first.ready());
    const uploads = [await client.begin(), await client.begin()] as const;
    expect((await client.send("PATCH", uploads[0], content.slice(0, half))).status).toBe(202);
    expect((await client.send("DELETE", uploads[1])).status).toBe(204);
    expect((await client.send("PUT", "/v2/admin/some/manifests/empty", index, indexType)).status).toBe(201);
    const workerd = Number(await readFile(path.join(folder.path, "workerd.pid"), "utf8"));
    expect(await objects(folder, "UploadObject")).toEqual(uploads.map(idOf).toSorted());
    expect(await objects(folder, "RepositoryObject")).toHaveLength(1);
    first.signal("SIGKILL");
    await first.ended;
    await gone(workerd);
    return uploads;
  })();

  await using second = new Program(flags(folder));
  const url = await second.ready();
  expect(await objects(folder, "UploadObject")).toEqual([idOf(open)]);
  expect(await files(folder, "UploadObject")).not.toContain(`${idOf(cancelled)}.sqlite-wal`);
  expect(await objects(folder, "RepositoryObject")).toEqual([]);
  const client = await Client.signIn(url);
  const digest = `sha256:${createHash("sha256").update(content).digest("hex")}`;
  const finished = await client.send("PUT", `${open}?digest=${digest}`, content.slice(half));
  expect(finished.status).toBe(201);
  expect(await (await client.send("GET", `/v2/admin/some/blobs/${digest}`)).text()).toBe(content);
});

test("the file of an upload whose time was over goes at the start after", async () => {
  await using folder = await TemporaryFolder.make();
  const upload = await (async () => {
    await using first = new Program(flags(folder), { WHERRY_ADMIN_TOKEN: token });
    const client = await Client.signIn(await first.ready());
    const begun = await client.begin();
    expect(await first.stop()).toBe(0);
    return begun;
  })();
  const file = path.join(classFolder(folder, "UploadObject"), `${idOf(upload)}.sqlite`);
  change(path.join(classFolder(folder, "UploadObject"), "metadata.sqlite"), [
    "UPDATE _cf_ALARM SET scheduled_time = 1",
  ]);
  change(file, ["UPDATE _cf_METADATA SET value = 1 WHERE key = 1"]);
  await (async () => {
    await using second = new Program(flags(folder));
    await second.ready();
    expect(await objects(folder, "UploadObject")).toEqual([idOf(upload)]);
    while (tables(file) > 0) await wait(20);
    expect(await second.stop()).toBe(0);
  })();
  await using third = new Program(flags(folder));
  await third.ready();
  expect(await files(folder, "UploadObject")).not.toContain(`${idOf(upload)}.sqlite`);
});

test("only what has neither a table nor an alarm is removed", async () => {
  await using folder = await TemporaryFolder.make();
  const [empty, awaited, kept, broken] = ["a", "b", "c", "d"].map((digit) => digit.repeat(64));
  await makeClass(folder, [awaited ?? ""]);
  const at = (id?: string) => path.join(classFolder(folder, "UploadObject"), `${id}.sqlite`);
  for (const id of [empty, awaited]) change(at(id), emptied);
  change(at(kept), ["CREATE TABLE _cf_KV (key TEXT PRIMARY KEY, value BLOB) WITHOUT ROWID"]);
  await writeFile(at(broken), "this is no database".repeat(100));
  await removeEmptyObjects(path.join(folder.path, "state"));
  expect(await objects(folder, "UploadObject")).toEqual([awaited, kept, broken]);
});

test("where the alarms cannot be read nothing is removed", async () => {
  await using folder = await TemporaryFolder.make();
  await makeClass(folder, undefined);
  const id = "a".repeat(64);
  change(path.join(classFolder(folder, "UploadObject"), `${id}.sqlite`), emptied);
  await removeEmptyObjects(path.join(folder.path, "state"));
  expect(await objects(folder, "UploadObject")).toEqual([id]);
});

test("what there is no time for is left to the next start", async () => {
  await using folder = await TemporaryFolder.make();
  await makeClass(folder, []);
  const id = "a".repeat(64);
  change(path.join(classFolder(folder, "UploadObject"), `${id}.sqlite`), emptied);
  await removeEmptyObjects(path.join(folder.path, "state"), performance.now() - 1);
  expect(await objects(folder, "UploadObject")).toEqual([id]);
  await removeEmptyObjects(path.join(folder.path, "state"));
  expect(await objects(folder, "UploadObject")).toEqual([]);
});

/** What deleteAll() leaves: a file of one page, without a table. */
const emptied = ["PRAGMA journal_mode = WAL", "CREATE TABLE gone (x)", "DROP TABLE gone"];

/** Somebody with docker's steps of an upload to the repository admin/some. */
class Client {
  readonly #url: string;
  readonly #authorization: string;

  private constructor(url: string, authorization: string) {
    this.#url = url;
    this.#authorization = authorization;
  }

  static async signIn(url: string): Promise<Client> {
    const answer = await fetch(`${url}/token?service=wherry&scope=repository:admin/some:pull,push`, {
      headers: { authorization: `Basic ${btoa(`admin:${token}`)}` },
    });
    const { token: bearer } = (await answer.json()) as { token: string };
    return new Client(url, `Bearer ${bearer}`);
  }

  /** @returns the path of a new upload. */
  async begin(): Promise<string> {
    const { headers } = await this.send("POST", "/v2/admin/some/blobs/uploads/");
    return new URL(headers.get("location") ?? "", this.#url).pathname;
  }

  send(method: string, target: string, body?: string, type = "application/octet-stream"): Promise<Response> {
    const headers = { authorization: this.#authorization, "content-type": type };
    return fetch(`${this.#url}${target}`, { method, headers, ...(body === undefined ? {} : { body }) });
  }
}

function flags(folder: TemporaryFolder): string[] {
  return ["--port", "0", "--data", folder.path];
}

function idOf(upload: string): string {
  return path.basename(upload);
}

function classFolder(folder: TemporaryFolder, name: string): string {
  return path.join(folder.path, "state/do", `wherry-${name}`);
}

async function files(folder: TemporaryFolder, name: string): Promise<string[]> {
  return (await readdir(classFolder(folder, name))).toSorted();
}

/** Ids of the objects that have a file. */
async function objects(folder: TemporaryFolder, name: string): Promise<string[]> {
  return (await files(folder, name)).flatMap((file) => /^([0-9a-f]{64})\.sqlite$/.exec(file)?.[1] ?? []);
}

/** @param alarms ids of the objects that have one; undefined: a file without the table. */
async function makeClass(folder: TemporaryFolder, alarms: readonly string[] | undefined): Promise<void> {
  await mkdir(classFolder(folder, "UploadObject"), { recursive: true });
  change(path.join(classFolder(folder, "UploadObject"), "metadata.sqlite"), [
    ...(alarms ? ["CREATE TABLE _cf_ALARM (actor_id TEXT PRIMARY KEY, scheduled_time INTEGER)"] : []),
    ...(alarms ?? []).map((id) => `INSERT INTO _cf_ALARM VALUES ('${id}', 1)`),
  ]);
}

function change(file: string, statements: readonly string[]): void {
  const database = new DatabaseSync(file);
  for (const statement of statements) database.exec(statement);
  database.close();
}

/** How many there are, also while the server runs. */
function tables(file: string): number {
  const database = new DatabaseSync(file, { readOnly: true, timeout: 1000 });
  const row = database.prepare("SELECT count(*) AS count FROM sqlite_schema").get();
  database.close();
  return Number(row?.["count"]);
}
