-- What a claim's life needs beyond its first version.

ALTER TABLE state_change ADD COLUMN context TEXT NOT NULL DEFAULT '[]';
ALTER TABLE state_change ADD COLUMN note TEXT NOT NULL DEFAULT '';

ALTER TABLE claim ADD COLUMN settled BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE claim ADD COLUMN time_barred BOOLEAN NOT NULL DEFAULT FALSE;
-- postgres:
ALTER TABLE claim NO FORCE ROW LEVEL SECURITY;
ALTER TABLE arrangement NO FORCE ROW LEVEL SECURITY;
-- end
-- Full payment was called settled, which now means an agreement for less.
UPDATE claim SET state = 'paid' WHERE state = 'settled';

ALTER TABLE arrangement ADD COLUMN outcome TEXT;
ALTER TABLE arrangement ADD COLUMN settled_for BIGINT;
UPDATE arrangement SET outcome = 'kept' WHERE ended;
