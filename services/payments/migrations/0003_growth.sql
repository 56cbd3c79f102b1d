-- A claim's arrangements and promises, whatever their state.
CREATE INDEX arrangement_claim ON arrangement (tenant_id, claim_id);
CREATE INDEX promise_claim ON promise (tenant_id, claim_id);
