-- Who did what to whom. Lines are only ever added; an operator who has to shorten the log has to drop the triggers, and say so.
CREATE TABLE audit_log (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  log TEXT NOT NULL, -- id of the user or organization it belongs to; 'hub' for what belongs to neither
  actor TEXT NOT NULL, -- user:<id>, token:<id>, or 'anonymous'
  actor_name TEXT NOT NULL, -- at that time
  action TEXT NOT NULL, -- such as team.member.add
  target TEXT NOT NULL, -- what it was done to, as people call it
  token_id TEXT, -- the access token used; NULL: in the browser
  address TEXT,
  before TEXT, -- JSON
  after TEXT -- JSON
) STRICT;
CREATE INDEX audit_log_by_log ON audit_log (log, id);
CREATE INDEX audit_log_by_action ON audit_log (log, action, id);
CREATE INDEX audit_log_by_actor ON audit_log (log, actor, id);
CREATE TRIGGER audit_log_is_not_changed BEFORE UPDATE ON audit_log BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_log_is_not_shortened BEFORE DELETE ON audit_log BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
