-- What the organizations' own rules need besides 0003. Triggers are each on one line, so that a line that ends in a semicolon ends a statement.

-- How many mails somebody has had sent in a day.
CREATE INDEX invitations_by_creator ON invitations (created_by, created_at);

-- Old names of repositories below a name go with the name: whoever gets it next has nothing of anybody else's there.
CREATE TRIGGER namespace_is_given_up AFTER DELETE ON namespaces BEGIN DELETE FROM repository_redirects WHERE name > old.name || '/' AND name < old.name || '0'; END;
