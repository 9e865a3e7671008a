-- What is inside the images of a repository, read from their manifests and configurations once they are pushed, so that no page has to
-- read blobs. Times are milliseconds since 1970, UTC. Triggers are each on one line;
-- none says OR IGNORE, which the statement that fires it would override.

-- What a digest stands for never changes, and neither does its row; but for what could not be read because a blob was missing.
CREATE TABLE images (
  repository_id INTEGER NOT NULL,
  digest TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('image', 'index', 'artifact')),
  os TEXT,
  architecture TEXT,
  variant TEXT,
  os_version TEXT,
  size INTEGER NOT NULL, -- bytes as stored: configuration and layers; of an index: of the images in it
  config_digest TEXT,
  made_at INTEGER, -- as the configuration says
  layers TEXT NOT NULL DEFAULT '[]', -- JSON array of {digest, mediaType, size}
  hold TEXT NOT NULL DEFAULT '[]', -- the same for a bar: JSON array of [beginning of the digest, size], few
  history TEXT NOT NULL DEFAULT '[]', -- JSON array of {command, comment, at, empty}
  config TEXT NOT NULL DEFAULT 'null', -- JSON object: entrypoint, command, environment …; null: it could not be read
  annotations TEXT NOT NULL DEFAULT '{}', -- JSON object
  children TEXT NOT NULL DEFAULT '[]', -- of an index: JSON array of {digest, mediaType, os, architecture, variant, osVersion, attests}
  carries TEXT NOT NULL DEFAULT '[]', -- of an artifact: JSON array of signature, sbom, provenance, scan
  unreadable TEXT, -- why the configuration could not be read, when it could not
  described_at INTEGER NOT NULL,
  PRIMARY KEY (repository_id, digest),
  FOREIGN KEY (repository_id, digest) REFERENCES manifests (repository_id, digest) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX images_unreadable ON images (repository_id, config_digest) WHERE unreadable IS NOT NULL;

