-- The account becomes a chain: entries of a claim are numbered, and each carries the hash of the one
-- before. The key is their place in the chain, which keeps them in order and apart. An entry from before
-- has no hash: it is computed from the entry whenever one is needed, and the next entry rests on it.

-- postgres:
-- The owner copies every tenant's rows; `migrate` forces the policies again when it ends.
ALTER TABLE entry NO FORCE ROW LEVEL SECURITY;
ALTER TABLE claim NO FORCE ROW LEVEL SECURITY;
-- end

CREATE TABLE chained_entry (
    tenant_id TEXT NOT NULL,
    claim_id TEXT NOT NULL,
    sequence BIGINT NOT NULL CHECK (sequence > 0),
    entry_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    value_date DATE NOT NULL,
    amount BIGINT NOT NULL,
    cause_id TEXT,
    norm TEXT NOT NULL,
    rule_version TEXT NOT NULL,
    inputs TEXT NOT NULL,
    formula TEXT NOT NULL,
    note BYTEA,
    actor TEXT NOT NULL,
    booked_at TIMESTAMPTZ NOT NULL,
    previous_hash TEXT NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (tenant_id, claim_id, sequence),
    UNIQUE (tenant_id, claim_id, kind, cause_id)
);
INSERT INTO chained_entry
    SELECT tenant_id, claim_id,
        ROW_NUMBER() OVER (PARTITION BY tenant_id, claim_id ORDER BY entry_id),
        entry_id, kind, '', value_date, amount, payment_id, norm, '', '{}', formula, NULL, actor, booked_at,
        '', ''
    FROM entry;
DROP TABLE entry;
ALTER TABLE chained_entry RENAME TO entry;

-- The end of the chain: with it a tail that was cut off is missed.
ALTER TABLE claim ADD COLUMN entry_count BIGINT NOT NULL DEFAULT 0;
ALTER TABLE claim ADD COLUMN account_hash TEXT NOT NULL DEFAULT '';
ALTER TABLE claim ADD COLUMN booked_until TIMESTAMPTZ;
UPDATE claim SET
    entry_count = (SELECT COUNT(*) FROM entry
        WHERE entry.tenant_id = claim.tenant_id AND entry.claim_id = claim.claim_id),
    booked_until = (SELECT MAX(booked_at) FROM entry
        WHERE entry.tenant_id = claim.tenant_id AND entry.claim_id = claim.claim_id);

-- An entry rests on the one before it. After the row, so that COPY stays as fast as it is, and never for
-- the first entry, which is all that most claims of an import have.
-- postgres:
CREATE TRIGGER entry_append_only BEFORE UPDATE OR DELETE ON entry
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE FUNCTION refuse_break() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM entry AS before
        WHERE before.tenant_id = NEW.tenant_id AND before.claim_id = NEW.claim_id
        AND before.sequence = NEW.sequence - 1 AND before.hash IN ('', NEW.previous_hash)) THEN
        RAISE EXCEPTION 'an entry follows the one before it';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER entry_in_order AFTER INSERT ON entry
    FOR EACH ROW WHEN (NEW.sequence > 1) EXECUTE FUNCTION refuse_break();
-- end
-- sqlite:
CREATE TRIGGER entry_no_update BEFORE UPDATE ON entry BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER entry_no_delete BEFORE DELETE ON entry BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER entry_in_order AFTER INSERT ON entry WHEN NEW.sequence > 1 AND NOT EXISTS (SELECT 1 FROM entry AS before WHERE before.tenant_id = NEW.tenant_id AND before.claim_id = NEW.claim_id AND before.sequence = NEW.sequence - 1 AND before.hash IN ('', NEW.previous_hash)) BEGIN SELECT RAISE(ABORT, 'an entry follows the one before it'); END;
-- end
