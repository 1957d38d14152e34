-- Everything a device's whereabouts are judged by is kept whole, so that what comes late can be judged in its place. Of a fix that is
-- also which of our regions the phone said it was in: their identifiers, 16 bytes each. NULL: none.
ALTER TABLE fixes ADD COLUMN listed BLOB;

-- What the machine knows of a device names its newest evidence in another way now.
UPDATE device_states SET judged = json_set(
    json_remove(judged, '$.judged_at', '$.surveyed_at', '$.surveyed'),
    '$.known_at', json_extract(judged, '$.surveyed_at'),
    '$.judged', CASE WHEN json_type(judged, '$.believed') = 'object' AND json_extract(judged, '$.judged_at') IS NOT NULL
                     THEN json_object('fix', json_array(json_extract(judged, '$.judged_at'), json_extract(judged, '$.believed.point')))
                END)
WHERE json_type(judged, '$.judged') = 'array';
