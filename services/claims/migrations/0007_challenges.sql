-- Challenges with their evidence and questions, and the protection of people. What a person says, shows or
-- is told stands in sealed columns.

-- The id of the challenge, question or protection that placed a hold, none where a person did.
ALTER TABLE hold ADD COLUMN cause TEXT;
CREATE INDEX hold_cause ON hold (tenant_id, cause);

CREATE TABLE challenge (
    tenant_id TEXT NOT NULL,
    challenge_id TEXT NOT NULL,
    debtor_id TEXT NOT NULL,
    claim_id TEXT,
    kind TEXT NOT NULL,
    reason BIGINT NOT NULL,
    explanation BYTEA,
    details BYTEA,
    disputed_amount BIGINT,
    state TEXT NOT NULL,
    version BIGINT NOT NULL,
    opened_at TIMESTAMPTZ NOT NULL,
    opened_by TEXT NOT NULL,
    answer_by DATE NOT NULL,
    overdue BOOLEAN NOT NULL,
    resolution BYTEA,
    decided_at TIMESTAMPTZ,
    decided_by TEXT,
    decision_reason TEXT,
    PRIMARY KEY (tenant_id, challenge_id)
);
CREATE INDEX challenge_debtor ON challenge (tenant_id, debtor_id);

CREATE TABLE challenge_step (
    tenant_id TEXT NOT NULL,
    challenge_id TEXT NOT NULL,
    version BIGINT NOT NULL,
    from_state TEXT,
    to_state TEXT NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL,
    actor TEXT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (tenant_id, challenge_id, version)
);

-- What someone asked the person to show. The slots that each kind has by itself stand in the code.
CREATE TABLE evidence_slot (
    tenant_id TEXT NOT NULL,
    challenge_id TEXT NOT NULL,
    slot TEXT NOT NULL,
    wanted BYTEA NOT NULL,
    requested_at TIMESTAMPTZ NOT NULL,
    requested_by TEXT NOT NULL,
    PRIMARY KEY (tenant_id, challenge_id, slot)
);

CREATE TABLE evidence (
    tenant_id TEXT NOT NULL,
    evidence_id TEXT NOT NULL,
    challenge_id TEXT NOT NULL,
    debtor_id TEXT NOT NULL,
    slot TEXT NOT NULL,
    file_name BYTEA NOT NULL,
    media_type TEXT NOT NULL,
    size BIGINT NOT NULL,
    sha256 TEXT NOT NULL,
    uploaded_at TIMESTAMPTZ NOT NULL,
    uploaded_by TEXT NOT NULL,
    PRIMARY KEY (tenant_id, evidence_id)
);
CREATE INDEX evidence_challenge ON evidence (tenant_id, challenge_id);

CREATE TABLE evidence_piece (
    tenant_id TEXT NOT NULL,
    evidence_id TEXT NOT NULL,
    number BIGINT NOT NULL,
    bytes BYTEA NOT NULL,
    PRIMARY KEY (tenant_id, evidence_id, number)
);

CREATE TABLE question (
    tenant_id TEXT NOT NULL,
    question_id TEXT NOT NULL,
    claim_id TEXT NOT NULL,
    creditor_id TEXT NOT NULL,
    debtor_id TEXT NOT NULL,
    challenge_id TEXT,
    asked BYTEA NOT NULL,
    asked_at TIMESTAMPTZ NOT NULL,
    asked_by TEXT NOT NULL,
    answer_by DATE NOT NULL,
    overdue BOOLEAN NOT NULL,
    answer BYTEA,
    answered_at TIMESTAMPTZ,
    answered_by TEXT,
    PRIMARY KEY (tenant_id, question_id)
);
CREATE INDEX question_claim ON question (tenant_id, claim_id);
CREATE INDEX question_challenge ON question (tenant_id, challenge_id);

CREATE TABLE protection (
    tenant_id TEXT NOT NULL,
    protection_id TEXT NOT NULL,
    debtor_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    file_number BYTEA,
    representative BYTEA,
    protected_at TIMESTAMPTZ NOT NULL,
    protected_by TEXT NOT NULL,
    expires_at TIMESTAMPTZ,
    ended_at TIMESTAMPTZ,
    ended_by TEXT,
    end_reason TEXT,
    PRIMARY KEY (tenant_id, protection_id)
);
CREATE INDEX protection_debtor ON protection (tenant_id, debtor_id);

-- Disputes and reports become challenges under their own ids.
-- postgres:
ALTER TABLE dispute NO FORCE ROW LEVEL SECURITY;
ALTER TABLE report NO FORCE ROW LEVEL SECURITY;
ALTER TABLE hold NO FORCE ROW LEVEL SECURITY;
-- end
UPDATE hold SET cause = (
    SELECT dispute_id FROM dispute
    WHERE dispute.tenant_id = hold.tenant_id AND dispute.hold_id = hold.hold_id
);

INSERT INTO challenge (
    tenant_id, challenge_id, debtor_id, claim_id, kind, reason, explanation, disputed_amount, state,
    version, opened_at, opened_by, answer_by, overdue, resolution, decided_at
)
SELECT
    dispute.tenant_id, dispute_id, debtor_id, dispute.claim_id,
    CASE dispute.reason WHEN 6 THEN 'identity_theft' ELSE 'dispute' END,
    dispute.reason, explanation, disputed_amount,
    CASE state WHEN 2 THEN 'upheld' WHEN 3 THEN 'partly_upheld' WHEN 4 THEN 'rejected' ELSE 'received' END,
    1, opened_at, hold.placed_by, answer_by, FALSE, resolution, resolved_at
FROM dispute
JOIN hold ON hold.tenant_id = dispute.tenant_id AND hold.hold_id = dispute.hold_id;

INSERT INTO challenge (
    tenant_id, challenge_id, debtor_id, claim_id, kind, reason, details, state, version, opened_at,
    opened_by, answer_by, overdue
)
SELECT
    tenant_id, report_id, debtor_id, claim_id,
    CASE WHEN kind = 'wrong_person' AND reason = 5 THEN 'identity_theft' ELSE kind END,
    reason, details, 'received', 1, reported_at, actor, answer_by, FALSE
FROM report;

DROP TABLE dispute;
DROP TABLE report;
