-- What was believed and is not any more: it stays readable in its place in the history. An entry moves here from `transitions` in the
-- transaction in which the server learnt better.
CREATE TABLE superseded (
    id            BLOB NOT NULL PRIMARY KEY,
    group_id      BLOB NOT NULL REFERENCES groups (id),
    friend_id     BLOB NOT NULL REFERENCES friends (id) ON DELETE CASCADE,
    device_id     BLOB NOT NULL REFERENCES devices (id) ON DELETE CASCADE,
    region_id     BLOB NOT NULL,
    region_name   TEXT NOT NULL,
    kind          TEXT NOT NULL CHECK (kind IN ('enter', 'leave')),
    at            INTEGER NOT NULL,
    decided_at    INTEGER NOT NULL,
    learnt_at     INTEGER NOT NULL,
    witness       TEXT NOT NULL CHECK (witness IN ('server', 'phone', 'both', 'conflict')),
    evidence      TEXT NOT NULL,                              -- JSON
    stay_ms       INTEGER,
    demo          INTEGER NOT NULL DEFAULT 0 CHECK (demo IN (0, 1)),
    superseded_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX superseded_by_group ON superseded (group_id, at, id);
CREATE INDEX superseded_by_time ON superseded (at, id);
CREATE INDEX superseded_by_friend ON superseded (friend_id);
CREATE INDEX superseded_by_device ON superseded (device_id);
