-- What admins and tokens did, and what concerned signing in: in time order by its identifier. Nothing here refers to another table, so that it
-- stays when what it tells of is gone; names are as they were then. What was read is never in it, only of whom, by whom, how and when.
CREATE TABLE audit (
    id         BLOB NOT NULL PRIMARY KEY,
    at         INTEGER NOT NULL,
    last_at    INTEGER NOT NULL,              -- of what is counted: the last time
    times      INTEGER NOT NULL DEFAULT 1,
    once       TEXT UNIQUE,                   -- what is counted: the same is the same entry; NULL for all else
    group_id   BLOB,                          -- NULL: the whole server
    actor_kind TEXT NOT NULL CHECK (actor_kind IN ('friend', 'token', 'terminal', 'nobody')),
    actor_id   BLOB,                          -- of a friend
    actor      TEXT NOT NULL COLLATE NOCASE,
    act        TEXT NOT NULL,
    subject_id BLOB,
    subject    TEXT NOT NULL,
    friend_id  BLOB,                          -- whom it concerns
    note       TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;
CREATE INDEX audit_by_group ON audit (group_id, id);
CREATE INDEX audit_by_friend ON audit (friend_id, id);
