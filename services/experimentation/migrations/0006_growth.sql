-- The night reads what was carried out in the order of decisions.
CREATE INDEX contact_by_decision ON contact (tenant_id, decision_id, sent_at);
