-- What pages that were rendered for visitors are kept under: another version is another page. Triggers, so that no statement can forget it;
-- each on one line, so that a line that ends in a semicolon ends a statement.

-- Of what the pages of a public repository show of it, other than counts. None before the first change.
CREATE TABLE page_versions (
  repository_id INTEGER PRIMARY KEY REFERENCES repositories (id) ON DELETE CASCADE,
  version INTEGER NOT NULL
) STRICT;

-- Of what pages say of repositories and people that they are not about: it changes when something is taken away or called otherwise.
CREATE TABLE list_version (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  version INTEGER NOT NULL
) STRICT;
-- Begins somewhere else in each database: what was kept of one is nothing of another.
INSERT INTO list_version (id, version) VALUES (1, random() & 4503599627370495);

CREATE TRIGGER page_tag_made AFTER INSERT ON tags BEGIN INSERT INTO page_versions (repository_id, version) SELECT id, random() & 9007199254740991 FROM repositories WHERE id = new.repository_id AND visibility = 'public' ON CONFLICT (repository_id) DO UPDATE SET version = excluded.version; END;
CREATE TRIGGER page_tag_changed AFTER UPDATE ON tags BEGIN INSERT INTO page_versions (repository_id, version) SELECT id, random() & 9007199254740991 FROM repositories WHERE id = new.repository_id AND visibility = 'public' ON CONFLICT (repository_id) DO UPDATE SET version = excluded.version; END;
CREATE TRIGGER page_tag_gone AFTER DELETE ON tags BEGIN INSERT INTO page_versions (repository_id, version) SELECT id, random() & 9007199254740991 FROM repositories WHERE id = old.repository_id AND visibility = 'public' ON CONFLICT (repository_id) DO UPDATE SET version = excluded.version; END;
CREATE TRIGGER page_image_made AFTER INSERT ON images BEGIN INSERT INTO page_versions (repository_id, version) SELECT id, random() & 9007199254740991 FROM repositories WHERE id = new.repository_id AND visibility = 'public' ON CONFLICT (repository_id) DO UPDATE SET version = excluded.version; END;
CREATE TRIGGER page_image_changed AFTER UPDATE ON images BEGIN INSERT INTO page_versions (repository_id, version) SELECT id, random() & 9007199254740991 FROM repositories WHERE id = new.repository_id AND visibility = 'public' ON CONFLICT (repository_id) DO UPDATE SET version = excluded.version; END;
CREATE TRIGGER page_image_gone AFTER DELETE ON images BEGIN INSERT INTO page_versions (repository_id, version) SELECT id, random() & 9007199254740991 FROM repositories WHERE id = old.repository_id AND visibility = 'public' ON CONFLICT (repository_id) DO UPDATE SET version = excluded.version; END;
CREATE TRIGGER page_readme_made AFTER INSERT ON readmes BEGIN INSERT INTO page_versions (repository_id, version) SELECT id, random() & 9007199254740991 FROM repositories WHERE id = new.repository_id AND visibility = 'public' ON CONFLICT (repository_id) DO UPDATE SET version = excluded.version; END;
CREATE TRIGGER page_readme_changed AFTER UPDATE ON readmes BEGIN INSERT INTO page_versions (repository_id, version) SELECT id, random() & 9007199254740991 FROM repositories WHERE id = new.repository_id AND visibility = 'public' ON CONFLICT (repository_id) DO UPDATE SET version = excluded.version; END;
CREATE TRIGGER page_readme_gone AFTER DELETE ON readmes BEGIN INSERT INTO page_versions (repository_id, version) SELECT id, random() & 9007199254740991 FROM repositories WHERE id = old.repository_id AND visibility = 'public' ON CONFLICT (repository_id) DO UPDATE SET version = excluded.version; END;
CREATE TRIGGER page_profile_made AFTER INSERT ON repository_profiles BEGIN INSERT INTO page_versions (repository_id, version) SELECT id, random() & 9007199254740991 FROM repositories WHERE id = new.repository_id AND visibility = 'public' ON CONFLICT (repository_id) DO UPDATE SET version = excluded.version; END;
CREATE TRIGGER page_profile_changed AFTER UPDATE ON repository_profiles BEGIN INSERT INTO page_versions (repository_id, version) SELECT id, random() & 9007199254740991 FROM repositories WHERE id = new.repository_id AND visibility = 'public' ON CONFLICT (repository_id) DO UPDATE SET version = excluded.version; END;
CREATE TRIGGER page_profile_gone AFTER DELETE ON repository_profiles BEGIN INSERT INTO page_versions (repository_id, version) SELECT id, random() & 9007199254740991 FROM repositories WHERE id = old.repository_id AND visibility = 'public' ON CONFLICT (repository_id) DO UPDATE SET version = excluded.version; END;
CREATE TRIGGER page_referrer_pushed AFTER INSERT ON manifests WHEN new.subject IS NOT NULL BEGIN INSERT INTO page_versions (repository_id, version) SELECT id, random() & 9007199254740991 FROM repositories WHERE id = new.repository_id AND visibility = 'public' ON CONFLICT (repository_id) DO UPDATE SET version = excluded.version; END;
CREATE TRIGGER page_manifest_gone AFTER DELETE ON manifests BEGIN INSERT INTO page_versions (repository_id, version) SELECT id, random() & 9007199254740991 FROM repositories WHERE id = old.repository_id AND visibility = 'public' ON CONFLICT (repository_id) DO UPDATE SET version = excluded.version; END;
CREATE TRIGGER page_star_taken_back AFTER DELETE ON stars BEGIN INSERT INTO page_versions (repository_id, version) SELECT id, random() & 9007199254740991 FROM repositories WHERE id = old.repository_id AND visibility = 'public' ON CONFLICT (repository_id) DO UPDATE SET version = excluded.version; END;

