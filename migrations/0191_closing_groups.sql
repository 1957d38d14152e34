-- That a group is to be removed with everything in it: what is left of that is done by itself, also after a start.
ALTER TABLE groups ADD COLUMN closing_at INTEGER;
