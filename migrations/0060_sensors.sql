-- Sensors: topics that are not a phone's, and what was observed there.
CREATE TABLE sensors (
    id         BLOB NOT NULL PRIMARY KEY,
    group_id   BLOB NOT NULL REFERENCES groups (id),
    name       TEXT NOT NULL,
    name_key   TEXT NOT NULL UNIQUE,                          -- domain::fold of the name: holds names apart
    topic      TEXT NOT NULL,                                 -- an MQTT topic filter
    form       TEXT NOT NULL,                                 -- JSON: how payloads are read
    public     INTEGER NOT NULL CHECK (public IN (0, 1)),     -- everybody may see it, signed in or not
    changed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The same sensor and time are the same observation: the last one counts. The key is the table.
CREATE TABLE observations (
    sensor_id   BLOB NOT NULL REFERENCES sensors (id) ON DELETE CASCADE,
    at          INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    readings    TEXT NOT NULL,                                -- JSON: numbers, in the order of the sensor's values
    PRIMARY KEY (sensor_id, at)
) STRICT, WITHOUT ROWID;

-- The journal tells of sensors, too: 'sensor' with its body as it is from there on, or 'sensor gone'.
ALTER TABLE journal ADD COLUMN sensor_id BLOB;
