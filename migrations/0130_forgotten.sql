-- Times of which a friend had everything deleted (JSON, see domain::Forgotten): what comes of them once more is not kept.
CREATE TABLE forgotten (
    friend_id BLOB NOT NULL PRIMARY KEY REFERENCES friends (id) ON DELETE CASCADE,
    spans     TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The raw log is gone through in steps: of these times the messages from `before` on are deleted, those older still have to be looked at.
CREATE TABLE forgetting (
    friend_id BLOB NOT NULL REFERENCES friends (id) ON DELETE CASCADE,
    from_at   INTEGER NOT NULL,
    to_at     INTEGER NOT NULL,
    before    INTEGER NOT NULL,
    PRIMARY KEY (friend_id, from_at, to_at)
) STRICT, WITHOUT ROWID;
