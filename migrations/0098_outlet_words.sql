-- Of which region the event is that an outlet's broker may retain at a topic, and when it happened: cleared once it is not for the readers
-- of that broker any more. Of events published before nothing is known, and they are cleared once.
ALTER TABLE outlet_topics ADD COLUMN region_id BLOB;
ALTER TABLE outlet_topics ADD COLUMN crossed_at INTEGER;
