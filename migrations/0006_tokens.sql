-- Access tokens of people, organizations and robots, in one table and one scope grammar; and what makes them without a person typing.

CREATE TABLE tokens_of_all (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('personal', 'organization', 'robot')),
  user_id TEXT REFERENCES users (id) ON DELETE CASCADE, -- whose token or robot it is: a user's
  organization_id TEXT REFERENCES organizations (id) ON DELETE CASCADE, -- or an organization's
  name TEXT NOT NULL, -- a robot signs in as <namespace>+<name>
  hmac TEXT NOT NULL UNIQUE,
  previous_hmac TEXT UNIQUE, -- of the text before the last rotation
  previous_until INTEGER, -- until when that still works
  scopes TEXT NOT NULL, -- JSON array (auth/scopes.ts)
  created_at INTEGER NOT NULL,
  created_by TEXT, -- a user; NULL: a machine, or of a first start: then the text may have any form
  rotated_at INTEGER,
  expires_at INTEGER, -- NULL: does not expire
  revoked_at INTEGER,
  last_used_at INTEGER, -- to the hour
  last_used_from TEXT, -- address
  CHECK ((user_id IS NULL) <> (organization_id IS NULL)),
  CHECK (kind <> 'personal' OR user_id IS NOT NULL),
  CHECK (kind <> 'organization' OR organization_id IS NOT NULL)
) STRICT;
INSERT INTO tokens_of_all (id, kind, user_id, name, hmac, scopes, created_at, created_by, expires_at, revoked_at, last_used_at)
  SELECT id, 'personal', user_id, name, hmac,
    (SELECT json_group_array(scope) FROM (
      SELECT 'repository:' || access_tokens.repositories || ':' || group_concat(iif(value = 'admin', 'metadata,builds,admin', value), ',') AS scope
        FROM json_each(access_tokens.scopes) HAVING count(*) > 0
      UNION ALL SELECT value FROM json_each('["account","fleet","administration"]') WHERE EXISTS (SELECT 1 FROM json_each(access_tokens.scopes) WHERE value = 'admin')
    )),
    created_at, NULL, expires_at, revoked_at, last_used_at
  FROM access_tokens;
DROP TABLE access_tokens;
ALTER TABLE tokens_of_all RENAME TO access_tokens;
CREATE INDEX access_tokens_by_user ON access_tokens (user_id, created_at) WHERE user_id IS NOT NULL;
CREATE INDEX access_tokens_by_organization ON access_tokens (organization_id, created_at) WHERE organization_id IS NOT NULL;
CREATE UNIQUE INDEX robots_by_name ON access_tokens (coalesce(user_id, organization_id), name) WHERE kind = 'robot' AND revoked_at IS NULL;

-- Which id_tokens of CI systems (OpenID Connect) sign in, and with which rights.
CREATE TABLE federation_rules (
  id TEXT PRIMARY KEY,
  user_id TEXT REFERENCES users (id) ON DELETE CASCADE,
  organization_id TEXT REFERENCES organizations (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  issuer TEXT NOT NULL,
  claims TEXT NOT NULL, -- JSON object: claim to pattern
  scopes TEXT NOT NULL, -- JSON array, of repositories only
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL, -- a user
  last_used_at INTEGER,
  CHECK ((user_id IS NULL) <> (organization_id IS NULL))
) STRICT;
CREATE INDEX federation_rules_by_owner ON federation_rules (coalesce(user_id, organization_id), created_at);

-- The OAuth 2.0 Device Authorization Grant (RFC 8628): a client waits, a person approves in the browser.
CREATE TABLE device_requests (
  device_hmac TEXT PRIMARY KEY,
  user_code TEXT NOT NULL UNIQUE,
  client TEXT NOT NULL, -- what it says it is
  address TEXT, -- where it asked from
  scopes TEXT NOT NULL, -- JSON array of what it asks for
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  polled_at INTEGER,
  decision TEXT CHECK (decision IN ('approved', 'refused')),
  user_id TEXT REFERENCES users (id) ON DELETE CASCADE, -- who decided
  sealed_token TEXT -- of the access token that was made, until it is fetched
) STRICT;
CREATE INDEX device_requests_by_age ON device_requests (expires_at);
