-- Invitations: links that let somebody in once. Only the hash of what is in the link is kept. Names are as they were then.
CREATE TABLE invitations (
    id         BLOB NOT NULL PRIMARY KEY,
    hash       BLOB NOT NULL UNIQUE,                              -- SHA-256 of what is in the link
    group_id   BLOB NOT NULL REFERENCES groups (id),
    name       TEXT,                                              -- as whom; NULL: whoever opens it chooses
    role       TEXT NOT NULL CHECK (role IN ('friend', 'admin')),
    made_by    TEXT NOT NULL,
    made_at    INTEGER NOT NULL,
    ends_at    INTEGER NOT NULL,
    revoked_at INTEGER,
    used_at    INTEGER,
    used_by    TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX invitations_by_group ON invitations (group_id);

-- Other ways to sign in: who an OpenID Connect provider says somebody is.
CREATE TABLE identities (
    issuer    TEXT NOT NULL,
    subject   TEXT NOT NULL,
    friend_id BLOB NOT NULL REFERENCES friends (id) ON DELETE CASCADE,
    linked_at INTEGER NOT NULL,
    PRIMARY KEY (issuer, subject)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX identities_by_friend ON identities (friend_id, issuer);
