-- The development inbox is read by time: its newest entries, and what came since the last look.
CREATE INDEX inbox_entry_received ON inbox_entry (tenant_id, received_at);
