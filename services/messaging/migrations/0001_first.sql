-- What is known about a person beside the contact points. Nothing here names or reaches the person.
CREATE TABLE person (
    tenant_id TEXT NOT NULL,
    debtor_id TEXT NOT NULL,
    company BOOLEAN NOT NULL,
    language TEXT NOT NULL,
    form_of_address TEXT NOT NULL,
    personas TEXT NOT NULL,
    propensity DOUBLE PRECISION,
    opted_out BOOLEAN NOT NULL,
    portal_seen BOOLEAN NOT NULL,
    paused_until TIMESTAMPTZ,
    updated_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (tenant_id, debtor_id)
);

-- Addresses and numbers, sealed; equality by blind index.
CREATE TABLE contact_point (
    tenant_id TEXT NOT NULL,
    contact_point_id TEXT NOT NULL,
    debtor_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    blind_index TEXT NOT NULL,
    sealed BYTEA NOT NULL,
    state TEXT NOT NULL,
    rank BIGINT NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (tenant_id, contact_point_id),
    UNIQUE (tenant_id, debtor_id, kind, blind_index)
);

-- Addresses that nobody of the tenant may use, for any debtor.
CREATE TABLE suppression (
    tenant_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    blind_index TEXT NOT NULL,
    reason TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (tenant_id, kind, blind_index)
);

CREATE TABLE contact_preference (
    tenant_id TEXT NOT NULL,
    debtor_id TEXT NOT NULL,
    preferred TEXT NOT NULL,
    refused TEXT NOT NULL,
    consented TEXT NOT NULL,
    from_hour BIGINT,
    until_hour BIGINT,
    paused_until DATE,
    updated_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (tenant_id, debtor_id)
);

-- What messaging remembers of a claim: whether its first notice went out, and what the person did.
CREATE TABLE claim_mark (
    tenant_id TEXT NOT NULL,
    claim_id TEXT NOT NULL,
    debtor_id TEXT NOT NULL,
    notified_at TIMESTAMPTZ,
    paid_at TIMESTAMPTZ,
    arranged BOOLEAN NOT NULL,
    promised_on DATE,
    PRIMARY KEY (tenant_id, claim_id)
);

-- Messages; subject and body are sealed. cause makes one message per event that causes it.
CREATE TABLE message (
    tenant_id TEXT NOT NULL,
    message_id TEXT NOT NULL,
    debtor_id TEXT NOT NULL,
    claim_ids TEXT NOT NULL,
    channel TEXT NOT NULL,
    class TEXT NOT NULL,
    topic TEXT NOT NULL,
    state TEXT NOT NULL,
    state_reason TEXT NOT NULL,
    treatment TEXT NOT NULL,
    language TEXT NOT NULL,
    decision_id TEXT,
    cause TEXT NOT NULL,
    facts TEXT NOT NULL,
    sealed BYTEA,
    blocks TEXT NOT NULL,
    evidence_hash TEXT NOT NULL,
    code TEXT,
    scheduled_at TIMESTAMPTZ NOT NULL,
    sent_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, message_id),
    UNIQUE (tenant_id, cause),
    UNIQUE (tenant_id, code)
);
CREATE INDEX message_by_debtor ON message (tenant_id, debtor_id, message_id);

-- Every receipt as it came, once.
CREATE TABLE receipt (
    tenant_id TEXT NOT NULL,
    message_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    provider_code TEXT NOT NULL,
    occurred_at TIMESTAMPTZ NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (tenant_id, message_id, kind, provider_code, occurred_at)
);

-- What the development inbox received: one entry per message, however often it is handed over.
CREATE TABLE inbox_entry (
    tenant_id TEXT NOT NULL,
    message_id TEXT NOT NULL,
    debtor_id TEXT NOT NULL,
    channel TEXT NOT NULL,
    sealed BYTEA NOT NULL,
    received_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (tenant_id, message_id)
);

-- Blocks written by the tenant; usable once somebody else than the author approved them.
CREATE TABLE block (
    tenant_id TEXT NOT NULL,
    block_id TEXT NOT NULL,
    slot TEXT NOT NULL,
    language TEXT NOT NULL,
    channels TEXT NOT NULL,
    levels TEXT NOT NULL,
    body TEXT NOT NULL,
    state TEXT NOT NULL,
    author TEXT NOT NULL,
    approved_by TEXT NOT NULL,
    approved_at TIMESTAMPTZ,
    version BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, block_id)
);

-- Which tenants an authenticity code may belong to. It names no tenant_id column on purpose: a
-- public call reads it before it knows the tenant.
CREATE TABLE tenant_tag (
    tag TEXT NOT NULL,
    owner TEXT NOT NULL,
    PRIMARY KEY (tag, owner)
);
-- postgres:
GRANT SELECT, INSERT ON tenant_tag TO kulanz_messaging;
-- end
