-- How many clients pulled from a repository on a day, whatever number of its manifests each of them got: what repositories are ranked by.
-- Of days before there was only the number of pulls.
ALTER TABLE pull_days ADD COLUMN clients INTEGER NOT NULL DEFAULT 0;
UPDATE pull_days SET clients = pulls;
