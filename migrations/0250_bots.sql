-- Programs that a group keeps, which hear who comes to some of its regions and goes. Whether a friend lets them is in `sharing`.
CREATE TABLE bots (
    id       BLOB NOT NULL PRIMARY KEY,
    group_id BLOB NOT NULL REFERENCES groups (id),
    name     TEXT NOT NULL,
    name_key TEXT NOT NULL,
    hash     BLOB NOT NULL UNIQUE,                            -- SHA-256 of the token
    regions  TEXT NOT NULL,                                   -- JSON: identifiers; one may be gone
    made_at  INTEGER NOT NULL,
    UNIQUE (group_id, name_key)
) STRICT, WITHOUT ROWID;
