-- How much repositories are used and liked. Days are counted from 1970-01-01, UTC; times are milliseconds since 1970. Triggers are each
-- on one line, so that a line that ends in a semicolon ends a statement.

-- One row for each repository: what lists are sorted by.
CREATE TABLE repository_counts (
  repository_id INTEGER PRIMARY KEY REFERENCES repositories (id) ON DELETE CASCADE,
  listed INTEGER NOT NULL CHECK (listed IN (0, 1)), -- 1: it is public
  pulls INTEGER NOT NULL DEFAULT 0, -- the sum of pull_days
  stars INTEGER NOT NULL DEFAULT 0,
  recent_pulls REAL NOT NULL DEFAULT 0, -- per day, what is long ago counting less
  trend REAL NOT NULL DEFAULT 0, -- how far the last week is above the weeks before; 0: it is not
  scored_day INTEGER NOT NULL DEFAULT 0 -- when the two were worked out
) STRICT;
CREATE INDEX repository_counts_by_pulls ON repository_counts (listed, pulls DESC) WHERE pulls > 0;
CREATE INDEX repository_counts_by_trend ON repository_counts (listed, trend DESC) WHERE trend > 0;
CREATE INDEX repository_counts_by_score ON repository_counts (scored_day) WHERE recent_pulls > 0;
CREATE INDEX repositories_newest ON repositories (created_at DESC) WHERE visibility = 'public';

CREATE TABLE pull_days (
  repository_id INTEGER NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
  day INTEGER NOT NULL,
  pulls INTEGER NOT NULL,
  PRIMARY KEY (repository_id, day)
) STRICT, WITHOUT ROWID;

CREATE TABLE manifest_pulls (
  repository_id INTEGER NOT NULL,
  digest TEXT NOT NULL,
  pulls INTEGER NOT NULL, -- in all
  last_pulled_at INTEGER NOT NULL,
  day INTEGER NOT NULL, -- the last day with pulls, and how many of `pulls` are of that day: the same number that comes again adds nothing
  day_pulls INTEGER NOT NULL,
  PRIMARY KEY (repository_id, digest),
  FOREIGN KEY (repository_id, digest) REFERENCES manifests (repository_id, digest) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE stars (
  repository_id INTEGER NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  starred_at INTEGER NOT NULL,
  PRIMARY KEY (repository_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX stars_by_time ON stars (repository_id, starred_at);
CREATE INDEX stars_by_user ON stars (user_id, starred_at);

INSERT INTO repository_counts (repository_id, listed) SELECT id, visibility = 'public' FROM repositories;
CREATE TRIGGER repository_gets_counts AFTER INSERT ON repositories BEGIN INSERT INTO repository_counts (repository_id, listed) VALUES (new.id, new.visibility = 'public'); END;
CREATE TRIGGER repository_counts_follow_visibility AFTER UPDATE OF visibility ON repositories BEGIN UPDATE repository_counts SET listed = new.visibility = 'public' WHERE repository_id = new.id; END;
CREATE TRIGGER pull_day_added AFTER INSERT ON pull_days BEGIN UPDATE repository_counts SET pulls = pulls + new.pulls WHERE repository_id = new.repository_id; END;
CREATE TRIGGER pull_day_changed AFTER UPDATE OF pulls ON pull_days WHEN new.pulls <> old.pulls BEGIN UPDATE repository_counts SET pulls = pulls + new.pulls - old.pulls WHERE repository_id = new.repository_id; END;
CREATE TRIGGER star_given AFTER INSERT ON stars BEGIN UPDATE repository_counts SET stars = stars + 1 WHERE repository_id = new.repository_id; END;
CREATE TRIGGER star_taken_back AFTER DELETE ON stars BEGIN UPDATE repository_counts SET stars = stars - 1 WHERE repository_id = old.repository_id; END;
