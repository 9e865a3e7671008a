-- Who may sign in, and the credentials of machines. Times are milliseconds since 1970, UTC.

CREATE TABLE users (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE COLLATE NOCASE,
  administrator INTEGER NOT NULL DEFAULT 0 CHECK (administrator IN (0, 1)),
  created_at INTEGER NOT NULL
) STRICT;

-- Names of users who were deleted a short while ago. Registry tokens of theirs may still push below them, so nobody gets one yet.
CREATE TABLE deleted_names (
  name TEXT PRIMARY KEY,
  deleted_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What `docker login` takes. Only HMAC-SHA-256(SECRET, token) is kept: a copy of this table signs nobody in.
CREATE TABLE access_tokens (
  id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  hmac TEXT NOT NULL UNIQUE,
  scopes TEXT NOT NULL, -- JSON array of pull, push, delete, admin
  repositories TEXT NOT NULL DEFAULT '**', -- pattern over repository names
  created_at INTEGER NOT NULL,
  expires_at INTEGER, -- NULL: does not expire
  revoked_at INTEGER,
  last_used_at INTEGER -- to the hour
) STRICT;
CREATE INDEX access_tokens_by_user ON access_tokens (user_id, created_at);

-- ES256 keys of the registry tokens. The private half is sealed with AES-GCM under SECRET.
CREATE TABLE signing_keys (
  kid TEXT PRIMARY KEY,
  public_jwk TEXT NOT NULL,
  sealed_private_jwk TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
