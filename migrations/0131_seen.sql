-- Who was shown something of a friend, counted by day (of UTC). What they saw is not kept.
CREATE TABLE seen (
    friend_id BLOB NOT NULL REFERENCES friends (id) ON DELETE CASCADE, -- of whom
    day       INTEGER NOT NULL,                                        -- days since 1970-01-01
    eyes      TEXT NOT NULL,                                           -- who, JSON: see domain::Eyes
    surface   TEXT NOT NULL,                                           -- where: see domain::Surface
    count     INTEGER NOT NULL,
    last_at   INTEGER NOT NULL,
    PRIMARY KEY (friend_id, day, eyes, surface)
) STRICT, WITHOUT ROWID;
CREATE INDEX seen_by_day ON seen (day);
