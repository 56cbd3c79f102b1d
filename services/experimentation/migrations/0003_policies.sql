-- Policies as files, what they are to reach, and what a decision rested on beside what was known.

-- The table held another kind of policy, which nothing reads any more; decisions keep naming its versions.
DROP TABLE policy;

-- Versions of policies. The content never changes, so that every logged decision can be replayed.
CREATE TABLE policy_version (
    tenant_id TEXT NOT NULL,
    policy_id TEXT NOT NULL,
    key TEXT NOT NULL,
    number BIGINT NOT NULL,
    version TEXT NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    description TEXT NOT NULL,
    feature_version TEXT NOT NULL,
    share DOUBLE PRECISION NOT NULL,
    health TEXT NOT NULL,
    content BYTEA NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (tenant_id, policy_id),
    UNIQUE (tenant_id, key, number)
);

-- What a policy is to reach, and a stamp that grows with every change of anything that decides: who
-- keeps policies in memory compares it.
CREATE TABLE policy_aim (
    tenant_id TEXT NOT NULL,
    key TEXT NOT NULL,
    goals TEXT NOT NULL,
    stamp BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, key)
);

-- Spaces of actions by the hash of their factors and levels: few, and the same in very many decisions.
CREATE TABLE action_space (
    tenant_id TEXT NOT NULL,
    space_hash TEXT NOT NULL,
    factors TEXT NOT NULL,
    PRIMARY KEY (tenant_id, space_hash)
);

ALTER TABLE decision ADD COLUMN terms TEXT NOT NULL DEFAULT '{}';
ALTER TABLE decision ADD COLUMN feature_version TEXT NOT NULL DEFAULT '';
ALTER TABLE decision ADD COLUMN draw INTEGER;
ALTER TABLE decision ADD COLUMN deviations TEXT NOT NULL DEFAULT '{}';
