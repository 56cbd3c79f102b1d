-- What enters the hash of a row: 1 for rows from before there were versions, 2 where every column does that is told,
-- the version among them, so that nobody lowers it.
ALTER TABLE decision ADD COLUMN chain_version INTEGER NOT NULL DEFAULT 1;
