-- Regions on phones: what a phone says that it keeps, and what it was given.
ALTER TABLE waypoints ADD COLUMN gone_at INTEGER;               -- the phone listed all it keeps, and this was not among it

-- When a phone last listed everything that it keeps.
CREATE TABLE waypoint_lists (
    device_id BLOB NOT NULL PRIMARY KEY REFERENCES devices (id) ON DELETE CASCADE,
    at        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What a phone was last told of a region, and got. A region may be gone while a phone still has it, so region_id refers to nothing.
CREATE TABLE phone_regions (
    device_id BLOB NOT NULL REFERENCES devices (id) ON DELETE CASCADE,
    region_id BLOB NOT NULL,
    given     TEXT,                                             -- JSON: as what; NULL: to forget it
    sent_at   INTEGER NOT NULL,
    PRIMARY KEY (device_id, region_id)
) STRICT, WITHOUT ROWID;

-- Of lists that came before: when the last came, and what was not told any more since.
INSERT INTO waypoint_lists (device_id, at)
SELECT device_id, max(received_at) FROM messages
WHERE verdict = 'waypoints' AND retained = 0 AND device_id IS NOT NULL GROUP BY device_id;
UPDATE waypoints SET gone_at = (SELECT min(m.received_at) FROM messages m
    WHERE m.device_id = waypoints.device_id AND m.verdict = 'waypoints' AND m.retained = 0 AND m.received_at > waypoints.seen_at);
