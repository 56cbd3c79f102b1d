-- What a creditor knows of a claim at intake: whether something secures it (§ 366 Abs. 2 BGB), and why its
-- rate lies above the statutory one (§ 13a Abs. 1 Nr. 4 RDG).

ALTER TABLE claim ADD COLUMN secured BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE claim ADD COLUMN rate_reason TEXT NOT NULL DEFAULT '';
