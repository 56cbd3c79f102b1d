-- The address to which a message was handed over, as a blind index: what a receipt says about it
-- finds the address without opening anything.
ALTER TABLE message ADD COLUMN address_index TEXT NOT NULL DEFAULT '';
CREATE INDEX message_by_address ON message (tenant_id, address_index) WHERE address_index <> '';

-- Whether the law or someone who acts for the person shields her: only help, no pressure.
ALTER TABLE person ADD COLUMN protected BOOLEAN NOT NULL DEFAULT FALSE;
-- Since when nothing about the person may be kept; the row stays so that no later event brings her back.
ALTER TABLE person ADD COLUMN erased_at TIMESTAMPTZ;
-- How many suppressions of her addresses outlived the erasure.
ALTER TABLE person ADD COLUMN kept_suppressions BIGINT NOT NULL DEFAULT 0;
