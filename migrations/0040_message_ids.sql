-- The number of a message is never given again, not even when the newest ones are erased with their device: the journal and the archive
-- say "after this message" and mean it.
CREATE TABLE new_messages (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    received_at INTEGER NOT NULL,
    door        TEXT NOT NULL CHECK (door IN ('broker', 'bridge', 'http')),
    device_id   BLOB,                                         -- NULL: of nobody we know
    topic       TEXT NOT NULL,
    retained    INTEGER NOT NULL CHECK (retained IN (0, 1)),
    payload     BLOB NOT NULL,
    verdict     TEXT NOT NULL,
    trouble     INTEGER NOT NULL CHECK (trouble IN (0, 1))
) STRICT;
INSERT INTO new_messages SELECT id, received_at, door, device_id, topic, retained, payload, verdict, trouble FROM messages;
DROP TABLE messages;
ALTER TABLE new_messages RENAME TO messages;
CREATE INDEX messages_in_trouble ON messages (id) WHERE trouble = 1;
