import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import type { Digest } from "#shared/digest";
import { HubError } from "#shared/errors";
import { prepareSchema } from "./catalog-schema.ts";

/** A layer that is unpacked, in a folder of its own. */
export interface LayerRow {
  diffId: Digest;
  /** The folder's name. */
  folder: string;
  /** What its files hold, and how long its archive is, in bytes. */
  size: number;
  archiveSize: number;
  /** Whether it hides all that is below it. */
  opaque: boolean;
  /** Its compressed form, as it came; undefined when it is not kept. */
  blob: { digest: Digest; size: number; mediaType: string } | undefined;
}

export interface ImageRow {
  /** The digest of the configuration. */
  id: Digest;
  config: Uint8Array;
  diffIds: Digest[];
  /** Milliseconds since 1970. */
  addedAt: number;
  usedAt: number;
}

/** A repository in full, such as `docker.io/library/debian`, with a tag or a digest of the manifest. */
export interface NameRow {
  repository: string;
  reference: string;
  image: Digest;
  /** When it was given, in milliseconds since 1970. */
  at: number;
}

/** A compressed form of a layer, and a repository that has it: `docker.io/library/debian`. */
export interface OriginRow {
  repository: string;
  blob: { digest: Digest; size: number; mediaType: string };
}

export interface ManifestRow {
  digest: Digest;
  mediaType: string;
  bytes: Uint8Array;
}

/**
 * What the store knows of its files: the only truth about which of them count. It is SQLite with a write-ahead log: each change is there whole or not
 * at all, also after kill -9. One process at a time has it; the lock goes with the process, however that ends.
 */
export class Catalog {
  readonly #database: DatabaseSync;

  /** @throws HubError `conflict` when another process has it, `unsupported` when a newer program has written it. */
  constructor(file: string) {
    this.#database = new DatabaseSync(file, { timeout: 0, enableForeignKeyConstraints: true });
    try {
      this.#database.exec(
        "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL",
      );
      this.#database.exec("BEGIN IMMEDIATE");
      prepareSchema(this.#database, file);
      this.#database.exec("COMMIT");
    } catch (error) {
      this.#database.close();
      const code = error instanceof Error && "errcode" in error ? Number(error.errcode) & 0xff : undefined;
      if (code !== 5) throw error;
      throw new HubError(
        "conflict",
        `another process has the image store ${file}; stop it, or give another directory`,
      );
    }
  }

  close(): void {
    this.#database.close();
  }

  /** All that `work` changes is there in the end, or nothing of it. It must not wait for anything. */
  atomically<T>(work: () => T): T {
    this.#database.exec("BEGIN IMMEDIATE");
    try {
      const result = work();
      this.#database.exec("COMMIT");
      return result;
    } catch (error) {
      this.#database.exec("ROLLBACK");
      throw error;
    }
  }

  layer(diffId: Digest): LayerRow | undefined {
    const row = this.#row("SELECT * FROM layers WHERE diff_id = ?", diffId);
    return row === undefined ? undefined : layerOf(row);
  }

  layerOfBlob(digest: Digest): LayerRow | undefined {
    const row = this.#row("SELECT * FROM layers WHERE blob_digest = ?", digest);
    return row === undefined ? undefined : layerOf(row);
  }

  layers(): LayerRow[] {
    return this.#rows("SELECT * FROM layers").map(layerOf);
  }

