-- For how many days what sensors observed is kept; NULL: for ever, as it was in a database in which retention has begun: nothing goes by
-- surprise. Up to when it is gone.
ALTER TABLE retention ADD COLUMN observations INTEGER DEFAULT 730 CHECK (observations BETWEEN 1 AND 36500);
ALTER TABLE retention ADD COLUMN observed_at INTEGER;
UPDATE retention SET observations = NULL WHERE begins_at IS NULL AND EXISTS (SELECT 1 FROM observations);
