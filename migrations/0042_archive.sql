-- How far each archive has the raw log: up to and with this message, confirmed.
CREATE TABLE archives (
    name       TEXT NOT NULL PRIMARY KEY,                     -- what it is and where, such as 'files /var/archive'
    shipped    INTEGER NOT NULL,
    shipped_at INTEGER                                        -- NULL: nothing yet
) STRICT, WITHOUT ROWID;
