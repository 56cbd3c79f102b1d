-- Personal data stands only in columns that hold sealed bytes (BYTEA); what is looked up by a personal
-- value is a keyed index of it (*_index).

CREATE TABLE tenant (
    tenant_id TEXT NOT NULL,
    profile TEXT NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (tenant_id)
);

CREATE TABLE creditor (
    tenant_id TEXT NOT NULL,
    creditor_id TEXT NOT NULL,
    external_ref TEXT,
    name TEXT NOT NULL,
    profile TEXT NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (tenant_id, creditor_id),
    UNIQUE (tenant_id, external_ref)
);

CREATE TABLE debtor (
    tenant_id TEXT NOT NULL,
    debtor_id TEXT NOT NULL,
    profile BYTEA NOT NULL,
    name_index TEXT NOT NULL,
    birth_index TEXT,
    person_index TEXT,
    state TEXT NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (tenant_id, debtor_id)
);
CREATE INDEX debtor_person ON debtor (tenant_id, person_index);

-- One customer number may stand for two people where a creditor mixed them up: they are kept apart.
CREATE TABLE debtor_number (
    tenant_id TEXT NOT NULL,
    creditor_id TEXT NOT NULL,
    customer_number TEXT NOT NULL,
    debtor_id TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (tenant_id, creditor_id, customer_number, debtor_id)
);
CREATE INDEX debtor_number_of ON debtor_number (tenant_id, debtor_id);

-- open_principal to waived are the account's snapshot after its last entry: with terms they give the
-- balance of any later day without reading the entries.
CREATE TABLE claim (
    tenant_id TEXT NOT NULL,
    claim_id TEXT NOT NULL,
    creditor_id TEXT NOT NULL,
    debtor_id TEXT NOT NULL,
    reference TEXT NOT NULL,
    case_reference TEXT NOT NULL,
    contract_subject TEXT NOT NULL,
    contract_date DATE,
    invoice_date DATE,
    due_date DATE NOT NULL,
    reminder_date DATE,
    consumer BOOLEAN NOT NULL,
    currency TEXT NOT NULL,
    principal BIGINT NOT NULL,
    terms TEXT NOT NULL,
    facts TEXT NOT NULL,
    content_index TEXT NOT NULL,
    import_id TEXT,
    state TEXT NOT NULL,
    closure TEXT,
    contacted BOOLEAN NOT NULL,
    open_principal BIGINT NOT NULL,
    open_costs BIGINT NOT NULL,
    interest_exact TEXT NOT NULL,
    interest_paid BIGINT NOT NULL,
    accrue_from DATE,
    overpaid BIGINT NOT NULL,
    waived BIGINT NOT NULL,
    credited BIGINT NOT NULL,
    views BIGINT NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (tenant_id, claim_id),
    UNIQUE (tenant_id, creditor_id, reference),
    UNIQUE (tenant_id, case_reference)
);
CREATE INDEX claim_debtor ON claim (tenant_id, debtor_id);
CREATE INDEX claim_import ON claim (tenant_id, import_id, debtor_id);

-- The claim account. Entries are added and never changed.
CREATE TABLE entry (
    tenant_id TEXT NOT NULL,
    claim_id TEXT NOT NULL,
    entry_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    value_date DATE NOT NULL,
    amount BIGINT NOT NULL,
    payment_id TEXT,
    norm TEXT NOT NULL,
    formula TEXT NOT NULL,
    actor TEXT NOT NULL,
    booked_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (tenant_id, claim_id, entry_id),
    UNIQUE (tenant_id, claim_id, kind, payment_id)
);

CREATE TABLE hold (
    tenant_id TEXT NOT NULL,
    hold_id TEXT NOT NULL,
    claim_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    reason TEXT NOT NULL,
    placed_at TIMESTAMPTZ NOT NULL,
    placed_by TEXT NOT NULL,
    expires_at TIMESTAMPTZ,
    released_at TIMESTAMPTZ,
    released_by TEXT,
    release_reason TEXT,
    PRIMARY KEY (tenant_id, hold_id)
);
CREATE INDEX hold_claim ON hold (tenant_id, claim_id);

CREATE TABLE state_change (
    tenant_id TEXT NOT NULL,
    claim_id TEXT NOT NULL,
    version BIGINT NOT NULL,
    from_state TEXT,
    to_state TEXT NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL,
    actor TEXT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (tenant_id, claim_id, version)
);

