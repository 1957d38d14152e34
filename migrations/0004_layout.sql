-- Fewer pages touched by each message. The raw log has no index by device: only the removal of a device ever asked for one, and with
-- a thousand phones it dirtied a thousand pages at each commit. So messages has no foreign key either (checking it would read the
-- whole log); a removed device's messages are erased in steps, which `erasures` remembers.
CREATE TABLE new_messages (
    id          INTEGER PRIMARY KEY,
    received_at INTEGER NOT NULL,
    door        TEXT NOT NULL CHECK (door IN ('broker', 'bridge', 'http')),
    device_id   BLOB,                                         -- NULL: of nobody we know
    topic       TEXT NOT NULL,
    retained    INTEGER NOT NULL CHECK (retained IN (0, 1)),
    payload     BLOB NOT NULL,
    verdict     TEXT NOT NULL,
    trouble     INTEGER NOT NULL CHECK (trouble IN (0, 1))
) STRICT;
INSERT INTO new_messages SELECT id, received_at, door, device_id, topic, retained, payload, verdict, trouble FROM messages;
DROP TABLE messages;
ALTER TABLE new_messages RENAME TO messages;
CREATE INDEX messages_in_trouble ON messages (id) WHERE trouble = 1;

-- The messages of a device that is gone: those before this one are still to be erased.
CREATE TABLE erasures (
    device_id BLOB NOT NULL PRIMARY KEY,
    before    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The same device, time and point are the same fix, however often it arrives; the key is the table.
CREATE TABLE new_fixes (
    device_id    BLOB NOT NULL REFERENCES devices (id) ON DELETE CASCADE,
    at           INTEGER NOT NULL,
    lat          REAL NOT NULL,
    lon          REAL NOT NULL,
    received_at  INTEGER NOT NULL,
    accuracy_m   REAL,
    altitude_m   REAL,
    velocity_kmh REAL,
    course_deg   REAL,
    battery_pct  INTEGER,
    trigger_code TEXT,
    connection   TEXT,
    PRIMARY KEY (device_id, at, lat, lon)
) STRICT, WITHOUT ROWID;
INSERT INTO new_fixes SELECT device_id, at, lat, lon, received_at, accuracy_m, altitude_m, velocity_kmh, course_deg, battery_pct,
                             trigger_code, connection FROM fixes;
DROP TABLE fixes;
ALTER TABLE new_fixes RENAME TO fixes;
