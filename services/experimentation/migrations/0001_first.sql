-- Experiments, policies, the decision log and what came of decisions.

-- A definition is fixed once the experiment runs.
CREATE TABLE experiment (
    tenant_id TEXT NOT NULL,
    experiment_id TEXT NOT NULL,
    key TEXT NOT NULL,
    design TEXT NOT NULL,
    state TEXT NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    started_at TIMESTAMPTZ,
    stopped_at TIMESTAMPTZ,
    PRIMARY KEY (tenant_id, experiment_id),
    UNIQUE (tenant_id, key)
);

-- Versions of policies. The content never changes, so that every logged decision can be replayed.
CREATE TABLE policy (
    tenant_id TEXT NOT NULL,
    policy_id TEXT NOT NULL,
    key TEXT NOT NULL,
    number BIGINT NOT NULL,
    version TEXT NOT NULL,
    state TEXT NOT NULL,
    content TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (tenant_id, policy_id),
    UNIQUE (tenant_id, key, number)
);

-- Where a tenant's chain of decisions ends; its row lock puts decisions into one order.
CREATE TABLE decision_chain (
    tenant_id TEXT NOT NULL,
    length BIGINT NOT NULL,
    head TEXT NOT NULL,
    PRIMARY KEY (tenant_id)
);

-- The decision log: append-only, each row chained to the one before. `context` is sealed.
CREATE TABLE decision (
    tenant_id TEXT NOT NULL,
    decision_id TEXT NOT NULL,
    sequence BIGINT NOT NULL,
    debtor_id TEXT NOT NULL,
    policy_key TEXT NOT NULL,
    policy_version TEXT NOT NULL,
    fingerprint BYTEA NOT NULL,
    context BYTEA NOT NULL,
    context_hash TEXT NOT NULL,
    grid TEXT NOT NULL,
    origin TEXT NOT NULL,
    levels TEXT,
    joint_propensity DOUBLE PRECISION NOT NULL,
    null_propensity DOUBLE PRECISION NOT NULL,
    marginals TEXT NOT NULL,
    predicted TEXT NOT NULL,
    reasons TEXT NOT NULL,
    null_reason TEXT NOT NULL,
    reconsider_at TIMESTAMPTZ,
    claim_ids TEXT NOT NULL,
    decided_at TIMESTAMPTZ NOT NULL,
    chain_hash TEXT NOT NULL,
    PRIMARY KEY (tenant_id, decision_id),
    UNIQUE (tenant_id, sequence)
);
CREATE INDEX decision_by_debtor ON decision (tenant_id, debtor_id);

-- Messages that were sent because of a decision.
CREATE TABLE contact (
    tenant_id TEXT NOT NULL,
    message_id TEXT NOT NULL,
    decision_id TEXT NOT NULL,
    debtor_id TEXT NOT NULL,
    sent_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (tenant_id, message_id)
);
CREATE INDEX contact_by_debtor ON contact (tenant_id, debtor_id);

-- What happened. `source` names the fact itself, so that it is booked once; `about` names the payment,
-- promise or arrangement it belongs to: what follows from one is booked where its beginning was.
-- A `pinned` outcome was reported with its decision and never moves.
CREATE TABLE outcome (
    tenant_id TEXT NOT NULL,
    outcome_id TEXT NOT NULL,
    source TEXT NOT NULL,
    about TEXT NOT NULL,
    debtor_id TEXT NOT NULL,
    claim_id TEXT NOT NULL,
    decision_id TEXT,
    pinned BOOLEAN NOT NULL,
    kind TEXT NOT NULL,
    minor_units BIGINT NOT NULL,
    currency TEXT NOT NULL,
    occurred_at TIMESTAMPTZ NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (tenant_id, outcome_id),
    UNIQUE (tenant_id, source)
);
CREATE INDEX outcome_by_debtor ON outcome (tenant_id, debtor_id);
CREATE INDEX outcome_by_decision ON outcome (tenant_id, decision_id);

-- postgres:
CREATE FUNCTION decision_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the decision log is append-only';
END;
$$;
CREATE TRIGGER decision_is_append_only BEFORE UPDATE OR DELETE ON decision
    FOR EACH ROW EXECUTE FUNCTION decision_is_append_only();
-- end
-- sqlite:
CREATE TRIGGER decision_is_not_updated BEFORE UPDATE ON decision BEGIN SELECT RAISE(ABORT, 'the decision log is append-only'); END;
CREATE TRIGGER decision_is_not_deleted BEFORE DELETE ON decision BEGIN SELECT RAISE(ABORT, 'the decision log is append-only'); END;
-- end
