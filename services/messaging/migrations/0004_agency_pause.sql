-- The day up to which the agency leaves a person alone by its own decision, beside what the person wishes.
ALTER TABLE person ADD COLUMN agency_paused_until DATE;
