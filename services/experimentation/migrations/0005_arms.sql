-- Which arms of experiments applied to a decision: `key/arm`, several separated by commas.
ALTER TABLE decision ADD COLUMN experiment_arm TEXT NOT NULL DEFAULT '';
