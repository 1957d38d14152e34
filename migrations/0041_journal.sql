-- What the judge knew besides the messages, and from which message on: with it a rebuild judges each message as it was judged.
CREATE TABLE journal (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    after_message INTEGER NOT NULL,                           -- the newest message then; this holds for those that follow
    at            INTEGER NOT NULL,
    what          TEXT NOT NULL,                              -- 'settings', 'device', 'key', 'key gone', 'device gone', 'region' or 'region gone'
    device_id     BLOB REFERENCES devices (id) ON DELETE CASCADE,
    friend_id     BLOB REFERENCES friends (id) ON DELETE CASCADE,
    region_id     BLOB,
    body          TEXT                                        -- JSON: the settings, or the region
) STRICT;
CREATE INDEX journal_by_device ON journal (device_id);
CREATE INDEX journal_by_friend ON journal (friend_id);

-- Crossings that went without saying: another device of the same friend was in the region.
CREATE TABLE unsaid (
    device_id BLOB NOT NULL REFERENCES devices (id) ON DELETE CASCADE,
    region_id BLOB NOT NULL,
    kind      TEXT NOT NULL CHECK (kind IN ('enter', 'leave')),
    at        INTEGER NOT NULL,
    PRIMARY KEY (device_id, region_id, kind, at)
) STRICT, WITHOUT ROWID;

-- Of what is older than the journal the best guess: devices were known before their first message, with their key, and regions have had their shape
-- since they got it.
INSERT INTO journal (after_message, at, what, device_id)
SELECT ifnull((SELECT min(m.id) - 1 FROM messages m WHERE m.device_id = d.id), (SELECT ifnull(max(id), 0) FROM messages)), added_at,
       'device', id
FROM devices d ORDER BY 1, 2, id;
INSERT INTO journal (after_message, at, what, device_id)
SELECT j.after_message, j.at, 'key', j.device_id
FROM journal j JOIN lines l ON l.device_id = j.device_id WHERE l.secret IS NOT NULL ORDER BY j.id;
INSERT INTO journal (after_message, at, what, region_id, body)
SELECT (SELECT ifnull(max(m.id), 0) FROM messages m WHERE m.received_at <= r.changed_at), changed_at, 'region', id,
       json_object('id', lower(printf('%s-%s-%s-%s-%s', substr(hex(id), 1, 8), substr(hex(id), 9, 4), substr(hex(id), 13, 4),
                                      substr(hex(id), 17, 4), substr(hex(id), 21))),
                   'group', lower(printf('%s-%s-%s-%s-%s', substr(hex(group_id), 1, 8), substr(hex(group_id), 9, 4),
                                         substr(hex(group_id), 13, 4), substr(hex(group_id), 17, 4), substr(hex(group_id), 21))),
                   'name', name, 'area', json(area), 'demo', json(iif(demo, 'true', 'false')), 'changed_at', changed_at)
FROM regions r ORDER BY 1, 2, id;
