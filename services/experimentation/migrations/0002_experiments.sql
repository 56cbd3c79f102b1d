-- Who is in which experiment since when, and what that came to.

ALTER TABLE experiment ADD COLUMN stop_reason TEXT NOT NULL DEFAULT '';

-- A stamp that grows with every change of a tenant's experiments: who keeps them in memory compares it.
-- Its row lock puts the changes into one order.
CREATE TABLE experiment_stamp (
    tenant_id TEXT NOT NULL,
    stamp BIGINT NOT NULL,
    PRIMARY KEY (tenant_id)
);

-- The first time that a person was given an arm. `covariate` is what was predicted before; `counted` is
-- what the sums hold of the person, `stale` that something has happened since, `matured` in which of the
-- sums it stands.
CREATE TABLE exposure (
    tenant_id TEXT NOT NULL,
    experiment_id TEXT NOT NULL,
    debtor_id TEXT NOT NULL,
    arm TEXT NOT NULL,
    bucket_version BIGINT NOT NULL,
    exposed_at TIMESTAMPTZ NOT NULL,
    covariate DOUBLE PRECISION,
    stale BOOLEAN NOT NULL,
    matured BOOLEAN NOT NULL,
    counted TEXT,
    PRIMARY KEY (tenant_id, experiment_id, debtor_id)
);
CREATE INDEX exposure_by_debtor ON exposure (tenant_id, debtor_id);
CREATE INDEX exposure_stale ON exposure (tenant_id, experiment_id, debtor_id) WHERE stale;
CREATE INDEX exposure_immature ON exposure (tenant_id, experiment_id, exposed_at) WHERE NOT matured;

-- Counts, sums, squares and products over the people of each arm.
CREATE TABLE experiment_sums (
    tenant_id TEXT NOT NULL,
    experiment_id TEXT NOT NULL,
    sums TEXT NOT NULL,
    PRIMARY KEY (tenant_id, experiment_id)
);
