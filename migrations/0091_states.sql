-- What the machine knew before it believed in places and before every device had a log of its own, in today's shape. Without it an old
-- database would not open, and what a device was found in would be missing from its log.

-- A crossing that may still be reviewed says now what it took the place of. Where it does not, nothing can be said of it any more.
UPDATE device_states SET judged = json_set(judged, '$.recent', json('[]'))
WHERE EXISTS (SELECT 1 FROM json_each(judged, '$.recent') r WHERE json_type(r.value, '$.before') IS NULL);
UPDATE checkpoints SET judged = json_set(judged, '$.recent', json('[]'))
WHERE EXISTS (SELECT 1 FROM json_each(judged, '$.recent') r WHERE json_type(r.value, '$.before') IS NULL);

-- Where the last believed position was, there the device is.
UPDATE device_states SET judged = json_set(judged, '$.track', json_object('here', json_object(
    'point', json_extract(judged, '$.believed.point'), 'accuracy_m', max(15.0, json_extract(judged, '$.believed.accuracy_m')),
    'sign_at', json_extract(judged, '$.believed.at'), 'from', json_extract(judged, '$.believed.at'),
    'to', json_extract(judged, '$.believed.at'), 'speed', 0.0, 'is_many', json('false')), 'doubt', NULL, 'before', json('[]')))
WHERE json_type(judged, '$.believed') = 'object' AND json_type(judged, '$.track') IS NULL;
UPDATE checkpoints SET judged = json_set(judged, '$.track', json_object('here', json_object(
    'point', json_extract(judged, '$.believed.point'), 'accuracy_m', max(15.0, json_extract(judged, '$.believed.accuracy_m')),
    'sign_at', json_extract(judged, '$.believed.at'), 'from', json_extract(judged, '$.believed.at'),
    'to', json_extract(judged, '$.believed.at'), 'speed', 0.0, 'is_many', json('false')), 'doubt', NULL, 'before', json('[]')))
WHERE json_type(judged, '$.believed') = 'object' AND json_type(judged, '$.track') IS NULL;

-- A device that is inside and whose log does not say so entered silently; one whose log says so and that is not, left silently.
CREATE TEMP TABLE inside AS
SELECT s.device_id, unhex(replace(j.key, '-', '')) AS region_id,
       coalesce(json_extract(s.judged, j.fullkey || '.inside.since'),
                json_extract(s.judged, j.fullkey || '.leaving.inside_since')) AS since
FROM device_states s, json_each(s.judged, '$.regions') j;
INSERT INTO crossings (device_id, region_id, kind, at, decided_at, silent, witness, evidence)
SELECT device_id, region_id, 'enter', since, since, 1, 'server', '[]' FROM inside i
WHERE since IS NOT NULL
  AND ifnull((SELECT c.kind FROM crossings c
              WHERE c.device_id = i.device_id AND c.region_id = i.region_id AND c.retracted_at IS NULL
              ORDER BY c.at DESC, c.decided_at DESC, c.kind DESC LIMIT 1), 'leave') = 'leave'
ON CONFLICT DO NOTHING;
INSERT INTO crossings (device_id, region_id, kind, at, decided_at, silent, witness, evidence)
SELECT c.device_id, c.region_id, 'leave', max(c.at, k.at), max(c.decided_at, k.at), 1, 'server', '[]'
FROM crossings c JOIN (SELECT device_id, max(at) AS at FROM checkpoints GROUP BY 1) k ON k.device_id = c.device_id
WHERE c.kind = 'enter' AND c.retracted_at IS NULL
  AND NOT EXISTS (SELECT 1 FROM crossings l
                  WHERE l.device_id = c.device_id AND l.region_id = c.region_id AND l.retracted_at IS NULL
                    AND (l.at, l.decided_at) > (c.at, c.decided_at))
  AND NOT EXISTS (SELECT 1 FROM inside i
                  WHERE i.device_id = c.device_id AND i.region_id = c.region_id AND i.since IS NOT NULL)
ON CONFLICT DO NOTHING;
DROP TABLE inside;
