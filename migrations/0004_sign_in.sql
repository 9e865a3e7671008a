-- How people sign in: what they know, have and are known by elsewhere. It goes with its user. Times are milliseconds since 1970, UTC.
-- Triggers are each on one line, so that a line that ends in a semicolon ends a statement.

CREATE TABLE sign_in_passwords (
  user_id TEXT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
  hash TEXT NOT NULL, -- accounts/password-hash.ts
  changed_at INTEGER NOT NULL
) STRICT;

-- The secret of an authenticator app, sealed under SECRET.
CREATE TABLE sign_in_totp (
  user_id TEXT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
  sealed_secret TEXT NOT NULL,
  last_step INTEGER NOT NULL DEFAULT 0, -- of the last code that was taken: none of that step or before is taken again
  created_at INTEGER NOT NULL,
  confirmed_at INTEGER -- NULL: no code of it has been given yet, so it asks nobody for one
) STRICT;

CREATE TABLE sign_in_recovery_codes (
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  hmac TEXT NOT NULL,
  used_at INTEGER,
  PRIMARY KEY (user_id, hmac)
) STRICT, WITHOUT ROWID;

CREATE TABLE sign_in_passkeys (
  id TEXT PRIMARY KEY, -- credential id, base64url
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  public_key TEXT NOT NULL, -- COSE, base64url
  counter INTEGER NOT NULL,
  transports TEXT NOT NULL, -- JSON array
  created_at INTEGER NOT NULL,
  last_used_at INTEGER
) STRICT;
CREATE INDEX sign_in_passkeys_by_user ON sign_in_passkeys (user_id, created_at);

-- Accounts elsewhere that sign in here.
CREATE TABLE sign_in_identities (
  provider TEXT NOT NULL,
  subject TEXT NOT NULL, -- the provider's own, lasting id of the account
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  label TEXT NOT NULL, -- what the account was called there when it was linked
  created_at INTEGER NOT NULL,
  last_used_at INTEGER,
  PRIMARY KEY (provider, subject)
) STRICT;
CREATE INDEX sign_in_identities_by_user ON sign_in_identities (user_id, created_at);

-- Browsers that are signed in. Only HMAC-SHA-256(SECRET, session) is kept: a copy of this table signs nobody in.
CREATE TABLE sign_in_sessions (
  id TEXT PRIMARY KEY,
  hmac TEXT NOT NULL UNIQUE,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  created_at INTEGER NOT NULL,
  used_at INTEGER NOT NULL, -- to the hour
  sudo_until INTEGER NOT NULL DEFAULT 0,
  agent TEXT NOT NULL,
  address TEXT
) STRICT;
CREATE INDEX sign_in_sessions_by_user ON sign_in_sessions (user_id, used_at);
CREATE INDEX sign_in_sessions_by_age ON sign_in_sessions (used_at);

-- What is good for one use within a short time: links in mails, sign-ins that lack their second factor, challenges of passkeys.
CREATE TABLE sign_in_tickets (
  hmac TEXT PRIMARY KEY,
  purpose TEXT NOT NULL,
  user_id TEXT REFERENCES users (id) ON DELETE CASCADE,
  content TEXT NOT NULL, -- JSON
  tries INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX sign_in_tickets_by_user ON sign_in_tickets (user_id, purpose, created_at);
CREATE INDEX sign_in_tickets_by_age ON sign_in_tickets (expires_at);

-- Mail of a hub that has no mail server, for its administrators to read. Only the newest are kept.
CREATE TABLE outbox (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  recipient TEXT NOT NULL,
  subject TEXT NOT NULL,
  text TEXT NOT NULL,
  html TEXT NOT NULL
) STRICT;

-- users.two_factor: whether a password alone does not sign in.
CREATE TRIGGER totp_added AFTER INSERT ON sign_in_totp WHEN new.confirmed_at IS NOT NULL BEGIN UPDATE users SET two_factor = 1 WHERE id = new.user_id; END;
CREATE TRIGGER totp_confirmed AFTER UPDATE OF confirmed_at ON sign_in_totp BEGIN UPDATE users SET two_factor = (new.confirmed_at IS NOT NULL OR EXISTS (SELECT 1 FROM sign_in_passkeys WHERE user_id = new.user_id)) WHERE id = new.user_id; END;
CREATE TRIGGER totp_removed AFTER DELETE ON sign_in_totp BEGIN UPDATE users SET two_factor = EXISTS (SELECT 1 FROM sign_in_passkeys WHERE user_id = old.user_id) WHERE id = old.user_id; END;
CREATE TRIGGER passkey_added AFTER INSERT ON sign_in_passkeys BEGIN UPDATE users SET two_factor = 1 WHERE id = new.user_id; END;
CREATE TRIGGER passkey_removed AFTER DELETE ON sign_in_passkeys BEGIN UPDATE users SET two_factor = (EXISTS (SELECT 1 FROM sign_in_passkeys WHERE user_id = old.user_id) OR EXISTS (SELECT 1 FROM sign_in_totp WHERE user_id = old.user_id AND confirmed_at IS NOT NULL)) WHERE id = old.user_id; END;
-- Recovery codes are for a second factor that is lost; they go with the last one.
CREATE TRIGGER second_factor_gone AFTER UPDATE OF two_factor ON users WHEN new.two_factor = 0 AND old.two_factor = 1 BEGIN DELETE FROM sign_in_recovery_codes WHERE user_id = new.id; END;
