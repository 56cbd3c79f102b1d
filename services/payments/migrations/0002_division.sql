-- Payments that the law divides, and transfers that wait for their claim.

-- What of an entry exceeds everything that was open is owed back to its payer; undone_by is the entry
-- that took this one back; waits_for is the debtor whose account claims must bring up to date before the
-- entry is divided.
ALTER TABLE bank_entry ADD COLUMN overpaid BIGINT NOT NULL DEFAULT 0;
ALTER TABLE bank_entry ADD COLUMN undone_by TEXT;
ALTER TABLE bank_entry ADD COLUMN waits_for TEXT;
CREATE INDEX bank_entry_waits ON bank_entry (tenant_id, waits_for) WHERE waits_for IS NOT NULL;
CREATE INDEX bank_entry_sealed_for ON bank_entry (tenant_id, sealed_for);

-- told is the version of the payment that claims has answered with a balance: 1 once it counts, 2 once its
-- return does. What was there before counts as told.
ALTER TABLE payment ADD COLUMN told BIGINT NOT NULL DEFAULT 2;
CREATE INDEX payment_debtor ON payment (tenant_id, debtor_id, creditor_id);
CREATE INDEX payment_entry ON payment (tenant_id, bank_entry_id);

-- What of a claim's money stands on the account of what is owed back to payers.
ALTER TABLE claim_fact ADD COLUMN refundable BIGINT NOT NULL DEFAULT 0;

CREATE INDEX quote_debtor ON quote (tenant_id, debtor_id);
CREATE INDEX arrangement_debtor ON arrangement (tenant_id, debtor_id);
CREATE INDEX promise_debtor ON promise (tenant_id, debtor_id);
CREATE INDEX transfer_claim ON transfer (tenant_id, claim_id);

-- By what a claim that comes in later finds the entry that waits for it: blind indexes of the references
-- that the entry may carry. Gone once the entry waits no more.
CREATE TABLE bank_entry_clue (
    tenant_id TEXT NOT NULL,
    clue TEXT NOT NULL,
    bank_entry_id TEXT NOT NULL,
    PRIMARY KEY (tenant_id, clue, bank_entry_id)
);
CREATE INDEX bank_entry_clue_entry ON bank_entry_clue (tenant_id, bank_entry_id);
