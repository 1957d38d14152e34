-- What friends and bots write to each other. Each such message is of one friend and one bot, and goes with either of them: `friend_id` is the friend,
-- whoever of the two wrote it, and its audience is 'person', to that friend.
ALTER TABLE chats ADD COLUMN bot_id BLOB REFERENCES bots (id) ON DELETE CASCADE;
ALTER TABLE chats ADD COLUMN by_bot INTEGER NOT NULL DEFAULT 0 CHECK (by_bot IN (0, 1) AND by_bot <= (bot_id IS NOT NULL));
CREATE INDEX chats_by_bot ON chats (bot_id, friend_id, sent_at) WHERE bot_id IS NOT NULL;

-- What bots called their posts: the same again is no other one. One post may be a message to each of several friends.
CREATE TABLE bot_posts (
    bot_id    BLOB NOT NULL REFERENCES bots (id) ON DELETE CASCADE,
    client_id BLOB NOT NULL,
    said      BLOB NOT NULL,                                            -- SHA-256 of to whom it was and what it said
    reached   INTEGER NOT NULL,                                         -- how many friends
    at        INTEGER NOT NULL,
    PRIMARY KEY (bot_id, client_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX bot_posts_by_age ON bot_posts (at);

-- Of which bots a friend wants nothing.
CREATE TABLE bot_blocks (
    friend_id BLOB NOT NULL REFERENCES friends (id) ON DELETE CASCADE,
    bot_id    BLOB NOT NULL REFERENCES bots (id) ON DELETE CASCADE,
    at        INTEGER NOT NULL,
    PRIMARY KEY (friend_id, bot_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX bot_blocks_by_bot ON bot_blocks (bot_id);
