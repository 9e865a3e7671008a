import { randomBytes } from "node:crypto";
import { chmod, mkdir, open, readFile, readdir, rename, rm } from "node:fs/promises";
import path from "node:path";
import { takeLock, type Lock } from "./lock.ts";
import { Refusal, codeOf } from "./refusal.ts";

/*
 * One directory holds all of a server. It may have been there before, open to others; what is in it is for its owner alone.
 *
 *   version       {"format": 1, "migration": "0002_registry.sql", "others": {"SEARCH": "0001_index.sql"}}: the layout, and how far
 *                 the main database and those beside it have been brought
 *   secret        32 random bytes, base64url, mode 0600: pepper of access tokens, seal of the signing keys
 *   first-token   the administrator's first access token, mode 0600; only until the first start has succeeded
 *   blobs/        what workerd's disk service serves
 *   state/        D1, Durable Objects and queues, in the layout of miniflare
 *   temporary/    emptied at each start
 *   lock          an SQLite file that the running server keeps locked; beside it `server`, the line that says who that is, and
 *                 `workerd.pid`
 */

/** The layout above. */
const format = 1;

export interface Version {
  format: number;
  /** Name of the last migration that has been applied to the main database; empty before the first. */
  migration: string;
  /** The same of the other databases, by their bindings. There were none once. */
  others?: Readonly<Record<string, string>>;
}

/** A data directory that this process, and no other, may use until `release`. */
export class ServerDirectory {
  readonly path: string;
  readonly #lock: Lock;
  #version: Version;

  private constructor(directory: string, lock: Lock, version: Version) {
    this.path = directory;
    this.#lock = lock;
    this.#version = version;
  }

  /**
   * Opens the directory, making it when it is not there.
   *
   * @param migrations names of those that this program has, in order.
   * @throws Refusal when it cannot be written, is in use, is another program's, or was written by a newer Wherry.
   */
  static async open(directory: string, migrations: readonly string[]): Promise<ServerDirectory> {
    try {
      await mkdir(directory, { recursive: true, mode: 0o700 });
      await refuseStranger(directory);
      const lock = takeLock(directory);
      const version = await readVersion(directory);
      refuseNewer(directory, version, migrations);
      const opened = new ServerDirectory(directory, lock, version);
      await opened.#sweep();
      return opened;
    } catch (error) {
      throw refusalFor(directory, error);
    }
  }

  get blobs(): string {
    return path.join(this.path, "blobs");
  }
  get state(): string {
    return path.join(this.path, "state");
  }
  get temporary(): string {
    return path.join(this.path, "temporary");
  }
  /** Whether these are the last migrations that have been applied: to the main database, and to the others by their bindings. */
  hasMigrations(main: string, others: Readonly<Record<string, string>>): boolean {
    const known = this.#version.others ?? {};
    return (
      this.#version.migration === main &&
      Object.entries(others).every(([binding, migration]) => known[binding] === migration)
    );
  }

  /** Says that the databases have been brought up to these migrations. */
  async setMigrations(main: string, others: Readonly<Record<string, string>> = {}): Promise<void> {
    this.#version = { format, migration: main, others };
    await this.write("version", `${JSON.stringify(this.#version)}\n`);
  }

  /** Leaves a line for whoever finds the directory in use. */
  async announce(line: string): Promise<void> {
    await this.write("server", `${line}\n`);
  }

  /** Whether no server has come far enough here to hold anything. */
  get fresh(): boolean {
    return this.#version.migration === "";
  }

  /** The secret of this server, made on first start. @throws Refusal when it has been lost since. */
  async secret(): Promise<string> {
    const kept = await this.read("secret");
    if (kept !== undefined) return kept;
    if (!this.fresh)
      throw new Refusal(
        `The file ${path.join(this.path, "secret")} is gone; without it no access token works. Restore it from a backup.`,
      );
    return this.write("secret", randomBytes(32).toString("base64url"));
  }

  /** A small file's content; undefined when there is none. */
  async read(name: string): Promise<string | undefined> {
    return readOptional(path.join(this.path, name));
  }

  /** Writes a small file, of mode 0600, so that after a crash it is there whole or not at all. @returns the content. */
  async write(name: string, content: string): Promise<string> {
    const target = path.join(this.path, name);
    const file = await open(`${target}.new`, "w", 0o600);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(`${target}.new`, target);
    const folder = await open(this.path, "r");
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
    return content;
  }

  async remove(name: string): Promise<void> {
    await rm(path.join(this.path, name), { force: true });
  }

  async release(): Promise<void> {
    await Promise.all(["server", "workerd.pid"].map((name) => this.remove(name)));
    this.#lock.release();
  }

  /**
   * Removes what a killed server was in the middle of: workerd writes a blob beside it, to `.kj-tmp.*` or `.<name>.<pid>.<n>.tmp`, and
   * then renames it. No blob's own name begins with a dot (workers/registry/keys.ts).
   */
  async #sweep(): Promise<void> {
    await rm(this.temporary, { recursive: true, force: true });
    for (const folder of [this.blobs, this.state, this.temporary]) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await chmod(folder, 0o700);
    }
    for (const entry of await readdir(this.blobs, { recursive: true, withFileTypes: true }))
      if (entry.isFile() && entry.name.startsWith("."))
        await rm(path.join(entry.parentPath, entry.name), { force: true });
  }
}

/** Whoever gives `--data ~` by mistake must not find our files among their own. */
async function refuseStranger(directory: string): Promise<void> {
  const names = await readdir(directory);
  if (names.length > 0 && !names.includes("version") && !names.includes("lock"))
    throw new Refusal(
      `The directory ${directory} holds other files. Give an empty or a new one with --data, or the one of a Wherry server.`,
    );
}

async function readVersion(directory: string): Promise<Version> {
  const text = await readOptional(path.join(directory, "version"));
  if (text === undefined) return { format, migration: "" };
  try {
    const read = JSON.parse(text) as Version;
    if (Number.isInteger(read.format) && typeof read.migration === "string") return read;
  } catch {
    // Refused below, as everything else that is no version.
  }
  throw new Refusal(
    `The file ${path.join(directory, "version")} cannot be understood. Restore the directory from a backup.`,
  );
}

function refuseNewer(directory: string, found: Version, migrations: readonly string[]): void {
  const known = found.migration === "" || migrations.includes(found.migration);
  if (found.format <= format && known) return;
  const name = ({ format, migration }: Version) =>
    `format ${format}, database ${migration.replace(/\.sql$/, "")}`;
  throw new Refusal(
    `The data directory ${directory} was written by a newer Wherry (${name(found)}; this one knows ` +
      `${name({ format, migration: migrations.at(-1) ?? "" })}). Start the newer version again, or give another directory with --data.`,
  );
}

function refusalFor(directory: string, error: unknown): unknown {
  if (error instanceof Refusal) return error;
  const reasons: Record<string, string> = {
    EACCES: "may not be written by this user",
    EPERM: "may not be written by this user",
    EROFS: "is on a file system that is mounted read-only",
    ENOSPC: "is on a file system that is full",
    ENOTDIR: "is below something that is a file",
    EEXIST: "is a file",
  };
  const reason = reasons[codeOf(error) ?? ""];
  if (reason === undefined) return error;
  return new Refusal(
    `The data directory ${directory} ${reason}. Change that, or give another directory with --data.`,
    { cause: error },
  );
}

async function readOptional(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}
