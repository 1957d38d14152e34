-- Messages between friends. Who gets one is settled when it is sent; one that was left at a region waits until somebody comes.
CREATE TABLE chats (
    id        BLOB NOT NULL PRIMARY KEY,
    friend_id BLOB NOT NULL REFERENCES friends (id) ON DELETE CASCADE,  -- who sent it
    client_id BLOB NOT NULL,                                            -- what its sender calls it: the same again is no other message
    audience  TEXT NOT NULL CHECK (audience IN ('person', 'group', 'here', 'around', 'left')),
    to_id     BLOB REFERENCES friends (id) ON DELETE CASCADE,           -- of 'person', and of 'left' for one friend
    group_id  BLOB REFERENCES groups (id) ON DELETE CASCADE,            -- of 'group'
    region_id BLOB,                                                     -- of 'left'; a region may be gone
    text      TEXT NOT NULL,
    words     TEXT NOT NULL,                                            -- the text without what makes no other word, to be found by
    sent_at   INTEGER NOT NULL,
    ends_at   INTEGER,                                                  -- gone then; NULL: as long as messages are kept
    taken_at  INTEGER,                                                  -- of 'left': when somebody had come
    UNIQUE (friend_id, client_id),
    CHECK ((audience = 'person') <= (to_id IS NOT NULL)),
    CHECK ((audience = 'group') = (group_id IS NOT NULL)),
    CHECK ((audience = 'left') = (region_id IS NOT NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX chats_by_friend ON chats (friend_id, sent_at);
CREATE INDEX chats_by_age ON chats (sent_at);
CREATE INDEX chats_by_end ON chats (ends_at) WHERE ends_at IS NOT NULL;
CREATE INDEX chats_waiting ON chats (region_id) WHERE audience = 'left' AND taken_at IS NULL;
CREATE INDEX chats_by_group ON chats (group_id) WHERE group_id IS NOT NULL;
CREATE INDEX chats_by_other ON chats (to_id) WHERE to_id IS NOT NULL;

-- Whom they went to. Without a place it is not theirs: the sender was blocked by them, or they have deleted it for themselves.
CREATE TABLE chat_deliveries (
    chat_id      BLOB NOT NULL REFERENCES chats (id) ON DELETE CASCADE,
    friend_id    BLOB NOT NULL REFERENCES friends (id) ON DELETE CASCADE,
    place        INTEGER,                                               -- in the order in which this friend gets them
    at           INTEGER NOT NULL,                                      -- when it became theirs
    came_at      INTEGER,                                               -- of 'left': when they had come into the region
    delivered_at INTEGER,                                               -- when a device of theirs had it
    read_at      INTEGER,
    PRIMARY KEY (chat_id, friend_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX chat_deliveries_by_place ON chat_deliveries (friend_id, place);
CREATE INDEX chat_deliveries_by_friend ON chat_deliveries (friend_id, at);
CREATE INDEX chat_deliveries_unread ON chat_deliveries (friend_id) WHERE read_at IS NULL AND place IS NOT NULL;

-- The last place that each friend was given: no other message ever has it.
CREATE TABLE chat_places (
    friend_id BLOB NOT NULL PRIMARY KEY REFERENCES friends (id) ON DELETE CASCADE,
    place     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What senders called messages that are gone: they do not come again.
CREATE TABLE chat_spent (
    friend_id BLOB NOT NULL REFERENCES friends (id) ON DELETE CASCADE,
    client_id BLOB NOT NULL,
    at        INTEGER NOT NULL,
    PRIMARY KEY (friend_id, client_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX chat_spent_by_age ON chat_spent (at);

-- From whom a friend wants no messages.
CREATE TABLE chat_blocks (
    friend_id BLOB NOT NULL REFERENCES friends (id) ON DELETE CASCADE,
    other_id  BLOB NOT NULL REFERENCES friends (id) ON DELETE CASCADE,
    at        INTEGER NOT NULL,
    PRIMARY KEY (friend_id, other_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX chat_blocks_by_other ON chat_blocks (other_id);

-- For how many days messages between friends are kept; NULL: for ever.
ALTER TABLE retention ADD COLUMN chat INTEGER DEFAULT 365 CHECK (chat BETWEEN 1 AND 36500);
