-- Addresses of creditors' systems. Secrets are not kept: each is derived from the master key, the
-- endpoint's id and the generation.
CREATE TABLE webhook_endpoint (
    tenant_id TEXT NOT NULL,
    webhook_endpoint_id TEXT NOT NULL,
    creditor_id TEXT,
    url TEXT NOT NULL,
    event_types TEXT NOT NULL,
    generation BIGINT NOT NULL,
    rotated_at TIMESTAMPTZ,
    paused BOOLEAN NOT NULL,
    paused_reason TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (tenant_id, webhook_endpoint_id)
);

-- Messages to them, written in the transaction of what they tell.
CREATE TABLE webhook_delivery (
    tenant_id TEXT NOT NULL,
    webhook_delivery_id TEXT NOT NULL,
    webhook_endpoint_id TEXT NOT NULL,
    event_type TEXT NOT NULL,
    body TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    last_error TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    next_attempt_at TIMESTAMPTZ,
    PRIMARY KEY (tenant_id, webhook_delivery_id)
);
CREATE INDEX webhook_delivery_pending ON webhook_delivery (tenant_id, webhook_endpoint_id, next_attempt_at)
    WHERE state = 'pending';
CREATE INDEX webhook_delivery_of ON webhook_delivery (tenant_id, webhook_endpoint_id, state, created_at);

-- To whom a claim was assigned (§ 398 BGB), as the debtor is told (§ 409 BGB).
CREATE TABLE assignment (
    tenant_id TEXT NOT NULL,
    claim_id TEXT NOT NULL,
    buyer_name TEXT NOT NULL,
    assigned_on DATE NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (tenant_id, claim_id)
);

-- What suspends, restarts or replaces a claim's period of limitation. fact_id is what it came from where
-- another service told it: an arrangement is noted once.
CREATE TABLE limitation_fact (
    tenant_id TEXT NOT NULL,
    claim_id TEXT NOT NULL,
    fact_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    from_date DATE NOT NULL,
    to_date DATE,
    served_date DATE,
    evidence TEXT NOT NULL,
    actor TEXT NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (tenant_id, claim_id, fact_id)
);

-- The last day of the period by the facts known, and the next day on which it has to be looked at: an
-- alarm ahead or the day after it ended.
ALTER TABLE claim ADD COLUMN limitation_expires_on DATE;
ALTER TABLE claim ADD COLUMN limitation_look_on DATE;
CREATE INDEX claim_limitation ON claim (tenant_id, limitation_look_on) WHERE limitation_look_on IS NOT NULL;

-- The order in which movements are told. A number taken while writing says nothing about who commits
-- first; the number of the transaction does, once nothing older is in progress. On SQLite one writer at a
-- time makes the rowid such an order.
-- postgres:
ALTER TABLE entry
    ADD COLUMN recorded_in BIGINT NOT NULL DEFAULT (pg_current_xact_id()::text::bigint),
    ADD COLUMN place BIGINT GENERATED ALWAYS AS IDENTITY;
CREATE INDEX entry_recorded ON entry (tenant_id, recorded_in, place);
ALTER TABLE state_change
    ADD COLUMN recorded_in BIGINT NOT NULL DEFAULT (pg_current_xact_id()::text::bigint),
    ADD COLUMN place BIGINT GENERATED ALWAYS AS IDENTITY;
CREATE INDEX state_change_recorded ON state_change (tenant_id, recorded_in, place);
-- end
