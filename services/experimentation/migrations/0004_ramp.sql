-- Which share of persons the promoted policy had when a decision was made; nothing while none was promoted.
ALTER TABLE decision ADD COLUMN policy_share DOUBLE PRECISION;

-- Contacts of the last weeks, for the prices of bounds.
CREATE INDEX contact_by_time ON contact (tenant_id, sent_at, message_id);
