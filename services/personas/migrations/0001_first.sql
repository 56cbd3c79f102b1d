-- Assignments to the typology, recorded features, stated preferences.

-- Debtors to be looked at (again). `generation` grows with each reason: a debtor leaves the list only if
-- no new one came meanwhile.
CREATE TABLE pending (
    tenant_id TEXT NOT NULL,
    debtor_id TEXT NOT NULL,
    generation BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, debtor_id)
);

-- Every assignment that was ever made; `current` marks the one in force. `content` is sealed.
CREATE TABLE assignment (
    tenant_id TEXT NOT NULL,
    debtor_id TEXT NOT NULL,
    version BIGINT NOT NULL,
    current BOOLEAN NOT NULL,
    model_version TEXT NOT NULL,
    content BYTEA NOT NULL,
    assigned_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (tenant_id, debtor_id, version)
);
CREATE INDEX assignment_in_force ON assignment (tenant_id, debtor_id) WHERE current;

-- Features that were recorded beside those of the intake; `value` is sealed.
CREATE TABLE feature (
    tenant_id TEXT NOT NULL,
    debtor_id TEXT NOT NULL,
    name TEXT NOT NULL,
    value BYTEA NOT NULL,
    observed_at TIMESTAMPTZ NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (tenant_id, debtor_id, name)
);

-- How people want to be spoken to, as they stated it; `content` is sealed.
CREATE TABLE preference (
    tenant_id TEXT NOT NULL,
    debtor_id TEXT NOT NULL,
    content BYTEA NOT NULL,
    stated_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (tenant_id, debtor_id)
);