  /** @param boot names the run of the kernel in which the files were written, which may not all be on disk yet. */
  addLayer({ diffId, folder, size, archiveSize, opaque, blob }: LayerRow, boot: string): void {
    // Another layer may have come with the same blob only if its archive is the same, and then it is that layer.
    this.#run(
      `INSERT INTO layers (diff_id, folder, size, archive_size, opaque, blob_digest, blob_size, blob_type, boot) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      diffId,
      folder,
      size,
      archiveSize,
      Number(opaque),
      blob?.digest ?? null,
      blob?.size ?? null,
      blob?.mediaType ?? null,
      boot,
    );
  }

  /** Everything that is here now has been written to the disk. */
  markDurable(diffIds: readonly Digest[]): void {
    this.#run(
      "UPDATE layers SET durable = 1 WHERE diff_id IN (SELECT value FROM json_each(?))",
      JSON.stringify(diffIds),
    );
  }

  layersNotDurable(): Digest[] {
    return this.#rows("SELECT diff_id FROM layers WHERE durable = 0").map((row) => digestIn(row, "diff_id"));
  }

  /** Layers of an earlier run of the kernel that may have lost bytes when it ended. */
  doubtfulLayers(boot: string): Digest[] {
    return this.#rows("SELECT diff_id FROM layers WHERE durable = 0 AND boot <> ?", boot).map((row) =>
      digestIn(row, "diff_id"),
    );
  }

  setBlob(diffId: Digest, { digest, size, mediaType }: NonNullable<LayerRow["blob"]>): void {
    this.#run(
      "UPDATE layers SET blob_digest = ?, blob_size = ?, blob_type = ? WHERE diff_id = ?",
      digest,
      size,
      mediaType,
      diffId,
    );
  }

  /** Notes where a layer can be had. */
  addOrigin(diffId: Digest, { repository, blob }: OriginRow): void {
    this.#run(
      "INSERT INTO origins (diff_id, repository, digest, size, media_type) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
      diffId,
      repository,
      blob.digest,
      blob.size,
      blob.mediaType,
    );
  }

  origins(diffId: Digest): OriginRow[] {
    return this.#rows("SELECT * FROM origins WHERE diff_id = ? ORDER BY repository, digest", diffId).map(
      (row) => ({
        repository: text(row, "repository"),
        blob: {
          digest: digestIn(row, "digest"),
          size: row["size"] as number,
          mediaType: text(row, "media_type"),
        },
      }),
    );
  }

  /** Layers that can be had again, and those that a container holds. */
  layerNotes(): { recoverable: ReadonlySet<Digest>; held: ReadonlySet<Digest> } {
    const digests = (sql: string) => new Set(this.#rows(sql).map((row) => digestIn(row, "diff_id")));
    return {
      recoverable: digests("SELECT DISTINCT diff_id FROM origins"),
      held: digests("SELECT DISTINCT diff_id FROM held_layers"),
    };
  }

  forgetBlob(diffId: Digest): void {
    this.#run(
      "UPDATE layers SET blob_digest = NULL, blob_size = NULL, blob_type = NULL WHERE diff_id = ?",
      diffId,
    );
  }

  /** Takes out layers that are no good, with the images that cannot be without them. Holds keep nothing that is not there. */
  dropLayers(diffIds: readonly Digest[]): void {
    const list = JSON.stringify(diffIds);
    this.#run(
      "DELETE FROM images WHERE id IN (SELECT image FROM image_layers WHERE diff_id IN (SELECT value FROM json_each(?)))",
      list,
    );
    this.#run(
      "DELETE FROM holds WHERE holder IN (SELECT holder FROM held_layers WHERE diff_id IN (SELECT value FROM json_each(?)))",
      list,
    );
    this.#run("DELETE FROM layers WHERE diff_id IN (SELECT value FROM json_each(?))", list);
  }

  /** Layers that no image has and nobody holds. */
  unusedLayers(): LayerRow[] {
    return this.#rows(
      "SELECT * FROM layers WHERE diff_id NOT IN (SELECT diff_id FROM image_layers) AND diff_id NOT IN (SELECT diff_id FROM held_layers)",
    ).map(layerOf);
  }

  image(id: Digest): ImageRow | undefined {
    const row = this.#row("SELECT * FROM images WHERE id = ?", id);
    return row === undefined ? undefined : this.#imageOf(row);
  }

  images(): ImageRow[] {
    return this.#rows("SELECT * FROM images ORDER BY added_at DESC, id").map((row) => this.#imageOf(row));
  }

  /** The ids that begin with these hexadecimal digits; two at most, which is one too many. */
  imagesByPrefix(prefix: string): Digest[] {
    return this.#rows("SELECT id FROM images WHERE id GLOB ? LIMIT 2", `sha256:${prefix}*`).map((row) =>
      digestIn(row, "id"),
    );
  }

  /** Adds an image whose layers are all there, or finds it there. */
  putImage(id: Digest, config: Uint8Array, diffIds: readonly Digest[], now: number): void {
    const { changes } = this.#run(
      "INSERT INTO images (id, config, added_at, used_at) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
      id,
      config,
      now,
      now,
    );
    if (changes === 0) return;
    for (const [position, diffId] of diffIds.entries())
      this.#run("INSERT INTO image_layers (image, position, diff_id) VALUES (?, ?, ?)", id, position, diffId);
  }

  putManifest({ digest, mediaType, bytes }: ManifestRow, image: Digest): void {
    this.#run(
      "INSERT INTO manifests (digest, image, media_type, bytes) VALUES (?, ?, ?, ?) ON CONFLICT (digest) DO NOTHING",
      digest,
      image,
      mediaType,
      bytes,
    );
  }

  manifests(image: Digest): ManifestRow[] {
    return this.#rows("SELECT * FROM manifests WHERE image = ? ORDER BY digest", image).map((row) => ({
      digest: digestIn(row, "digest"),
      mediaType: text(row, "media_type"),
      bytes: row["bytes"] as Uint8Array,
    }));
  }

  touch(image: Digest, now: number): void {
    this.#run("UPDATE images SET used_at = ? WHERE id = ?", now, image);
  }

  removeImage(id: Digest): void {
    this.#run("DELETE FROM images WHERE id = ?", id);
  }

  named(repository: string, reference: string): Digest | undefined {
    const row = this.#row(
      "SELECT image FROM names WHERE repository = ? AND reference = ?",
      repository,
      reference,
    );
    return row === undefined ? undefined : digestIn(row, "image");
  }

  names(image: Digest): NameRow[] {
    return this.#rows("SELECT * FROM names WHERE image = ? ORDER BY repository, reference", image).map(
      nameOf,
    );
  }

  /** All names in one repository. */
  namesIn(repository: string): NameRow[] {
    return this.#rows("SELECT * FROM names WHERE repository = ? ORDER BY reference", repository).map(nameOf);
  }

  /** Another image that has the name loses it. */
  putName({ repository, reference, image, at }: NameRow): void {
    this.#run(
      `INSERT INTO names (repository, reference, image, at) VALUES (?, ?, ?, ?)
       ON CONFLICT (repository, reference) DO UPDATE SET image = excluded.image, at = excluded.at`,
      repository,
      reference,
      image,
      at,
    );
  }

  removeName(repository: string, reference: string): boolean {
    return (
      this.#run("DELETE FROM names WHERE repository = ? AND reference = ?", repository, reference).changes > 0
    );
  }

  /** Keeps the layers of an image for a holder, whatever becomes of the image. */
  hold(holder: string, image: ImageRow): void {
    this.#run("INSERT INTO holds (holder, image) VALUES (?, ?)", holder, image.id);
    for (const [position, diffId] of image.diffIds.entries())
      this.#run(
        "INSERT INTO held_layers (holder, position, diff_id) VALUES (?, ?, ?)",
        holder,
        position,
        diffId,
      );
  }

  drop(holder: string): void {
    this.#run("DELETE FROM holds WHERE holder = ?", holder);
  }

  /** What a holder holds, the lowest layer first. */
  held(holder: string): { image: Digest; layers: LayerRow[] } | undefined {
    const row = this.#row("SELECT image FROM holds WHERE holder = ?", holder);
    if (row === undefined) return undefined;
    const layers = this.#rows(
      "SELECT layers.* FROM held_layers JOIN layers USING (diff_id) WHERE holder = ? ORDER BY position",
      holder,
    );
    return { image: digestIn(row, "image"), layers: layers.map(layerOf) };
  }

  holders(image: Digest): string[] {
    return this.#rows("SELECT holder FROM holds WHERE image = ? ORDER BY holder", image).map((row) =>
      text(row, "holder"),
    );
  }

  #imageOf(row: Row): ImageRow {
    const id = digestIn(row, "id");
    const layers = this.#rows("SELECT diff_id FROM image_layers WHERE image = ? ORDER BY position", id);
    return {
      id,
      config: row["config"] as Uint8Array,
      diffIds: layers.map((layer) => digestIn(layer, "diff_id")),
      addedAt: row["added_at"] as number,
      usedAt: row["used_at"] as number,
    };
  }

  #row(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.#database.prepare(sql).get(...values);
  }

  #rows(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.#database.prepare(sql).all(...values);
  }

  #run(sql: string, ...values: SQLInputValue[]): { changes: number } {
    return { changes: Number(this.#database.prepare(sql).run(...values).changes) };
  }
}

type Row = Record<string, unknown>;

function digestIn(row: Row, column: string): Digest {
  return row[column] as Digest;
}

function text(row: Row, column: string): string {
  return row[column] as string;
}

function nameOf(row: Row): NameRow {
  return {
    repository: text(row, "repository"),
    reference: text(row, "reference"),
    image: digestIn(row, "image"),
    at: row["at"] as number,
  };
}

function layerOf(row: Row): LayerRow {
  const digest = row["blob_digest"] as Digest | null;
  return {
    diffId: digestIn(row, "diff_id"),
    folder: text(row, "folder"),
    size: row["size"] as number,
    archiveSize: row["archive_size"] as number,
    opaque: row["opaque"] === 1,
    blob:
      digest === null
        ? undefined
        : { digest, size: row["blob_size"] as number, mediaType: text(row, "blob_type") },
  };
}
