-- By when someone was asked to show something, none from before a day was named.
ALTER TABLE evidence_slot ADD COLUMN wanted_by DATE;
