-- Who people are to one another and to repositories. Times are milliseconds since 1970, UTC. Triggers are each on one line, so that
-- a line that ends in a semicolon ends a statement.

ALTER TABLE users ADD COLUMN email TEXT COLLATE NOCASE; -- NULL: made by an administrator, who vouches for them
ALTER TABLE users ADD COLUMN email_verified_at INTEGER;
ALTER TABLE users ADD COLUMN two_factor INTEGER NOT NULL DEFAULT 0 CHECK (two_factor IN (0, 1));
-- An address belongs to whoever has shown that they read its mail; that somebody else claims it stops nobody.
CREATE UNIQUE INDEX users_by_verified_email ON users (email) WHERE email_verified_at IS NOT NULL;

CREATE TABLE organizations (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE COLLATE NOCASE,
  display_name TEXT NOT NULL DEFAULT '',
  created_at INTEGER NOT NULL,
  -- The policy.
  require_two_factor INTEGER NOT NULL DEFAULT 0 CHECK (require_two_factor IN (0, 1)),
  maximum_token_age INTEGER CHECK (maximum_token_age > 0), -- milliseconds; NULL: tokens of any age
  repository_creation TEXT NOT NULL DEFAULT 'members' CHECK (repository_creation IN ('members', 'maintainers')),
  default_visibility TEXT NOT NULL DEFAULT 'private' CHECK (default_visibility IN ('public', 'private'))
) STRICT;

