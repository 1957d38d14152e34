-- What devices reported: the raw log, the positions read from it, and what is known of each device now.
CREATE TABLE messages (
    id          INTEGER PRIMARY KEY,
    received_at INTEGER NOT NULL,
    door        TEXT NOT NULL CHECK (door IN ('broker', 'bridge', 'http')),
    device_id   BLOB REFERENCES devices (id) ON DELETE CASCADE, -- NULL: of nobody we know
    topic       TEXT NOT NULL,
    retained    INTEGER NOT NULL CHECK (retained IN (0, 1)),
    payload     BLOB NOT NULL,
    verdict     TEXT NOT NULL,
    trouble     INTEGER NOT NULL CHECK (trouble IN (0, 1))
) STRICT;
CREATE INDEX messages_by_device ON messages (device_id);
CREATE INDEX messages_in_trouble ON messages (id) WHERE trouble = 1;

CREATE TABLE fixes (
    device_id    BLOB NOT NULL REFERENCES devices (id) ON DELETE CASCADE,
    at           INTEGER NOT NULL,
    received_at  INTEGER NOT NULL,
    lat          REAL NOT NULL,
    lon          REAL NOT NULL,
    accuracy_m   REAL,
    altitude_m   REAL,
    velocity_kmh REAL,
    course_deg   REAL,
    battery_pct  INTEGER,
    trigger_code TEXT,
    connection   TEXT
) STRICT;
-- The same device, time and point are the same fix, however often it arrives.
CREATE UNIQUE INDEX fixes_once ON fixes (device_id, at, lat, lon);

CREATE TABLE device_states (
    device_id BLOB NOT NULL PRIMARY KEY REFERENCES devices (id) ON DELETE CASCADE,
    judged    TEXT NOT NULL,                                  -- the geofence machine's state, JSON
    spot      TEXT,                                           -- where it was last seen, JSON
    lost_at   INTEGER                                         -- since when its connection is lost
) STRICT, WITHOUT ROWID;

CREATE TABLE waypoints (
    device_id   BLOB NOT NULL REFERENCES devices (id) ON DELETE CASCADE,
    key         TEXT NOT NULL,                                -- the app's own key: rid, else tst, else the description
    rid         TEXT,
    tst         INTEGER,                                      -- when it was made, by the phone
    description TEXT NOT NULL,
    lat         REAL,
    lon         REAL,
    radius_m    REAL,
    seen_at     INTEGER NOT NULL,
    PRIMARY KEY (device_id, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE retained (
    topic   TEXT NOT NULL PRIMARY KEY,
    payload BLOB NOT NULL,
    qos     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
