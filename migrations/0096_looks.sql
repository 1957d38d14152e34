-- Up to where each friend who signs in has looked at the history: everything that was learnt later is new to them.
CREATE TABLE looks (
    friend_id BLOB NOT NULL PRIMARY KEY REFERENCES friends (id) ON DELETE CASCADE,
    learnt_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
