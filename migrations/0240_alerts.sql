-- When friends want to be told that somebody enters or leaves a region, by which ways; and what they were told.
CREATE TABLE alert_rules (
    id           BLOB NOT NULL PRIMARY KEY,
    owner_id     BLOB NOT NULL REFERENCES friends (id) ON DELETE CASCADE,
    every_friend INTEGER NOT NULL CHECK (every_friend IN (0, 1)),  -- of all whom the owner may see; else of those of alert_rule_friends
    regions      TEXT NOT NULL,                                    -- JSON: see domain::alert::Which
    direction    TEXT NOT NULL CHECK (direction IN ('enter', 'leave', 'both')),
    hours        TEXT,                                             -- JSON: a schedule; NULL: always
    channels     TEXT NOT NULL,                                    -- JSON: a list of words
    is_on        INTEGER NOT NULL CHECK (is_on IN (0, 1))
) STRICT, WITHOUT ROWID;
CREATE INDEX alert_rules_by_owner ON alert_rules (owner_id);

-- Whom a rule is about, where it names them. A rule goes with the last of them.
CREATE TABLE alert_rule_friends (
    rule_id   BLOB NOT NULL REFERENCES alert_rules (id) ON DELETE CASCADE,
    friend_id BLOB NOT NULL REFERENCES friends (id) ON DELETE CASCADE,
    PRIMARY KEY (rule_id, friend_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX alert_rule_friends_by_friend ON alert_rule_friends (friend_id);

-- Where a friend's alerts go: an address, a topic, a web server; or several browsers, told apart by the hash of their endpoint.
CREATE TABLE alert_targets (
    owner_id BLOB NOT NULL REFERENCES friends (id) ON DELETE CASCADE,
    channel  TEXT NOT NULL CHECK (channel IN ('push', 'mail', 'ntfy', 'webhook')),
    browser  TEXT NOT NULL,                                        -- '' but for push
    sealed   TEXT NOT NULL,                                        -- JSON, sealed with a key that is not in the database
    made_at  INTEGER NOT NULL,
    PRIMARY KEY (owner_id, channel, browser)
) STRICT, WITHOUT ROWID;
CREATE INDEX alert_targets_by_browser ON alert_targets (channel, browser);

-- When a friend is left in peace: JSON, a schedule.
CREATE TABLE alert_quiet (
    owner_id BLOB NOT NULL PRIMARY KEY REFERENCES friends (id) ON DELETE CASCADE,
    hours    TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Comings and goings of which it is still to be seen whom they are told to; written with what made them so, by what they are the same one.
CREATE TABLE alert_events (
    place      INTEGER PRIMARY KEY AUTOINCREMENT,
    superseded INTEGER NOT NULL CHECK (superseded IN (0, 1)),      -- the server learnt better
    friend_id  BLOB NOT NULL REFERENCES friends (id) ON DELETE CASCADE,
    device_id  BLOB NOT NULL REFERENCES devices (id) ON DELETE CASCADE,
    region_id  BLOB NOT NULL,
    kind       TEXT NOT NULL CHECK (kind IN ('enter', 'leave')),
    at         INTEGER NOT NULL
) STRICT;
CREATE INDEX alert_events_by_friend ON alert_events (friend_id);
CREATE INDEX alert_events_by_device ON alert_events (device_id);

-- What somebody was told of a friend.
CREATE TABLE alerts (
    id         BLOB NOT NULL PRIMARY KEY,
    owner_id   BLOB NOT NULL REFERENCES friends (id) ON DELETE CASCADE,
    friend_id  BLOB NOT NULL REFERENCES friends (id) ON DELETE CASCADE, -- of whom
    region_id  BLOB NOT NULL,
    kind       TEXT NOT NULL CHECK (kind IN ('enter', 'leave')),
    at         INTEGER NOT NULL,                                   -- when it happened
    made_at    INTEGER NOT NULL,
    correction INTEGER NOT NULL CHECK (correction IN (0, 1)),
    notice     TEXT NOT NULL                                       -- JSON
) STRICT, WITHOUT ROWID;
-- Nobody is told the same thing twice.
CREATE UNIQUE INDEX alerts_once ON alerts (owner_id, friend_id, region_id, kind, at, correction);
CREATE INDEX alerts_by_time ON alerts (owner_id, made_at);
CREATE INDEX alerts_by_friend ON alerts (friend_id, at);

-- What became of an alert on each channel.
CREATE TABLE alert_deliveries (
    place    INTEGER PRIMARY KEY AUTOINCREMENT,
    alert_id BLOB NOT NULL REFERENCES alerts (id) ON DELETE CASCADE,
    channel  TEXT NOT NULL CHECK (channel IN ('page', 'push', 'mail', 'ntfy', 'webhook')),
    state    TEXT NOT NULL CHECK (state IN ('pending', 'sent', 'failed', 'skipped')),
    why      TEXT NOT NULL,                                        -- why it is not sent; empty when it is
    failures INTEGER NOT NULL,
    next_at  INTEGER,                                              -- when it is tried next; NULL: not any more
    UNIQUE (alert_id, channel)
) STRICT;
CREATE INDEX alert_deliveries_due ON alert_deliveries (next_at) WHERE next_at IS NOT NULL;
