-- What administrators say of the hub, and what the hub notes of itself. Times are milliseconds since 1970, UTC. Triggers are each on
-- one line, so that a line that ends in a semicolon ends a statement.

-- What the hub vouches for: that a namespace is the hub's own work (official), or belongs to whom its name says (verified).
CREATE TABLE namespace_badges (
  namespace_id TEXT PRIMARY KEY, -- of a user or an organization
  badge TEXT NOT NULL CHECK (badge IN ('official', 'verified')),
  set_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
-- It was given to a name: whoever takes another one is looked at again.
CREATE TRIGGER user_leaves_badge AFTER DELETE ON users BEGIN DELETE FROM namespace_badges WHERE namespace_id = old.id; END;
CREATE TRIGGER organization_leaves_badge AFTER DELETE ON organizations BEGIN DELETE FROM namespace_badges WHERE namespace_id = old.id; END;
CREATE TRIGGER user_changes_badge AFTER UPDATE OF name ON users WHEN new.name <> old.name BEGIN DELETE FROM namespace_badges WHERE namespace_id = new.id; END;
CREATE TRIGGER organization_changes_badge AFTER UPDATE OF name ON organizations WHEN new.name <> old.name BEGIN DELETE FROM namespace_badges WHERE namespace_id = new.id; END;

-- What the start page shows first, in this order. One that is private meanwhile is left out where it is shown.
CREATE TABLE featured_repositories (
  repository_id INTEGER PRIMARY KEY REFERENCES repositories (id) ON DELETE CASCADE,
  position INTEGER NOT NULL
) STRICT;

-- What administrators have set; what is not here is as the hub has it.
CREATE TABLE hub_settings (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL CHECK (json_valid(value))
) STRICT, WITHOUT ROWID;

-- What runs by itself, and how it went.
CREATE TABLE hub_runs (
  name TEXT PRIMARY KEY, -- such as collect-garbage
  succeeded_at INTEGER,
  failed_at INTEGER,
  failures INTEGER NOT NULL DEFAULT 0, -- since it last succeeded
  problem TEXT -- of the last failure, in its own words
) STRICT, WITHOUT ROWID;

-- How much each namespace holds, in bytes of blobs, as the last walk through them found it: `logical` counts a blob for every repository
-- that links it, `stored` once. A walk goes by digest in slices and adds up in the column of its own; when it is through, that is what holds.
CREATE TABLE storage_use (
  namespace_id TEXT PRIMARY KEY, -- of a user or an organization; '' for what is in nobody's
  logical INTEGER NOT NULL DEFAULT 0,
  stored INTEGER NOT NULL DEFAULT 0,
  blobs INTEGER NOT NULL DEFAULT 0,
  next_logical INTEGER NOT NULL DEFAULT 0,
  next_stored INTEGER NOT NULL DEFAULT 0,
  next_blobs INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX storage_use_by_size ON storage_use (stored DESC, namespace_id);
CREATE TABLE storage_walk (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  digest TEXT NOT NULL DEFAULT '', -- the last one that was added up
  began_at INTEGER, -- NULL: no walk is under way
  finished_at INTEGER, -- the last one that came through
  stored INTEGER NOT NULL DEFAULT 0, -- bytes of all blobs, as it found them
  blobs INTEGER NOT NULL DEFAULT 0,
  next_stored INTEGER NOT NULL DEFAULT 0,
  next_blobs INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO storage_walk (id) VALUES (1);

-- People are found by their address too.
CREATE INDEX users_by_email ON users (email) WHERE email IS NOT NULL;
