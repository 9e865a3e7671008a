import { DatabaseSync } from "node:sqlite";
import { HubError } from "#shared/errors";
import type { ContainerConfig } from "./create-body.ts";
import type { Health } from "./health.ts";
import type { PlannedMount } from "../volumes/index.ts";
import type { ContainerState } from "./state.ts";

/** All that is remembered of a container. */
export interface ContainerRecord {
  /** 64 hexadecimal digits. */
  id: string;
  name: string;
  /** What the images know it by. */
  image: string;
  /** With what the image says. */
  config: ContainerConfig;
  /** What it mounts of the host. */
  mounts: readonly PlannedMount[];
  /** Milliseconds since 1970. */
  createdAt: number;
  state: ContainerState;
  health: Health | undefined;
  /** Its removal takes its anonymous volumes with it. */
  dropsVolumes: boolean;
}

const format = 1;

/**
 * The containers of this host, on its disk. It is SQLite with a write-ahead log: each change is there whole or not at all, also after
 * kill -9. One process at a time has it; the lock goes with the process, however that ends.
 */
export class ContainerStore {
  readonly #database: DatabaseSync;
  /** Whether the host has been started anew since the store was last open: then nothing runs that is said to. */
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
          `CREATE TABLE containers (id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, record TEXT NOT NULL) STRICT, WITHOUT ROWID;
           CREATE TABLE boots (id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
           PRAGMA user_version = ${format}`,
        );
      const before = this.#database.prepare("SELECT id FROM boots").get() as { id: string } | undefined;
      this.rebooted = before !== undefined && before.id !== boot;
      this.#database.exec("DELETE FROM boots");
      this.#database.prepare("INSERT INTO boots VALUES (?)").run(boot);
      this.#database.exec("COMMIT");
    } catch (error) {
      this.#database.close();
      const code = error instanceof Error && "errcode" in error ? Number(error.errcode) & 0xff : undefined;
      if (code !== 5) throw error;
      throw new HubError(
        "conflict",
        `another process has the containers of ${file}; stop it, or give another directory`,
        { cause: error },
      );
    }
  }

  all(): ContainerRecord[] {
    const rows = this.#database.prepare("SELECT record FROM containers").all() as { record: string }[];
    return rows.map(({ record }) => JSON.parse(record) as ContainerRecord);
  }

  /** Adds a container, or changes what is known of it. */
  put(record: ContainerRecord): void {
    this.#database
      .prepare(
        "INSERT INTO containers VALUES (?1, ?2, ?3) ON CONFLICT (id) DO UPDATE SET name = ?2, record = ?3",
      )
      .run(record.id, record.name, JSON.stringify(record));
  }

  remove(id: string): void {
    this.#database.prepare("DELETE FROM containers WHERE id = ?").run(id);
  }

  close(): void {
    this.#database.close();
  }
}
