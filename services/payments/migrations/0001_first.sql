-- Payments, what is agreed about them, and the money ledger.

-- A claim as far as matching needs it. What is owed is claims' to say and is asked each time.
CREATE TABLE receivable (
    tenant_id TEXT NOT NULL,
    claim_id TEXT NOT NULL,
    debtor_id TEXT NOT NULL,
    creditor_id TEXT NOT NULL,
    currency TEXT NOT NULL,
    principal BIGINT NOT NULL,
    case_reference TEXT NOT NULL,
    reference_key TEXT NOT NULL,
    reference_length BIGINT NOT NULL,
    creditor_reference TEXT NOT NULL,
    opened_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (tenant_id, claim_id)
);
-- Not unique: where two claims share a reference by chance, a person decides between them.
CREATE INDEX receivable_creditor_reference ON receivable (tenant_id, creditor_reference);
CREATE INDEX receivable_reference ON receivable (tenant_id, reference_key);
CREATE INDEX receivable_length ON receivable (tenant_id, reference_length);
CREATE INDEX receivable_debtor ON receivable (tenant_id, debtor_id);

-- What claims last told about a claim, each fact with the version it came with: events come in any
-- order. The balance is a hint for matching and nothing else.
CREATE TABLE claim_fact (
    tenant_id TEXT NOT NULL,
    claim_id TEXT NOT NULL,
    state TEXT NOT NULL,
    state_version BIGINT NOT NULL,
    balance BIGINT,
    balance_version BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, claim_id)
);

-- A binding offer. The options are kept as they were offered.
CREATE TABLE quote (
    tenant_id TEXT NOT NULL,
    quote_id TEXT NOT NULL,
    claim_id TEXT NOT NULL,
    debtor_id TEXT NOT NULL,
    creditor_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    currency TEXT NOT NULL,
    options TEXT NOT NULL,
    fixed_debt BIGINT NOT NULL,
    credits BIGINT NOT NULL,
    payment_reference TEXT NOT NULL,
    cost_notice TEXT NOT NULL,
    cost_notice_hash TEXT NOT NULL,
    refusal TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    valid_until TIMESTAMPTZ NOT NULL,
    notice_confirmed_at TIMESTAMPTZ,
    notice_confirmed_by TEXT,
    notice_shown_on TEXT,
    accepted_at TIMESTAMPTZ,
    PRIMARY KEY (tenant_id, quote_id)
);

CREATE TABLE arrangement (
    tenant_id TEXT NOT NULL,
    arrangement_id TEXT NOT NULL,
    claim_id TEXT NOT NULL,
    debtor_id TEXT NOT NULL,
    creditor_id TEXT NOT NULL,
    quote_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    currency TEXT NOT NULL,
    total BIGINT NOT NULL,
    arrangement_cost BIGINT NOT NULL,
    payment_reference TEXT NOT NULL,
    accepted_at TIMESTAMPTZ NOT NULL,
    accepted_by TEXT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, arrangement_id),
    UNIQUE (tenant_id, quote_id)
);
-- At most one running arrangement per claim, however many ask at once.
CREATE UNIQUE INDEX arrangement_running ON arrangement (tenant_id, claim_id)
    WHERE state IN ('active', 'overdue');

CREATE TABLE instalment (
    tenant_id TEXT NOT NULL,
    instalment_id TEXT NOT NULL,
    arrangement_id TEXT NOT NULL,
    number BIGINT NOT NULL,
    due_on DATE NOT NULL,
    amount BIGINT NOT NULL,
    paid BIGINT NOT NULL,
    state TEXT NOT NULL,
    PRIMARY KEY (tenant_id, instalment_id),
    UNIQUE (tenant_id, arrangement_id, number)
);

CREATE TABLE promise (
    tenant_id TEXT NOT NULL,
    promise_id TEXT NOT NULL,
    claim_id TEXT NOT NULL,
    debtor_id TEXT NOT NULL,
    creditor_id TEXT NOT NULL,
    currency TEXT NOT NULL,
    amount BIGINT NOT NULL,
    received BIGINT NOT NULL,
    promised_on DATE NOT NULL,
    state TEXT NOT NULL,
    made_at TIMESTAMPTZ NOT NULL,
    made_by TEXT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, promise_id)
);
CREATE UNIQUE INDEX promise_waiting ON promise (tenant_id, claim_id) WHERE state = 'created';

