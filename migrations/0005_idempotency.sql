-- Requests that came with an idempotency key, so that a repetition finds the first answer. Kept for a day.

CREATE TABLE idempotency_keys (
  subject TEXT NOT NULL, -- the credential it came with
  route TEXT NOT NULL, -- method, path and query
  key TEXT NOT NULL,
  body_hmac TEXT NOT NULL,
  begun_at INTEGER NOT NULL,
  sealed_answer TEXT, -- AES-GCM under SECRET: answers carry token texts; NULL: there is none yet, or never will be
  PRIMARY KEY (subject, route, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (begun_at);
