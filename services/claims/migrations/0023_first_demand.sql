-- Which messages asked for the claim for the first time: when they reached the debtor as far as can be known, whether
-- they said that the fee of collection will rise (note 2 to Nr. 2300 VV RVG), and whether they came back.
ALTER TABLE contact ADD COLUMN demanded_on DATE;
ALTER TABLE contact ADD COLUMN rises BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE contact ADD COLUMN failed BOOLEAN NOT NULL DEFAULT FALSE;
