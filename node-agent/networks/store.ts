import { DatabaseSync } from "node:sqlite";
import { HubError } from "#shared/errors";
import type { EndpointWish, Network, Sandbox } from "./network.ts";

const format = 1;

/** How a container wants its networks where that has been changed since it was made, by the networks' names. */
export type Wishes = Readonly<Record<string, EndpointWish>>;

/**
 * The networks of this host and who is on them, on its disk. It is SQLite with a write-ahead log: each change is there whole or not at
 * all, also after kill -9. One process at a time has it; the lock goes with the process, however that ends.
 */
export class NetworkStore {
  readonly #database: DatabaseSync;
  /** Whether the host has been started anew since the store was last open: then no link is there that is said to be. */
  readonly rebooted: boolean;

  /** @throws HubError `conflict` when another process has it, `unsupported` when a newer program has written it. */
  constructor(file: string, boot: string) {
    this.#database = new DatabaseSync(file, { timeout: 0 });
    try {
      this.#database.exec(
        "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; BEGIN IMMEDIATE",
      );
      const { user_version: version } = this.#database.prepare("PRAGMA user_version").get() as {
        user_version: number;
      };
      if (version > format)
        throw new HubError("unsupported", `${file} was written by a newer Wherry; start that one again`);
      if (version === 0)
        this.#database.exec(
          `CREATE TABLE networks (id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, record TEXT NOT NULL) STRICT, WITHOUT ROWID;
           CREATE TABLE sandboxes (container TEXT PRIMARY KEY, record TEXT NOT NULL) STRICT, WITHOUT ROWID;
           CREATE TABLE wishes (container TEXT PRIMARY KEY, record TEXT NOT NULL) STRICT, WITHOUT ROWID;
           CREATE TABLE boots (id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
           PRAGMA user_version = ${format}`,
        );
      const before = this.#database.prepare("SELECT id FROM boots").get() as { id: string } | undefined;
      this.rebooted = before !== undefined && before.id !== boot;
      if (this.rebooted) this.#database.exec("DELETE FROM sandboxes");
      this.#database.exec("DELETE FROM boots");
      this.#database.prepare("INSERT INTO boots VALUES (?)").run(boot);
      this.#database.exec("COMMIT");
    } catch (error) {
      this.#database.close();
      const code = error instanceof Error && "errcode" in error ? Number(error.errcode) & 0xff : undefined;
      if (code !== 5) throw error;
      throw new HubError(
        "conflict",
        `another process has the networks of ${file}; stop it, or give another directory`,
        { cause: error },
      );
    }
  }

  networks(): Network[] {
    return this.#records("networks") as Network[];
  }

  putNetwork(network: Network): void {
    this.#database
      .prepare(
        "INSERT INTO networks VALUES (?1, ?2, ?3) ON CONFLICT (id) DO UPDATE SET name = ?2, record = ?3",
      )
      .run(network.id, network.name, JSON.stringify(network));
  }

  removeNetwork(id: string): void {
    this.#database.prepare("DELETE FROM networks WHERE id = ?").run(id);
  }

  sandboxes(): Sandbox[] {
    return this.#records("sandboxes") as Sandbox[];
  }

  putSandbox(sandbox: Sandbox): void {
    this.#put("sandboxes", sandbox.container, sandbox);
  }

  removeSandbox(container: string): void {
    this.#database.prepare("DELETE FROM sandboxes WHERE container = ?").run(container);
  }

  wishes(container: string): Wishes | undefined {
    const row = this.#database.prepare("SELECT record FROM wishes WHERE container = ?").get(container) as
      | { record: string }
      | undefined;
    return row === undefined ? undefined : (JSON.parse(row.record) as Wishes);
  }

  putWishes(container: string, wishes: Wishes): void {
    this.#put("wishes", container, wishes);
  }

  /** Forgets what is known of all other containers. */
  keepWishes(containers: ReadonlySet<string>): void {
    const rows = this.#database.prepare("SELECT container FROM wishes").all() as { container: string }[];
    for (const { container } of rows) if (!containers.has(container)) this.removeWishes(container);
  }

  removeWishes(container: string): void {
    this.#database.prepare("DELETE FROM wishes WHERE container = ?").run(container);
  }

  close(): void {
    this.#database.close();
  }

  #records(table: "networks" | "sandboxes"): unknown[] {
    const rows = this.#database.prepare(`SELECT record FROM ${table}`).all() as { record: string }[];
    return rows.map(({ record }) => JSON.parse(record) as unknown);
  }

  #put(table: "sandboxes" | "wishes", container: string, record: object): void {
    this.#database
      .prepare(`INSERT INTO ${table} VALUES (?1, ?2) ON CONFLICT (container) DO UPDATE SET record = ?2`)
      .run(container, JSON.stringify(record));
  }
}