-- arrangement_part is what of it filled instalments: a return takes exactly that back.
CREATE TABLE payment (
    tenant_id TEXT NOT NULL,
    payment_id TEXT NOT NULL,
    claim_id TEXT NOT NULL,
    debtor_id TEXT NOT NULL,
    creditor_id TEXT NOT NULL,
    currency TEXT NOT NULL,
    amount BIGINT NOT NULL,
    state TEXT NOT NULL,
    value_on DATE NOT NULL,
    method TEXT NOT NULL,
    bank_entry_id TEXT NOT NULL,
    arrangement_id TEXT,
    arrangement_part BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, payment_id)
);
CREATE INDEX payment_claim ON payment (tenant_id, claim_id, amount);

CREATE TABLE bank_statement (
    tenant_id TEXT NOT NULL,
    bank_statement_id TEXT NOT NULL,
    iban TEXT NOT NULL,
    statement_reference TEXT NOT NULL,
    message_id TEXT NOT NULL,
    currency TEXT NOT NULL,
    source TEXT NOT NULL,
    file_hash TEXT NOT NULL,
    imported_at TIMESTAMPTZ NOT NULL,
    imported_by TEXT NOT NULL,
    PRIMARY KEY (tenant_id, bank_statement_id)
);
CREATE INDEX bank_statement_reference ON bank_statement (tenant_id, iban, statement_reference);

-- One movement on the account. identity makes it happen once; details (name, account, text) are
-- sealed under sealed_for, the debtor once one is known.
CREATE TABLE bank_entry (
    tenant_id TEXT NOT NULL,
    bank_entry_id TEXT NOT NULL,
    bank_statement_id TEXT NOT NULL,
    identity TEXT NOT NULL,
    currency TEXT NOT NULL,
    amount BIGINT NOT NULL,
    returned_amount BIGINT NOT NULL,
    return_reason TEXT,
    booked_on DATE NOT NULL,
    value_on DATE NOT NULL,
    state TEXT NOT NULL,
    claim_id TEXT,
    payment_id TEXT,
    match_rule TEXT NOT NULL,
    match_score BIGINT NOT NULL,
    match_reasons TEXT NOT NULL,
    payer_index TEXT,
    end_to_end_index TEXT,
    sealed_for TEXT NOT NULL,
    details BYTEA NOT NULL,
    PRIMARY KEY (tenant_id, bank_entry_id),
    UNIQUE (tenant_id, identity)
);
CREATE INDEX bank_entry_state ON bank_entry (tenant_id, state, bank_entry_id);
CREATE INDEX bank_entry_payer ON bank_entry (tenant_id, payer_index);
CREATE INDEX bank_entry_end_to_end ON bank_entry (tenant_id, end_to_end_index);

-- Where a tenant's chain of transfers ends; its row lock puts postings into one order.
CREATE TABLE ledger_head (
    tenant_id TEXT NOT NULL,
    currency TEXT NOT NULL,
    sequence BIGINT NOT NULL,
    digest BYTEA NOT NULL,
    PRIMARY KEY (tenant_id, currency)
);

-- Double entry, append-only: corrected by further transfers, never changed.
CREATE TABLE transfer (
    tenant_id TEXT NOT NULL,
    key TEXT NOT NULL,
    sequence BIGINT NOT NULL,
    debit TEXT NOT NULL,
    credit TEXT NOT NULL,
    currency TEXT NOT NULL,
    amount BIGINT NOT NULL CHECK (amount > 0),
    claim_id TEXT,
    effective_on DATE NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL,
    digest BYTEA NOT NULL,
    PRIMARY KEY (tenant_id, key),
    UNIQUE (tenant_id, currency, sequence),
    CHECK (debit <> credit)
);
-- postgres:
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'transfers are never changed or removed';
END;
$$;
CREATE TRIGGER transfer_append_only BEFORE UPDATE OR DELETE ON transfer
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER transfer_no_truncate BEFORE TRUNCATE ON transfer
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
-- end
-- sqlite:
CREATE TRIGGER transfer_no_update BEFORE UPDATE ON transfer BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER transfer_no_delete BEFORE DELETE ON transfer BEGIN SELECT RAISE(ABORT, 'append-only'); END;
-- end
