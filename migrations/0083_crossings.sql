-- The log of each device: what the machine made of its evidence, and of no other's. What is said of a friend (`transitions`) follows
-- from the logs of their devices. A crossing is in it once for each piece of evidence that it was ever settled by; it holds unless a
-- later one took it back.
CREATE TABLE crossings (
    device_id    BLOB NOT NULL REFERENCES devices (id) ON DELETE CASCADE,
    region_id    BLOB NOT NULL,
    kind         TEXT NOT NULL CHECK (kind IN ('enter', 'leave')),
    at           INTEGER NOT NULL,
    decided_at   INTEGER NOT NULL,
    silent       INTEGER NOT NULL CHECK (silent IN (0, 1)),   -- nobody came or went: first seen inside, or the region changed
    witness      TEXT NOT NULL CHECK (witness IN ('server', 'phone', 'both', 'conflict')),
    evidence     TEXT NOT NULL,                               -- JSON
    stay_ms      INTEGER,
    reviewed     TEXT CHECK (reviewed IN ('server', 'phone', 'both', 'conflict')), -- who says so by later evidence
    reviewed_at  INTEGER,                                     -- the time of that evidence
    retracted_at INTEGER,                                     -- the time of the evidence that took it back
    PRIMARY KEY (device_id, region_id, at, kind, decided_at)
) STRICT, WITHOUT ROWID;
CREATE INDEX crossings_by_decision ON crossings (device_id, decided_at);

INSERT INTO crossings (device_id, region_id, kind, at, decided_at, silent, witness, evidence, stay_ms)
SELECT device_id, region_id, kind, at, decided_at, 0, witness, evidence, stay_ms FROM transitions t
-- Of a place that only a phone knows its word is all there is, and no machine judged it.
WHERE NOT EXISTS (SELECT 1 FROM claims c WHERE c.device_id = t.device_id AND c.at = t.at AND c.kind = t.kind
                      AND c.description = t.region_name AND c.region_id IS NULL)
UNION ALL
SELECT device_id, region_id, kind, at, at, 0, 'server', '[]', NULL FROM unsaid;
DROP TABLE unsaid;

-- The versions of one region.
CREATE INDEX journal_by_region ON journal (region_id, after_message);
