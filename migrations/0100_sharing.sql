-- What each friend lets others see; JSON, see domain::Sharing. Whoever has no row shows nothing.
CREATE TABLE sharing (
    friend_id BLOB NOT NULL PRIMARY KEY REFERENCES friends (id) ON DELETE CASCADE,
    terms     TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Until now everybody of a group saw everything of each other: those who are here go on so, until they say otherwise.
INSERT INTO sharing (friend_id, terms)
SELECT id, json_object('grants', json_array(json_object(
    'to', json_object('group', lower(substr(hex(group_id), 1, 8) || '-' || substr(hex(group_id), 9, 4) || '-' ||
        substr(hex(group_id), 13, 4) || '-' || substr(hex(group_id), 17, 4) || '-' || substr(hex(group_id), 21))),
    'level', 'precise', 'since', -62135596800000)))
FROM friends;
