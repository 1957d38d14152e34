-- What the machine knew of a device now and then: after all evidence up to and with this time. What comes late is judged from the last of
-- them before it. Of what is older than the first nothing can be judged any more.
CREATE TABLE checkpoints (
    device_id BLOB NOT NULL REFERENCES devices (id) ON DELETE CASCADE,
    at        INTEGER NOT NULL,
    judged    TEXT NOT NULL,                                  -- JSON
    PRIMARY KEY (device_id, at)
) STRICT, WITHOUT ROWID;

INSERT INTO checkpoints (device_id, at, judged)
SELECT device_id, ifnull(coalesce(json_extract(judged, '$.judged.fix[0]'), json_extract(judged, '$.judged.claim[0]')), -62135596800000), judged
FROM device_states;