-- Arrangements and promises of a claim as payments reports them: running, or over.
CREATE TABLE arrangement (
    tenant_id TEXT NOT NULL,
    claim_id TEXT NOT NULL,
    arrangement_id TEXT NOT NULL,
    ended BOOLEAN NOT NULL,
    PRIMARY KEY (tenant_id, claim_id, arrangement_id)
);

-- Messages about a claim as messaging reports them.
CREATE TABLE contact (
    tenant_id TEXT NOT NULL,
    claim_id TEXT NOT NULL,
    message_id TEXT NOT NULL,
    sent_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (tenant_id, claim_id, message_id)
);

CREATE TABLE dispute (
    tenant_id TEXT NOT NULL,
    dispute_id TEXT NOT NULL,
    claim_id TEXT NOT NULL,
    debtor_id TEXT NOT NULL,
    hold_id TEXT NOT NULL,
    reason BIGINT NOT NULL,
    explanation BYTEA,
    disputed_amount BIGINT,
    state BIGINT NOT NULL,
    opened_at TIMESTAMPTZ NOT NULL,
    answer_by DATE NOT NULL,
    resolution BYTEA,
    resolved_at TIMESTAMPTZ,
    PRIMARY KEY (tenant_id, dispute_id)
);
CREATE INDEX dispute_claim ON dispute (tenant_id, claim_id);

-- What a person told us that silences claims: not me, already paid.
CREATE TABLE report (
    tenant_id TEXT NOT NULL,
    report_id TEXT NOT NULL,
    debtor_id TEXT NOT NULL,
    claim_id TEXT,
    kind TEXT NOT NULL,
    reason BIGINT NOT NULL,
    details BYTEA,
    reported_at TIMESTAMPTZ NOT NULL,
    answer_by DATE NOT NULL,
    actor TEXT NOT NULL,
    PRIMARY KEY (tenant_id, report_id)
);

CREATE TABLE access_link (
    tenant_id TEXT NOT NULL,
    link_id TEXT NOT NULL,
    debtor_id TEXT NOT NULL,
    claim_ids TEXT NOT NULL,
    purpose BIGINT NOT NULL,
    token_hash TEXT NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    failures BIGINT NOT NULL,
    openings BIGINT NOT NULL,
    revoked_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (tenant_id, link_id),
    UNIQUE (tenant_id, token_hash)
);

CREATE TABLE page_visit (
    tenant_id TEXT NOT NULL,
    debtor_id TEXT NOT NULL,
    page TEXT NOT NULL,
    visits BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, debtor_id, page)
);

CREATE TABLE import (
    tenant_id TEXT NOT NULL,
    import_id TEXT NOT NULL,
    request_id TEXT NOT NULL,
    creditor_id TEXT NOT NULL,
    source_name TEXT NOT NULL,
    dry_run BOOLEAN NOT NULL,
    state TEXT NOT NULL,
    accepted BIGINT NOT NULL,
    unchanged BIGINT NOT NULL,
    warned BIGINT NOT NULL,
    rejected BIGINT NOT NULL,
    claims BIGINT NOT NULL,
    debtors BIGINT NOT NULL,
    merged BIGINT NOT NULL,
    last_row BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    finished_at TIMESTAMPTZ,
    PRIMARY KEY (tenant_id, import_id),
    UNIQUE (tenant_id, request_id)
);

CREATE TABLE import_row (
    tenant_id TEXT NOT NULL,
    import_id TEXT NOT NULL,
    row_number BIGINT NOT NULL,
    reference TEXT NOT NULL,
    content_index TEXT NOT NULL,
    verdict TEXT NOT NULL,
    problems TEXT NOT NULL,
    PRIMARY KEY (tenant_id, import_id, row_number)
);
CREATE INDEX import_row_reference ON import_row (tenant_id, import_id, reference);

-- postgres:
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the claim account is append-only';
END
$$;
CREATE TRIGGER entry_append_only BEFORE UPDATE OR DELETE ON entry
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER state_change_append_only BEFORE UPDATE OR DELETE ON state_change
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
-- end
-- sqlite:
CREATE TRIGGER entry_no_update BEFORE UPDATE ON entry BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER entry_no_delete BEFORE DELETE ON entry BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER state_change_no_update BEFORE UPDATE ON state_change BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER state_change_no_delete BEFORE DELETE ON state_change BEGIN SELECT RAISE(ABORT, 'append-only'); END;
-- end
