import type { DatabaseSync } from "node:sqlite";
import { HubError } from "#shared/errors";

const first = `
CREATE TABLE layers (
  diff_id TEXT PRIMARY KEY, folder TEXT NOT NULL UNIQUE, size INTEGER NOT NULL, archive_size INTEGER NOT NULL, opaque INTEGER NOT NULL,
  blob_digest TEXT, blob_size INTEGER, blob_type TEXT,
  boot TEXT NOT NULL, durable INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX layers_by_blob ON layers (blob_digest) WHERE blob_digest IS NOT NULL;
CREATE TABLE images (
  id TEXT PRIMARY KEY, config BLOB NOT NULL, added_at INTEGER NOT NULL, used_at INTEGER NOT NULL
) STRICT;
CREATE TABLE image_layers (
  image TEXT NOT NULL REFERENCES images (id) ON DELETE CASCADE, position INTEGER NOT NULL,
  diff_id TEXT NOT NULL REFERENCES layers (diff_id), PRIMARY KEY (image, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX image_layers_by_layer ON image_layers (diff_id);
CREATE TABLE manifests (
  digest TEXT PRIMARY KEY, image TEXT NOT NULL REFERENCES images (id) ON DELETE CASCADE, media_type TEXT NOT NULL, bytes BLOB NOT NULL
) STRICT;
CREATE TABLE names (
  repository TEXT NOT NULL, reference TEXT NOT NULL, image TEXT NOT NULL REFERENCES images (id) ON DELETE CASCADE,
  PRIMARY KEY (repository, reference)
) STRICT, WITHOUT ROWID;
CREATE INDEX names_by_image ON names (image);
CREATE TABLE holds (holder TEXT PRIMARY KEY, image TEXT NOT NULL) STRICT;
CREATE INDEX holds_by_image ON holds (image);
CREATE TABLE held_layers (
  holder TEXT NOT NULL REFERENCES holds (holder) ON DELETE CASCADE, position INTEGER NOT NULL,
  diff_id TEXT NOT NULL REFERENCES layers (diff_id), PRIMARY KEY (holder, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX held_layers_by_layer ON held_layers (diff_id);
`;

const origins = `
CREATE TABLE origins (
  diff_id TEXT NOT NULL REFERENCES layers (diff_id) ON DELETE CASCADE, repository TEXT NOT NULL,
  digest TEXT NOT NULL, size INTEGER NOT NULL, media_type TEXT NOT NULL,
  PRIMARY KEY (diff_id, repository, digest)
) STRICT, WITHOUT ROWID;
ALTER TABLE names ADD COLUMN at INTEGER NOT NULL DEFAULT 0;
`;

/** What leads from each version to the next. What has been released is never changed. */
const versions = [first, origins];

/** Makes the tables, or brings those of an earlier program up to date. @throws HubError `unsupported` when a newer program has written them. */
export function prepareSchema(database: DatabaseSync, file: string): void {
  const { user_version: version } = database.prepare("PRAGMA user_version").get() as { user_version: number };
  if (version > versions.length)
    throw new HubError(
      "unsupported",
      `the image store ${file} was written by a newer Wherry; start that one again`,
    );
  for (const change of versions.slice(version)) database.exec(change);
  database.exec(`PRAGMA user_version = ${versions.length}`);
}
