-- What the registry holds. Bytes are in the blob store; a locator says where. Times are milliseconds since 1970, UTC.

CREATE TABLE repositories (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE,
  visibility TEXT NOT NULL DEFAULT 'private' CHECK (visibility IN ('public', 'private')),
  created_at INTEGER NOT NULL
) STRICT;

-- One row for each distinct content that has been verified. Locators are never used again.
CREATE TABLE blobs (
  digest TEXT PRIMARY KEY,
  size INTEGER NOT NULL,
  locator TEXT NOT NULL UNIQUE,
  created_at INTEGER NOT NULL,
  loose INTEGER NOT NULL DEFAULT 0 CHECK (loose IN (0, 1)) -- 1: lost a link; garbage collection looks whether it was the last
) STRICT, WITHOUT ROWID;
CREATE INDEX blobs_loose ON blobs (digest) WHERE loose = 1;

-- A blob can be read through a repository that links it, and through no other. The foreign key refuses a link to a blob
-- that garbage collection has just taken.
CREATE TABLE repository_blobs (
  repository_id INTEGER NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
  digest TEXT NOT NULL REFERENCES blobs (digest),
  linked_at INTEGER NOT NULL, -- last time somebody was promised that it is there
  loose INTEGER NOT NULL DEFAULT 1 CHECK (loose IN (0, 1)), -- 1: garbage collection looks whether a manifest names it
  PRIMARY KEY (repository_id, digest)
) STRICT, WITHOUT ROWID;
CREATE INDEX repository_blobs_by_digest ON repository_blobs (digest);
CREATE INDEX repository_blobs_loose ON repository_blobs (linked_at) WHERE loose = 1;

CREATE TABLE manifests (
  repository_id INTEGER NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
  digest TEXT NOT NULL,
  media_type TEXT NOT NULL,
  size INTEGER NOT NULL,
  locator TEXT NOT NULL UNIQUE,
  artifact_type TEXT,
  subject TEXT, -- digest this manifest refers to, whether or not that is here
  annotations TEXT, -- JSON object, kept only beside a subject, for the referrers list
  pushed_at INTEGER NOT NULL,
  PRIMARY KEY (repository_id, digest)
) STRICT, WITHOUT ROWID;
CREATE INDEX manifests_by_subject ON manifests (repository_id, subject, digest) WHERE subject IS NOT NULL;

-- What a manifest names: configuration and layers (blob), or the manifests of an index (manifest). Kept also for what is
-- not here (sparse images, foreign layers).
CREATE TABLE manifest_references (
  repository_id INTEGER NOT NULL,
  manifest TEXT NOT NULL,
  target TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('blob', 'manifest')),
  PRIMARY KEY (repository_id, manifest, target),
  FOREIGN KEY (repository_id, manifest) REFERENCES manifests (repository_id, digest) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX manifest_references_by_target ON manifest_references (repository_id, target);

CREATE TABLE tags (
  repository_id INTEGER NOT NULL,
  name TEXT NOT NULL,
  digest TEXT NOT NULL,
  moved_at INTEGER NOT NULL,
  PRIMARY KEY (repository_id, name),
  FOREIGN KEY (repository_id, digest) REFERENCES manifests (repository_id, digest) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX tags_by_digest ON tags (repository_id, digest);

-- Stored objects that no row names any more; the sweep deletes them and then their line here.
CREATE TABLE garbage (
  locator TEXT PRIMARY KEY,
  since INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX garbage_by_age ON garbage (since);

-- Garbage collection reads what changed, never everything: whatever loses a reference becomes loose. Triggers, so that no statement
-- that deletes can forget it; each on one line, so that a line that ends in a semicolon ends a statement.
CREATE TRIGGER manifest_reference_gone AFTER DELETE ON manifest_references WHEN old.kind = 'blob' BEGIN UPDATE repository_blobs SET loose = 1 WHERE repository_id = old.repository_id AND digest = old.target; END;
CREATE TRIGGER repository_blob_gone AFTER DELETE ON repository_blobs BEGIN UPDATE blobs SET loose = 1 WHERE digest = old.digest; END;
