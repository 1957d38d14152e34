-- Groups, friends, their devices, and how they sign in. Times are UTC milliseconds; identifiers are 16-byte UUIDs (version 7).
CREATE TABLE groups (
    id   BLOB NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE COLLATE NOCASE,
    seq  INTEGER NOT NULL DEFAULT 0          -- the last published change
) STRICT, WITHOUT ROWID;

CREATE TABLE friends (
    id            BLOB NOT NULL PRIMARY KEY,
    group_id      BLOB NOT NULL REFERENCES groups (id),
    name          TEXT NOT NULL UNIQUE COLLATE NOCASE,
    role          TEXT CHECK (role IN ('friend', 'admin')),   -- NULL: cannot sign in
    password_hash TEXT,                                       -- Argon2id, PHC string
    demo          INTEGER NOT NULL DEFAULT 0 CHECK (demo IN (0, 1)),
    added_at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX friends_by_group ON friends (group_id);

CREATE TABLE devices (
    id              BLOB NOT NULL PRIMARY KEY,
    friend_id       BLOB NOT NULL REFERENCES friends (id) ON DELETE CASCADE,
    name            TEXT NOT NULL COLLATE NOCASE,
    credential_hash BLOB NOT NULL,                            -- SHA-256 of a random password
    added_at        INTEGER NOT NULL,
    UNIQUE (friend_id, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE sessions (
    hash       BLOB NOT NULL PRIMARY KEY,                     -- SHA-256 of the cookie
    friend_id  BLOB NOT NULL REFERENCES friends (id) ON DELETE CASCADE,
    started_at INTEGER NOT NULL,
    ends_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_by_friend ON sessions (friend_id);

CREATE TABLE tokens (
    id        BLOB NOT NULL PRIMARY KEY,
    name      TEXT NOT NULL,
    hash      BLOB NOT NULL UNIQUE,                           -- SHA-256 of the token
    scope     TEXT NOT NULL CHECK (scope IN ('read', 'write', 'admin')),
    friend_id BLOB REFERENCES friends (id) ON DELETE CASCADE, -- NULL: the whole server
    made_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX tokens_by_friend ON tokens (friend_id);
