-- The decision log is read as an outbox; up to where it was handed on stands here. What is in it already went
-- out through the outbox of before.
CREATE TABLE decision_carried (
    tenant_id TEXT NOT NULL,
    sequence BIGINT NOT NULL,
    PRIMARY KEY (tenant_id)
);
-- postgres:
-- Row-level security holds for the owner, too; it is forced again once all migrations are done.
ALTER TABLE decision_chain NO FORCE ROW LEVEL SECURITY;
-- end
INSERT INTO decision_carried (tenant_id, sequence) SELECT tenant_id, length FROM decision_chain;

-- postgres:
CREATE POLICY system ON decision TO kulanz_experimentation_system USING (true);
CREATE POLICY system ON decision_chain TO kulanz_experimentation_system USING (true);
CREATE POLICY system ON decision_carried TO kulanz_experimentation_system USING (true) WITH CHECK (true);
GRANT SELECT ON decision TO kulanz_experimentation_system;
GRANT SELECT (tenant_id, length) ON decision_chain TO kulanz_experimentation_system;
GRANT SELECT, INSERT, UPDATE ON decision_carried TO kulanz_experimentation_system;
-- end
