-- What stays as fast as it is while the tables grow. PostgreSQL has its own indexes for it.
-- sqlite:
-- One process sends all partitions in one order.
CREATE INDEX outbox_waiting ON outbox (sequence) WHERE sent_at IS NULL;
-- What is purged is found by its age.
CREATE INDEX request_age ON request (created_at);
CREATE INDEX inbox_age ON inbox (handled_at);
CREATE INDEX outbox_age ON outbox (occurred_at);
-- end