CREATE TRIGGER list_repository_changed AFTER UPDATE OF name, visibility, owner_id ON repositories WHEN new.name <> old.name OR new.visibility <> old.visibility OR new.owner_id IS NOT old.owner_id BEGIN UPDATE list_version SET version = version + 1; END;
CREATE TRIGGER list_repository_gone AFTER DELETE ON repositories WHEN old.visibility = 'public' BEGIN UPDATE list_version SET version = version + 1; END;
CREATE TRIGGER list_profile_changed AFTER UPDATE ON repository_profiles WHEN new.description <> old.description OR new.deprecated_at IS NOT old.deprecated_at OR new.categories <> old.categories BEGIN UPDATE list_version SET version = version + 1; END;
CREATE TRIGGER list_badge_given AFTER INSERT ON namespace_badges BEGIN UPDATE list_version SET version = version + 1; END;
CREATE TRIGGER list_badge_changed AFTER UPDATE ON namespace_badges BEGIN UPDATE list_version SET version = version + 1; END;
CREATE TRIGGER list_badge_taken AFTER DELETE ON namespace_badges BEGIN UPDATE list_version SET version = version + 1; END;
CREATE TRIGGER list_featured_made AFTER INSERT ON featured_repositories BEGIN UPDATE list_version SET version = version + 1; END;
CREATE TRIGGER list_featured_moved AFTER UPDATE ON featured_repositories BEGIN UPDATE list_version SET version = version + 1; END;
CREATE TRIGGER list_featured_gone AFTER DELETE ON featured_repositories BEGIN UPDATE list_version SET version = version + 1; END;
CREATE TRIGGER list_user_renamed AFTER UPDATE OF name ON users WHEN new.name <> old.name BEGIN UPDATE list_version SET version = version + 1; END;
CREATE TRIGGER list_user_gone AFTER DELETE ON users BEGIN UPDATE list_version SET version = version + 1; END;
CREATE TRIGGER list_organization_renamed AFTER UPDATE OF name, display_name ON organizations WHEN new.name <> old.name OR new.display_name <> old.display_name BEGIN UPDATE list_version SET version = version + 1; END;
CREATE TRIGGER list_organization_gone AFTER DELETE ON organizations BEGIN UPDATE list_version SET version = version + 1; END;
