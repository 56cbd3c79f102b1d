-- How often a piece of due work failed for a reason that lasts; only those park it.
ALTER TABLE due_work ADD COLUMN failures BIGINT NOT NULL DEFAULT 0;
