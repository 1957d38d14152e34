-- Links by which somebody sets up a phone. Of the token only the hash is kept; the password of the device is made when the link is used.
CREATE TABLE device_links (
    id          BLOB NOT NULL PRIMARY KEY,
    hash        BLOB NOT NULL UNIQUE,
    friend_id   BLOB NOT NULL REFERENCES friends (id) ON DELETE CASCADE,
    device_name TEXT NOT NULL,
    name_key    TEXT NOT NULL,
    made_by     BLOB REFERENCES friends (id) ON DELETE SET NULL,  -- NULL: at the terminal
    made_at     INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL,
    opened_at   INTEGER,
    used_at     INTEGER,
    revoked_at  INTEGER,
    device_id   BLOB REFERENCES devices (id) ON DELETE SET NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX device_links_by_friend ON device_links (friend_id);
CREATE INDEX device_links_by_maker ON device_links (made_by);
CREATE INDEX device_links_by_device ON device_links (device_id);
