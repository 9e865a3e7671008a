-- What people say of their repositories. Times are milliseconds since 1970, UTC. Triggers are each on one line, so that a line that ends
-- in a semicolon ends a statement.

CREATE TABLE repository_profiles (
  repository_id INTEGER PRIMARY KEY REFERENCES repositories (id) ON DELETE CASCADE,
  description TEXT NOT NULL DEFAULT '' CHECK (length(description) <= 200),
  categories TEXT NOT NULL DEFAULT '[]' CHECK (json_array_length(categories) <= 3), -- JSON array of slugs
  deprecated_at INTEGER, -- NULL: it is kept up
  -- By id: a name that was released may be somebody else's by now.
  successor_id INTEGER REFERENCES repositories (id) ON DELETE SET NULL,
  source_url TEXT,
  licenses TEXT,
  -- JSON array: which of description, source_url and licenses a person wrote. What an image says of itself leaves those alone.
  written TEXT NOT NULL DEFAULT '[]',
  updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX repository_profiles_by_successor ON repository_profiles (successor_id) WHERE successor_id IS NOT NULL;

CREATE TABLE readmes (
  repository_id INTEGER PRIMARY KEY REFERENCES repositories (id) ON DELETE CASCADE,
  source TEXT NOT NULL, -- Markdown
  html TEXT NOT NULL, -- what it is rendered to: sanitised, goes into pages as it is
  renderer TEXT NOT NULL, -- what made the html of the source; '' and any other than the present one: it is made again when it is read
  images INTEGER NOT NULL DEFAULT 0 CHECK (images IN (0, 1)), -- 1: has images from the web, shown or not
  origin TEXT NOT NULL CHECK (origin IN ('written', 'annotation', 'git')),
  updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX readmes_with_images ON readmes (repository_id) WHERE images = 1;

-- Relative links of a README lead to where its source is.
CREATE TRIGGER readme_follows_new_source AFTER INSERT ON repository_profiles WHEN new.source_url IS NOT NULL BEGIN UPDATE readmes SET renderer = '' WHERE repository_id = new.repository_id; END;
CREATE TRIGGER readme_follows_source AFTER UPDATE OF source_url ON repository_profiles WHEN new.source_url IS NOT old.source_url BEGIN UPDATE readmes SET renderer = '' WHERE repository_id = new.repository_id; END;
