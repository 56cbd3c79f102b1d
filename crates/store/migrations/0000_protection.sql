-- The audit log: who did what to what, and when. A record is written in the transaction of its effect,
-- without a place; the sealer gives it its place in the tenant's chain afterwards.
CREATE TABLE audit (
    tenant_id TEXT NOT NULL,
    record_id TEXT NOT NULL,
    sequence BIGINT,
    recorded_at TIMESTAMPTZ NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    facts TEXT NOT NULL,
    previous_hash TEXT,
    hash TEXT,
    PRIMARY KEY (tenant_id, record_id),
    UNIQUE (tenant_id, sequence)
);
CREATE INDEX audit_unsealed ON audit (tenant_id, recorded_at, record_id) WHERE sequence IS NULL;
CREATE INDEX audit_subject ON audit (tenant_id, subject_id, sequence);

-- postgres:
CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.sequence IS NULL AND NEW.sequence IS NOT NULL
        AND NEW.previous_hash IS NOT NULL AND NEW.hash IS NOT NULL
        AND (NEW.tenant_id, NEW.record_id, NEW.recorded_at, NEW.actor, NEW.action, NEW.subject_id, NEW.facts)
          = (OLD.tenant_id, OLD.record_id, OLD.recorded_at, OLD.actor, OLD.action, OLD.subject_id, OLD.facts)
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'the audit log is append-only';
END
$$;
CREATE TRIGGER audit_is_append_only BEFORE UPDATE OR DELETE ON audit
    FOR EACH ROW EXECUTE FUNCTION audit_is_append_only();
-- What is purged by age is found by a summary of each block, which costs the writers next to nothing.
CREATE INDEX request_age ON request USING brin (created_at);
CREATE INDEX inbox_age ON inbox USING brin (handled_at);
CREATE INDEX outbox_age ON outbox USING brin (occurred_at);
-- end
-- sqlite:
CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_is_only_sealed BEFORE UPDATE ON audit WHEN NOT (OLD.sequence IS NULL AND NEW.sequence IS NOT NULL AND NEW.previous_hash IS NOT NULL AND NEW.hash IS NOT NULL AND NEW.tenant_id = OLD.tenant_id AND NEW.record_id = OLD.record_id AND NEW.recorded_at = OLD.recorded_at AND NEW.actor = OLD.actor AND NEW.action = OLD.action AND NEW.subject_id = OLD.subject_id AND NEW.facts = OLD.facts) BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
-- end
