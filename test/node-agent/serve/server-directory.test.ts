import { chmod, mkdir, readdir, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import { ServerDirectory } from "../../../node-agent/serve/server-directory.ts";
import { confirmFirstToken, firstToken } from "../../../node-agent/serve/first-start.ts";
import { isAccessTokenText } from "../../../workers/shared/access-token.ts";
import { TemporaryFolder } from "./support/temporary-folder.ts";

const migrations = ["0001_people.sql", "0002_registry.sql"];

test("the secret is made once, and nobody else may read it", async () => {
  await using folder = await TemporaryFolder.make();
  const first = await ServerDirectory.open(folder.path, migrations);
  const secret = await first.secret();
  await first.release();
  const second = await ServerDirectory.open(folder.path, migrations);
  expect(await second.secret()).toBe(secret);
  await second.release();
  expect(Buffer.from(secret, "base64url")).toHaveLength(32);
  expect((await stat(path.join(folder.path, "secret"))).mode & 0o777).toBe(0o600);
});

test("what an earlier start left open to others is closed", async () => {
  await using folder = await TemporaryFolder.make();
  const folders = ["blobs", "state", "temporary"].map((name) => path.join(folder.path, name));
  const lock = path.join(folder.path, "lock");
  await writeFile(lock, "");
  for (const each of folders) await mkdir(each);
  for (const each of [lock, ...folders]) await chmod(each, 0o755);
  const directory = await ServerDirectory.open(folder.path, migrations);
  const modes = await Promise.all([lock, ...folders].map(async (each) => (await stat(each)).mode & 0o777));
  expect(modes).toEqual([0o600, 0o700, 0o700, 0o700]);
  await directory.release();
});

test("a lost secret is not replaced: every token would stop working in silence", async () => {
  await using folder = await TemporaryFolder.make();
  const directory = await ServerDirectory.open(folder.path, migrations);
  await directory.secret();
  await directory.setMigrations("0002_registry.sql");
  await directory.remove("secret");
  await expect(directory.secret()).rejects.toThrow(/secret is gone; .* Restore it from a backup/);
  await directory.release();
});

test("the first token is the same one until it has been confirmed, and there is none afterwards", async () => {
  await using folder = await TemporaryFolder.make();
  const killed = await ServerDirectory.open(folder.path, migrations);
  const token = await firstToken(killed, undefined);
  await killed.setMigrations("0002_registry.sql");
  await killed.release();

  const next = await ServerDirectory.open(folder.path, migrations);
  expect(isAccessTokenText(token?.text ?? "")).toBe(true);
  expect(await firstToken(next, undefined)).toEqual(token);
  await confirmFirstToken(next);
  expect(await firstToken(next, "given-too-late-to-count")).toBeUndefined();
  await next.release();
});

test("opening removes what a killed server was writing, and no blob", async () => {
  await using folder = await TemporaryFolder.make();
  await mkdir(path.join(folder.path, "blobs/u/abc"), { recursive: true });
  await writeFile(path.join(folder.path, "version"), '{"format":1,"migration":"0001_people.sql"}');
  await writeFile(path.join(folder.path, "blobs/u/abc/0"), "kept");
  await writeFile(path.join(folder.path, "blobs/u/abc/.kj-tmp.1f00"), "half of");
  await writeFile(path.join(folder.path, "blobs/u/abc/.1.14459.48.tmp"), "half of");
  const directory = await ServerDirectory.open(folder.path, migrations);
  expect(await readdir(path.join(folder.path, "blobs/u/abc"))).toEqual(["0"]);
  await directory.release();
});

test("a directory can be opened again once it has been released, and not before", async () => {
  await using folder = await TemporaryFolder.make();
  const first = await ServerDirectory.open(folder.path, migrations);
  await expect(ServerDirectory.open(folder.path, migrations)).rejects.toThrow(
    /Another server uses the data directory/,
  );
  await first.release();
  await (await ServerDirectory.open(folder.path, migrations)).release();
});

test("a directory of something else is left alone", async () => {
  await using folder = await TemporaryFolder.make();
  await writeFile(path.join(folder.path, "thesis.odt"), "");
  await expect(ServerDirectory.open(folder.path, migrations)).rejects.toThrow(/holds other files/);
  expect(await readdir(folder.path)).toEqual(["thesis.odt"]);
});

test("a directory from before there was a second database lacks its migrations, and no others", async () => {
  await using folder = await TemporaryFolder.make();
  await writeFile(path.join(folder.path, "version"), '{"format":1,"migration":"0002_registry.sql"}');
  const directory = await ServerDirectory.open(folder.path, migrations);
  expect(directory.hasMigrations("0002_registry.sql", {})).toBe(true);
  expect(directory.hasMigrations("0002_registry.sql", { SEARCH: "0001_index.sql" })).toBe(false);
  await directory.setMigrations("0002_registry.sql", { SEARCH: "0001_index.sql" });
  await directory.release();
  const again = await ServerDirectory.open(folder.path, migrations);
  expect(again.hasMigrations("0002_registry.sql", { SEARCH: "0001_index.sql" })).toBe(true);
  await again.release();
});

test("a layout of a newer version is refused", async () => {
  await using folder = await TemporaryFolder.make();
  await writeFile(path.join(folder.path, "version"), '{"format":2,"migration":"0002_registry.sql"}');
  await expect(ServerDirectory.open(folder.path, migrations)).rejects.toThrow(
    /newer Wherry \(format 2, database 0002_registry; this one knows format 1, database 0002_registry\)/,
  );
});

test.each([
  ["that is a file", async (folder: string) => writeFile(path.join(folder, "x"), ""), "x", /is a file/],
  [
    "below a file",
    async (folder: string) => writeFile(path.join(folder, "x"), ""),
    "x/y",
    /below something that is a file/,
  ],
  // Where not even root may make one.
  [
    "without write rights",
    async () => {},
    "/sys/wherry",
    /may not be written by this user|mounted read-only/,
  ],
])("a data directory %s is refused with the reason", async (_title, prepare, name, reason) => {
  await using folder = await TemporaryFolder.make();
  await prepare(folder.path);
  const opening = ServerDirectory.open(path.resolve(folder.path, name), migrations);
  await expect(opening).rejects.toMatchObject({
    name: "Refusal",
    exitCode: 1,
    message: expect.stringMatching(reason),
  });
});
