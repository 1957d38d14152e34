-- So that friends can tell their sessions apart and end one: a handle that is no secret, when a session was last used (to the hour), and from where
-- (a range of addresses) and with which browser it began. Those who are signed in stay so. Tokens say when they were last used, too.
ALTER TABLE sessions ADD COLUMN id BLOB NOT NULL DEFAULT x'';
ALTER TABLE sessions ADD COLUMN used_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN place TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN browser TEXT NOT NULL DEFAULT '';
UPDATE sessions SET id = randomblob(16), used_at = started_at;
CREATE UNIQUE INDEX sessions_by_id ON sessions (id);
ALTER TABLE tokens ADD COLUMN used_at INTEGER;
