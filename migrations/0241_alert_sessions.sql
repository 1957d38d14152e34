-- In which session a browser was asked to show alerts: it shows them for as long as that holds, so that who signs out there is told nothing more there.
-- NULL where a program with a token said so: then until it says otherwise.
ALTER TABLE alert_targets ADD COLUMN session_hash BLOB REFERENCES sessions (hash) ON DELETE CASCADE;
CREATE INDEX alert_targets_by_session ON alert_targets (session_hash);
