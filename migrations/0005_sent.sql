-- When the phone made the message a fix came in, by its own clock; NULL where it did not say.
ALTER TABLE fixes ADD COLUMN sent_at INTEGER;
