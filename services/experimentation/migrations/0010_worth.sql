-- What was agreed and what a payment counts for: what a promise or an arrangement is worth is set right with each
-- due. `toward` names the promise or arrangement that a payment counts for; `dues` are the payments that were
-- agreed, as JSON, empty where none were.
ALTER TABLE outcome ADD COLUMN toward TEXT NOT NULL DEFAULT '';
ALTER TABLE outcome ADD COLUMN dues TEXT NOT NULL DEFAULT '';
