-- Whether a README is taken from the repository's source again with each push. CI says of what it writes, too, that it is from git: that
-- stays as it was written.
ALTER TABLE readmes ADD COLUMN linked INTEGER NOT NULL DEFAULT 0 CHECK (linked IN (0, 1));