-- Users and organizations share one namespace. A name that is not its owner's present one is an old name: it leads to them for as long
-- as they exist, and nobody else can take it.
CREATE TABLE namespaces (
  name TEXT PRIMARY KEY COLLATE NOCASE,
  kind TEXT NOT NULL CHECK (kind IN ('user', 'organization')),
  owner_id TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX namespaces_by_owner ON namespaces (owner_id);
INSERT INTO namespaces (name, kind, owner_id) SELECT name, 'user', id FROM users;

CREATE TRIGGER user_takes_name AFTER INSERT ON users BEGIN SELECT RAISE(ABORT, 'name taken') WHERE EXISTS (SELECT 1 FROM namespaces WHERE name = new.name); INSERT INTO namespaces (name, kind, owner_id) VALUES (new.name, 'user', new.id); END;
CREATE TRIGGER user_changes_name AFTER UPDATE OF name ON users WHEN new.name <> old.name BEGIN SELECT RAISE(ABORT, 'name taken') WHERE EXISTS (SELECT 1 FROM namespaces WHERE name = new.name AND owner_id <> new.id); INSERT INTO namespaces (name, kind, owner_id) SELECT new.name, 'user', new.id WHERE NOT EXISTS (SELECT 1 FROM namespaces WHERE name = new.name); END;
CREATE TRIGGER user_leaves_names AFTER DELETE ON users BEGIN DELETE FROM namespaces WHERE owner_id = old.id; END;
CREATE TRIGGER organization_takes_name AFTER INSERT ON organizations BEGIN SELECT RAISE(ABORT, 'name taken') WHERE EXISTS (SELECT 1 FROM namespaces WHERE name = new.name); INSERT INTO namespaces (name, kind, owner_id) VALUES (new.name, 'organization', new.id); END;
CREATE TRIGGER organization_changes_name AFTER UPDATE OF name ON organizations WHEN new.name <> old.name BEGIN SELECT RAISE(ABORT, 'name taken') WHERE EXISTS (SELECT 1 FROM namespaces WHERE name = new.name AND owner_id <> new.id); INSERT INTO namespaces (name, kind, owner_id) SELECT new.name, 'organization', new.id WHERE NOT EXISTS (SELECT 1 FROM namespaces WHERE name = new.name); END;
CREATE TRIGGER organization_leaves_names AFTER DELETE ON organizations BEGIN DELETE FROM namespaces WHERE owner_id = old.id; END;

CREATE TABLE organization_members (
  organization_id TEXT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  role TEXT NOT NULL CHECK (role IN ('owner', 'maintainer', 'member', 'guest')),
  added_at INTEGER NOT NULL,
  PRIMARY KEY (organization_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX organization_members_by_user ON organization_members (user_id);

-- An organization always has an owner; only its own deletion takes the last one along.
CREATE TRIGGER last_owner_stays BEFORE DELETE ON organization_members WHEN old.role = 'owner' AND EXISTS (SELECT 1 FROM organizations WHERE id = old.organization_id) AND NOT EXISTS (SELECT 1 FROM organization_members WHERE organization_id = old.organization_id AND role = 'owner' AND user_id <> old.user_id) BEGIN SELECT RAISE(ABORT, 'last owner'); END;
CREATE TRIGGER last_owner_stays_owner BEFORE UPDATE OF role ON organization_members WHEN old.role = 'owner' AND new.role <> 'owner' AND NOT EXISTS (SELECT 1 FROM organization_members WHERE organization_id = old.organization_id AND role = 'owner' AND user_id <> old.user_id) BEGIN SELECT RAISE(ABORT, 'last owner'); END;

CREATE TABLE teams (
  id TEXT PRIMARY KEY,
  organization_id TEXT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
  name TEXT NOT NULL COLLATE NOCASE,
  description TEXT NOT NULL DEFAULT '',
  created_at INTEGER NOT NULL,
  UNIQUE (organization_id, name),
  UNIQUE (id, organization_id)
) STRICT;

-- Whoever leaves the organization leaves its teams.
CREATE TABLE team_members (
  team_id TEXT NOT NULL,
  organization_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  added_at INTEGER NOT NULL,
  PRIMARY KEY (team_id, user_id),
  FOREIGN KEY (team_id, organization_id) REFERENCES teams (id, organization_id) ON DELETE CASCADE,
  FOREIGN KEY (organization_id, user_id) REFERENCES organization_members (organization_id, user_id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX team_members_by_user ON team_members (user_id, team_id);
CREATE INDEX team_members_by_membership ON team_members (organization_id, user_id);

-- Whose namespace a repository is in, and who made it. The owner follows the name.
ALTER TABLE repositories ADD COLUMN owner_id TEXT;
ALTER TABLE repositories ADD COLUMN created_by TEXT; -- a user; NULL: a machine, or from before
UPDATE repositories SET owner_id = (SELECT owner_id FROM namespaces WHERE namespaces.name = substr(repositories.name, 1, instr(repositories.name, '/') - 1));
CREATE INDEX repositories_by_owner ON repositories (owner_id, name);
CREATE INDEX repositories_public ON repositories (name) WHERE visibility = 'public';

-- Rights on one repository, of a user (a collaborator) or of a team.
CREATE TABLE repository_grants (
  repository_id INTEGER NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
  user_id TEXT REFERENCES users (id) ON DELETE CASCADE,
  team_id TEXT REFERENCES teams (id) ON DELETE CASCADE,
  role TEXT NOT NULL CHECK (role IN ('read', 'triage', 'write', 'admin')),
  granted_at INTEGER NOT NULL,
  CHECK ((user_id IS NULL) <> (team_id IS NULL)),
  UNIQUE (repository_id, user_id),
  UNIQUE (repository_id, team_id)
) STRICT;
CREATE INDEX repository_grants_by_user ON repository_grants (user_id, repository_id) WHERE user_id IS NOT NULL;
CREATE INDEX repository_grants_by_team ON repository_grants (team_id, repository_id) WHERE team_id IS NOT NULL;

-- "What <creator, or anybody> makes here gives <user or team> <role>." Looked at with every request, so a rule that goes takes its rights along.
CREATE TABLE default_rules (
  id TEXT PRIMARY KEY,
  organization_id TEXT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
  creator_id TEXT REFERENCES users (id) ON DELETE CASCADE,
  user_id TEXT REFERENCES users (id) ON DELETE CASCADE,
  team_id TEXT REFERENCES teams (id) ON DELETE CASCADE,
  role TEXT NOT NULL CHECK (role IN ('read', 'triage', 'write', 'admin')),
  created_at INTEGER NOT NULL,
  CHECK ((user_id IS NULL) <> (team_id IS NULL))
) STRICT;
CREATE INDEX default_rules_by_organization ON default_rules (organization_id);

-- Whoever makes a repository of an organization as its member is its administrator.
CREATE TRIGGER repository_made AFTER INSERT ON repositories BEGIN UPDATE repositories SET owner_id = (SELECT owner_id FROM namespaces WHERE namespaces.name = substr(new.name, 1, instr(new.name, '/') - 1)) WHERE id = new.id; INSERT INTO repository_grants (repository_id, user_id, role, granted_at) SELECT new.id, m.user_id, 'admin', new.created_at FROM repositories r JOIN organization_members m ON m.organization_id = r.owner_id AND m.user_id = new.created_by WHERE r.id = new.id; END;
CREATE TRIGGER repository_changes_owner AFTER UPDATE OF name ON repositories BEGIN UPDATE repositories SET owner_id = (SELECT owner_id FROM namespaces WHERE namespaces.name = substr(new.name, 1, instr(new.name, '/') - 1)) WHERE id = new.id; END;
-- What the organization gave to somebody goes with their membership.
CREATE TRIGGER member_leaves AFTER DELETE ON organization_members BEGIN DELETE FROM repository_grants WHERE user_id = old.user_id AND repository_id IN (SELECT id FROM repositories WHERE owner_id = old.organization_id); DELETE FROM default_rules WHERE organization_id = old.organization_id AND (user_id = old.user_id OR creator_id = old.user_id); END;

-- Old names of repositories. They lead to the repository for as long as it exists, and nothing new can be made under them.
CREATE TABLE repository_redirects (
  name TEXT PRIMARY KEY,
  repository_id INTEGER NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
  since INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX repository_redirects_by_repository ON repository_redirects (repository_id);
CREATE TRIGGER repository_name_is_free BEFORE INSERT ON repositories WHEN EXISTS (SELECT 1 FROM repository_redirects WHERE name = new.name) OR EXISTS (SELECT 1 FROM namespaces n WHERE n.name = substr(new.name, 1, instr(new.name, '/') - 1) AND NOT EXISTS (SELECT 1 FROM users WHERE id = n.owner_id AND name = n.name) AND NOT EXISTS (SELECT 1 FROM organizations WHERE id = n.owner_id AND name = n.name)) BEGIN SELECT RAISE(ABORT, 'repository moved'); END;

CREATE TABLE invitations (
  id TEXT PRIMARY KEY,
  organization_id TEXT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
  email TEXT COLLATE NOCASE, -- NULL: a link, for whoever has it
  role TEXT NOT NULL CHECK (role IN ('owner', 'maintainer', 'member', 'guest')),
  teams TEXT NOT NULL DEFAULT '[]', -- JSON array of team ids
  hmac TEXT NOT NULL UNIQUE, -- of the secret in the link
  maximum_uses INTEGER NOT NULL DEFAULT 1 CHECK (maximum_uses > 0),
  uses INTEGER NOT NULL DEFAULT 0 CHECK (uses <= maximum_uses),
  created_by TEXT NOT NULL, -- a user
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  revoked_at INTEGER
) STRICT;
CREATE INDEX invitations_by_organization ON invitations (organization_id, created_at);
