-- What reports for a friend: a phone, which signs in by itself, or a browser, in which its friend is signed in.
ALTER TABLE devices ADD COLUMN kind TEXT NOT NULL DEFAULT 'phone' CHECK (kind IN ('phone', 'browser'));

-- How far away from them a friend calls near; who never said so has no row.
CREATE TABLE ranges (
    friend_id BLOB NOT NULL PRIMARY KEY REFERENCES friends (id) ON DELETE CASCADE,
    metres    INTEGER NOT NULL CHECK (metres BETWEEN 10 AND 50000)
) STRICT, WITHOUT ROWID;
