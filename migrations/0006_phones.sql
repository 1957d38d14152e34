-- What the server says to phones: by what letters friends are known there, who reads what is encrypted, orders, and cards.
-- Apps in HTTP mode know a friend by two letters or digits alone, so no two of a group may share them. NULL: none given yet.
ALTER TABLE friends ADD COLUMN tid TEXT;
CREATE UNIQUE INDEX friends_by_tid ON friends (group_id, tid);

-- How a device is spoken to.
CREATE TABLE lines (
    device_id BLOB NOT NULL PRIMARY KEY REFERENCES devices (id) ON DELETE CASCADE,
    secret    TEXT,                                           -- what its payloads are encrypted with, as typed on the phone
    told_at   INTEGER,                                        -- the last transition of a friend that it was told of, by when it was learnt
    status    TEXT,                                           -- what its app last said of itself, JSON
    status_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE orders (
    id           BLOB NOT NULL PRIMARY KEY,
    device_id    BLOB NOT NULL REFERENCES devices (id) ON DELETE CASCADE,
    what         TEXT NOT NULL,                               -- JSON
    made_at      INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    delivered_at INTEGER,                                     -- the last time
    deliveries   INTEGER NOT NULL DEFAULT 0,
    settled_at   INTEGER,
    outcome      TEXT CHECK (outcome IN ('answered', 'refused', 'expired', 'withdrawn'))
) STRICT, WITHOUT ROWID;
CREATE INDEX orders_by_device ON orders (device_id, made_at);

CREATE TABLE cards (
    friend_id  BLOB NOT NULL PRIMARY KEY REFERENCES friends (id) ON DELETE CASCADE,
    name       TEXT,
    face       BLOB,                                          -- PNG, made by us
    source     TEXT NOT NULL CHECK (source IN ('phone', 'page')),
    changed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
