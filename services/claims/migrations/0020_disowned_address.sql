-- Addresses and numbers whose reader said that they are not the debtor's, as blind indexes: nobody of the
-- tenant is contacted there, for whichever debtor the address is held.
CREATE TABLE disowned_address (
    tenant_id TEXT NOT NULL,
    address_hash TEXT NOT NULL,
    debtor_id TEXT NOT NULL,
    disowned_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (tenant_id, address_hash, debtor_id)
);
