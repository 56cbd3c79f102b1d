-- Restrictions of processing (Art. 18 GDPR); the reasons are sealed.
CREATE TABLE restriction (
    tenant_id TEXT NOT NULL,
    restriction_id TEXT NOT NULL,
    debtor_id TEXT NOT NULL,
    reason BYTEA NOT NULL,
    restricted_at TIMESTAMPTZ NOT NULL,
    restricted_by TEXT NOT NULL,
    lifted_at TIMESTAMPTZ,
    lifted_by TEXT,
    lift_reason BYTEA,
    PRIMARY KEY (tenant_id, restriction_id)
);
CREATE INDEX restriction_debtor ON restriction (tenant_id, debtor_id);

-- Erasures (Art. 17 GDPR): for each person the services that were told, and what each had to keep.
-- `reason_index` proves which reason was given without telling it.
CREATE TABLE erasure (
    tenant_id TEXT NOT NULL,
    debtor_id TEXT NOT NULL,
    service TEXT NOT NULL,
    request_id TEXT NOT NULL,
    reason_index TEXT NOT NULL,
    ordered_by TEXT NOT NULL,
    ordered_at TIMESTAMPTZ NOT NULL,
    erased_at TIMESTAMPTZ,
    retained TEXT NOT NULL,
    PRIMARY KEY (tenant_id, debtor_id, service)
);

-- What staff wrote beside a step of a claim's history may name a person: an erasure empties it. Nothing
-- else of a step ever changes.
-- postgres:
DROP TRIGGER state_change_append_only ON state_change;
CREATE FUNCTION state_change_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.note = '' THEN
        OLD.note := '';
        IF NEW = OLD THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'the history of a claim is append-only';
END
$$;
CREATE TRIGGER state_change_is_kept BEFORE UPDATE OR DELETE ON state_change
    FOR EACH ROW EXECUTE FUNCTION state_change_is_kept();
-- end
-- sqlite:
DROP TRIGGER state_change_no_update;
CREATE TRIGGER state_change_no_update BEFORE UPDATE ON state_change WHEN NOT (NEW.note = '' AND NEW.tenant_id = OLD.tenant_id AND NEW.claim_id = OLD.claim_id AND NEW.version = OLD.version AND NEW.from_state IS OLD.from_state AND NEW.to_state = OLD.to_state AND NEW.changed_at = OLD.changed_at AND NEW.actor = OLD.actor AND NEW.reason = OLD.reason AND NEW.context = OLD.context) BEGIN SELECT RAISE(ABORT, 'append-only'); END;
-- end