-- Manifests that are yet to be described: what was pushed, what can be read only now, what was given a tag.
CREATE TABLE undescribed_manifests (
  repository_id INTEGER NOT NULL,
  digest TEXT NOT NULL,
  due_at INTEGER NOT NULL,
  tries INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (repository_id, digest),
  FOREIGN KEY (repository_id, digest) REFERENCES manifests (repository_id, digest) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX undescribed_manifests_due ON undescribed_manifests (due_at);
INSERT INTO undescribed_manifests (repository_id, digest, due_at) SELECT repository_id, digest, pushed_at FROM manifests;
CREATE TRIGGER manifest_is_to_be_described AFTER INSERT ON manifests BEGIN INSERT INTO undescribed_manifests (repository_id, digest, due_at) VALUES (new.repository_id, new.digest, new.pushed_at); END;
-- A tag moves to what has been described before: whoever is told of images is told again.
CREATE TRIGGER tag_made_is_to_be_told AFTER INSERT ON tags BEGIN INSERT INTO undescribed_manifests (repository_id, digest, due_at) SELECT new.repository_id, new.digest, new.moved_at WHERE NOT EXISTS (SELECT 1 FROM undescribed_manifests WHERE repository_id = new.repository_id AND digest = new.digest); END;
CREATE TRIGGER tag_moved_is_to_be_told AFTER UPDATE OF digest ON tags WHEN new.digest <> old.digest BEGIN INSERT INTO undescribed_manifests (repository_id, digest, due_at) SELECT new.repository_id, new.digest, new.moved_at WHERE NOT EXISTS (SELECT 1 FROM undescribed_manifests WHERE repository_id = new.repository_id AND digest = new.digest); END;
-- A configuration that was pushed after its manifest.
CREATE TRIGGER missing_config_arrives AFTER INSERT ON repository_blobs BEGIN INSERT INTO undescribed_manifests (repository_id, digest, due_at) SELECT repository_id, digest, new.linked_at FROM images WHERE repository_id = new.repository_id AND config_digest = new.digest AND unreadable IS NOT NULL AND NOT EXISTS (SELECT 1 FROM undescribed_manifests waiting WHERE waiting.repository_id = images.repository_id AND waiting.digest = images.digest); END;

-- Chain ids (OCI Image Specification, "Layer ChainID") of every beginning of an image's layers: two images that have one in common
-- begin with the same layers.
CREATE TABLE image_chains (
  repository_id INTEGER NOT NULL,
  digest TEXT NOT NULL,
  depth INTEGER NOT NULL, -- how many layers
  chain TEXT NOT NULL,
  whole INTEGER NOT NULL CHECK (whole IN (0, 1)), -- 1: these are all of its layers
  PRIMARY KEY (repository_id, digest, depth),
  FOREIGN KEY (repository_id, digest) REFERENCES images (repository_id, digest) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX image_chains_by_chain ON image_chains (chain, repository_id, whole);

-- The same by repository: who has a chain, public ones apart from the others, so that to list and to count them never reads private ones.
CREATE TABLE repository_chains (
  chain TEXT NOT NULL,
  whole INTEGER NOT NULL,
  public INTEGER NOT NULL CHECK (public IN (0, 1)),
  repository_id INTEGER NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
  PRIMARY KEY (chain, whole, public, repository_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX repository_chains_by_repository ON repository_chains (repository_id);
CREATE TRIGGER chain_is_found AFTER INSERT ON image_chains BEGIN INSERT INTO repository_chains (chain, whole, public, repository_id) SELECT new.chain, new.whole, visibility = 'public', id FROM repositories WHERE id = new.repository_id AND NOT EXISTS (SELECT 1 FROM repository_chains WHERE chain = new.chain AND whole = new.whole AND public IN (0, 1) AND repository_id = new.repository_id); END;
CREATE TRIGGER chain_is_gone AFTER DELETE ON image_chains WHEN NOT EXISTS (SELECT 1 FROM image_chains WHERE chain = old.chain AND repository_id = old.repository_id AND whole = old.whole) BEGIN DELETE FROM repository_chains WHERE chain = old.chain AND whole = old.whole AND public IN (0, 1) AND repository_id = old.repository_id; END;
CREATE TRIGGER chains_follow_visibility AFTER UPDATE OF visibility ON repositories WHEN new.visibility <> old.visibility BEGIN UPDATE repository_chains SET public = (new.visibility = 'public') WHERE repository_id = new.id; END;

-- What tags are sorted by. `sort_key` is the name with the length of each number before it, two hexadecimal digits, so that 1.10 comes
-- after 1.9; no two names have the same. (What is no tag's name would loop for ever: hence LIMIT; it is its own key.)
ALTER TABLE tags ADD COLUMN sort_key TEXT NOT NULL DEFAULT '';
ALTER TABLE tags ADD COLUMN size INTEGER NOT NULL DEFAULT 0; -- of the image it names, bytes; 0: not described yet
UPDATE tags SET sort_key = coalesce((WITH RECURSIVE run (key, rest, number) AS (SELECT '', tags.name, 0 UNION ALL SELECT key || iif(number, printf('%02x', length(rest) - length(ltrim(rest, '0123456789'))), '') || substr(rest, 1, length(rest) - length(ltrim(rest, iif(number, '0123456789', 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ._-')))), ltrim(rest, iif(number, '0123456789', 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ._-')), NOT number FROM run WHERE rest <> '' LIMIT 300) SELECT key FROM run WHERE rest = ''), name);
CREATE INDEX tags_by_key ON tags (repository_id, sort_key);
CREATE INDEX tags_by_time ON tags (repository_id, moved_at);
CREATE INDEX tags_by_size ON tags (repository_id, size);
CREATE TRIGGER tag_is_made AFTER INSERT ON tags BEGIN UPDATE tags SET sort_key = coalesce((WITH RECURSIVE run (key, rest, number) AS (SELECT '', new.name, 0 UNION ALL SELECT key || iif(number, printf('%02x', length(rest) - length(ltrim(rest, '0123456789'))), '') || substr(rest, 1, length(rest) - length(ltrim(rest, iif(number, '0123456789', 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ._-')))), ltrim(rest, iif(number, '0123456789', 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ._-')), NOT number FROM run WHERE rest <> '' LIMIT 300) SELECT key FROM run WHERE rest = ''), new.name), size = coalesce((SELECT size FROM images WHERE repository_id = new.repository_id AND digest = new.digest), 0) WHERE repository_id = new.repository_id AND name = new.name; END;
CREATE TRIGGER tag_is_moved AFTER UPDATE OF digest ON tags BEGIN UPDATE tags SET size = coalesce((SELECT size FROM images WHERE repository_id = new.repository_id AND digest = new.digest), 0) WHERE repository_id = new.repository_id AND name = new.name; END;

-- How many tags there are, without counting them.
CREATE TABLE tag_counts (
  repository_id INTEGER PRIMARY KEY REFERENCES repositories (id) ON DELETE CASCADE,
  tags INTEGER NOT NULL
) STRICT;
INSERT INTO tag_counts (repository_id, tags) SELECT repository_id, count(*) FROM tags GROUP BY repository_id;
CREATE TRIGGER tag_is_counted AFTER INSERT ON tags BEGIN INSERT INTO tag_counts (repository_id, tags) VALUES (new.repository_id, 1) ON CONFLICT (repository_id) DO UPDATE SET tags = tags + 1; END;
CREATE TRIGGER tag_is_gone AFTER DELETE ON tags BEGIN UPDATE tag_counts SET tags = tags - 1 WHERE repository_id = old.repository_id; END;
