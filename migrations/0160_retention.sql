-- For how many days what is stored is kept, by class; NULL: for ever. Up to which message the raw log is gone for that, and when the newest
-- of these came. A database from before there was retention has thirty days to be told otherwise: nothing goes before `begins_at`.
CREATE TABLE retention (
    one         INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    raw         INTEGER CHECK (raw BETWEEN 1 AND 36500),
    fixes       INTEGER CHECK (fixes BETWEEN 1 AND 36500),
    transitions INTEGER CHECK (transitions BETWEEN 1 AND 36500),
    audit       INTEGER CHECK (audit BETWEEN 1 AND 36500),
    begins_at   INTEGER,                                      -- NULL: it has begun
    line        INTEGER NOT NULL DEFAULT 0,
    line_at     INTEGER
) STRICT;
INSERT INTO retention (one, raw, fixes, transitions, audit, begins_at)
SELECT 1, 90, 730, 1826, 400, iif(EXISTS (SELECT 1 FROM friends), (unixepoch() + 30 * 86400) * 1000, NULL);

-- What friends chose for themselves; NULL: as the server has it.
CREATE TABLE own_retention (
    friend_id   BLOB NOT NULL PRIMARY KEY REFERENCES friends (id) ON DELETE CASCADE,
    raw         INTEGER CHECK (raw BETWEEN 1 AND 36500),
    fixes       INTEGER CHECK (fixes BETWEEN 1 AND 36500),
    transitions INTEGER CHECK (transitions BETWEEN 1 AND 36500)
) STRICT, WITHOUT ROWID;

-- What of a friend is gone by now: the messages up to one of the log, for those who keep fewer than the server; evidence and history from before
-- a time. One row that moves on: a rebuild begins where it stands.
CREATE TABLE horizons (
    friend_id BLOB NOT NULL PRIMARY KEY REFERENCES friends (id) ON DELETE CASCADE,
    line      INTEGER NOT NULL DEFAULT 0,
    line_at   INTEGER,
    judged_at INTEGER                                         -- NULL: none of it is gone
) STRICT, WITHOUT ROWID;

-- The oldest of a friend are looked for every hour.
CREATE INDEX transitions_by_friend ON transitions (friend_id, decided_at);
CREATE INDEX superseded_by_age ON superseded (friend_id, decided_at);
DROP INDEX superseded_by_friend;
-- A clock that is a day ahead or more: such positions are old when they came long ago, and there are few.
CREATE INDEX fixes_ahead ON fixes (device_id, received_at) WHERE at - received_at > 86400000;
CREATE INDEX audit_by_age ON audit (last_at);
