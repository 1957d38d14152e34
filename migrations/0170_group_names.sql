-- A group may be called otherwise than at first. In the topics of devices it stays what it was, so that phones go on reporting where they do; no other
-- group can be called that.
ALTER TABLE groups ADD COLUMN level TEXT;                     -- as it stands in topics; NULL: as it is called
ALTER TABLE groups ADD COLUMN level_key TEXT;                 -- domain::fold of it
-- The group is no more, and its name is free; what was in it stays where it is, for nobody to see.
ALTER TABLE groups ADD COLUMN closed_at INTEGER;              -- NULL: it is
