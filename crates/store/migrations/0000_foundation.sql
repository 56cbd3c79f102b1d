-- Answers to requests, kept in the transaction of their effect.
CREATE TABLE request (
    tenant_id TEXT NOT NULL,
    request_id TEXT NOT NULL,
    fingerprint BYTEA NOT NULL,
    reply BYTEA,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (tenant_id, request_id)
);

-- A data key per debtor, wrapped by the service's master key; wrapped is NULL once it is destroyed.
CREATE TABLE data_key (
    tenant_id TEXT NOT NULL,
    debtor_id TEXT NOT NULL,
    wrapped BYTEA,
    created_at TIMESTAMPTZ NOT NULL,
    destroyed_at TIMESTAMPTZ,
    PRIMARY KEY (tenant_id, debtor_id)
);

-- Events of this service. The sequence orders them for the relay; it says nothing about commit order.
-- postgres:
CREATE TABLE outbox (
    sequence BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    event_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    partition_key TEXT NOT NULL,
    partition BIGINT NOT NULL,
    aggregate_version BIGINT NOT NULL,
    occurred_at TIMESTAMPTZ NOT NULL,
    traceparent TEXT NOT NULL,
    payload BYTEA NOT NULL,
    sent_at TIMESTAMPTZ
);
-- end
-- sqlite:
CREATE TABLE outbox (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant_id TEXT NOT NULL,
    event_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    partition_key TEXT NOT NULL,
    partition BIGINT NOT NULL,
    aggregate_version BIGINT NOT NULL,
    occurred_at TIMESTAMPTZ NOT NULL,
    traceparent TEXT NOT NULL,
    payload BYTEA NOT NULL,
    sent_at TIMESTAMPTZ
);
-- end
CREATE INDEX outbox_unsent ON outbox (partition, sequence) WHERE sent_at IS NULL;

-- Events of other services that this one has handled.
CREATE TABLE inbox (
    tenant_id TEXT NOT NULL,
    event_id TEXT NOT NULL,
    handled_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (tenant_id, event_id)
);

-- Events that this service could not handle, where no queue server keeps them.
CREATE TABLE dead_letter (
    tenant_id TEXT NOT NULL,
    event_id TEXT NOT NULL,
    producer TEXT NOT NULL,
    envelope BYTEA NOT NULL,
    attempts BIGINT NOT NULL,
    error TEXT NOT NULL,
    died_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (tenant_id, event_id)
);

-- What is to be done when business time reaches due_at. leased_until and retry_at are machine time.
CREATE TABLE due_work (
    tenant_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    work_id TEXT NOT NULL,
    due_at TIMESTAMPTZ NOT NULL,
    payload BYTEA NOT NULL,
    attempts BIGINT NOT NULL,
    dead BOOLEAN NOT NULL,
    leased_until TIMESTAMPTZ,
    leased_by TEXT,
    retry_at TIMESTAMPTZ,
    last_error TEXT,
    PRIMARY KEY (tenant_id, kind, key)
);
CREATE INDEX due_work_due ON due_work (due_at, work_id) WHERE NOT dead;
