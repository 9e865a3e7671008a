-- The index that people search: a copy of what is public, in a database of its own, made from the main one and never the other way.
-- (An FTS5 table keeps `wrangler d1 export` from exporting the database it is in.) There are two sets of tables: one is searched, the
-- other is empty, or being rebuilt.
--
-- `rank` begins with how little a repository is used, so that what comes first by it is the most popular: of a common word the first few
-- hundred are read, and not all. It is the rowid of all four tables of a set:
--   documents  what ranking looks at
--   words      all words of a repository, and what it can be filtered by
--   names      words of its name, also by their beginnings
--   grams      three letters each of its name, for names that are misspelt

CREATE TABLE index_state (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  step INTEGER NOT NULL DEFAULT 0, -- of writing: whoever writes says from which step on, and is refused when there was another one since
  active TEXT NOT NULL DEFAULT 'a' CHECK (active IN ('a', 'b')), -- the set that is searched
  format INTEGER NOT NULL DEFAULT 0, -- what the active set was made by (index-format.ts); another one than now: it is rebuilt
  built_at INTEGER, -- milliseconds since 1970, UTC; NULL: never
  rebuild_format INTEGER, -- what the other set is being made by; NULL: it is not
  rebuild_after INTEGER NOT NULL DEFAULT 0 -- id of the last repository that is in it
) STRICT;
INSERT INTO index_state (id) VALUES (1);

CREATE TABLE documents_a (
  rank INTEGER PRIMARY KEY,
  repository_id INTEGER NOT NULL UNIQUE,
  name TEXT NOT NULL,
  short TEXT NOT NULL, -- the last part of the name, letters and digits only
  description TEXT NOT NULL,
  flags INTEGER NOT NULL, -- bits: facets.ts
  platforms INTEGER NOT NULL, -- bits: facets.ts
  categories TEXT NOT NULL, -- JSON array of slugs
  recent INTEGER NOT NULL, -- steps of popularity.ts
  pulls INTEGER NOT NULL,
  stars INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX documents_a_by_name ON documents_a (name);
CREATE INDEX documents_a_by_short ON documents_a (short, rank);
CREATE VIRTUAL TABLE words_a USING fts5(words, content='', contentless_delete=1, detail=none, tokenize="ascii tokenchars '_'");
CREATE VIRTUAL TABLE names_a USING fts5(words, content='', contentless_delete=1, detail=none, tokenize="ascii tokenchars '_'", prefix='1 2 3 4 5 6');
CREATE VIRTUAL TABLE grams_a USING fts5(words, content='', contentless_delete=1, detail=none, tokenize="ascii tokenchars '_'");

CREATE TABLE documents_b (
  rank INTEGER PRIMARY KEY,
  repository_id INTEGER NOT NULL UNIQUE,
  name TEXT NOT NULL,
  short TEXT NOT NULL, -- the last part of the name, letters and digits only
  description TEXT NOT NULL,
  flags INTEGER NOT NULL, -- bits: facets.ts
  platforms INTEGER NOT NULL, -- bits: facets.ts
  categories TEXT NOT NULL, -- JSON array of slugs
  recent INTEGER NOT NULL, -- steps of popularity.ts
  pulls INTEGER NOT NULL,
  stars INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX documents_b_by_name ON documents_b (name);
CREATE INDEX documents_b_by_short ON documents_b (short, rank);
CREATE VIRTUAL TABLE words_b USING fts5(words, content='', contentless_delete=1, detail=none, tokenize="ascii tokenchars '_'");
CREATE VIRTUAL TABLE names_b USING fts5(words, content='', contentless_delete=1, detail=none, tokenize="ascii tokenchars '_'", prefix='1 2 3 4 5 6');
CREATE VIRTUAL TABLE grams_b USING fts5(words, content='', contentless_delete=1, detail=none, tokenize="ascii tokenchars '_'");
