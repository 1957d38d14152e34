-- Regions, and the history of who entered and left them.
CREATE TABLE regions (
    id         BLOB NOT NULL PRIMARY KEY,
    group_id   BLOB NOT NULL REFERENCES groups (id),
    name       TEXT NOT NULL,
    area       TEXT NOT NULL,                                 -- JSON: circle or polygon
    demo       INTEGER NOT NULL DEFAULT 0 CHECK (demo IN (0, 1)),
    changed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX regions_by_group ON regions (group_id);

-- A region may be gone while its history stays, so region_id refers to nothing and the name stands beside it.
CREATE TABLE transitions (
    id          BLOB NOT NULL PRIMARY KEY,
    group_id    BLOB NOT NULL REFERENCES groups (id),
    friend_id   BLOB NOT NULL REFERENCES friends (id) ON DELETE CASCADE,
    device_id   BLOB NOT NULL REFERENCES devices (id) ON DELETE CASCADE,
    region_id   BLOB NOT NULL,
    region_name TEXT NOT NULL,
    kind        TEXT NOT NULL CHECK (kind IN ('enter', 'leave')),
    at          INTEGER NOT NULL,
    decided_at  INTEGER NOT NULL,
    learnt_at   INTEGER NOT NULL,
    witness     TEXT NOT NULL CHECK (witness IN ('server', 'phone', 'both', 'conflict')),
    evidence    TEXT NOT NULL,                                -- JSON
    stay_ms     INTEGER,                                      -- with a leave: how long the stay was
    demo        INTEGER NOT NULL DEFAULT 0 CHECK (demo IN (0, 1)),
    UNIQUE (friend_id, device_id, region_id, kind, at)
) STRICT, WITHOUT ROWID;
CREATE INDEX transitions_by_group ON transitions (group_id, at, id);
CREATE INDEX transitions_by_time ON transitions (at, id);
CREATE INDEX transitions_by_device ON transitions (device_id);

-- What phones said of themselves, kept as witnesses whether or not we know the region they mean.
CREATE TABLE claims (
    device_id   BLOB NOT NULL REFERENCES devices (id) ON DELETE CASCADE,
    at          INTEGER NOT NULL,
    kind        TEXT NOT NULL CHECK (kind IN ('enter', 'leave')),
    description TEXT NOT NULL,
    rid         TEXT,
    waypoint_at INTEGER,
    region_id   BLOB,
    lat         REAL,
    lon         REAL,
    accuracy_m  REAL,
    received_at INTEGER NOT NULL,
    PRIMARY KEY (device_id, at, kind, description)
) STRICT, WITHOUT ROWID;
