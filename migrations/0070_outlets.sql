-- Outlets: brokers that what is stored goes out to, below a topic base, as far as the outlet's group may see it.
CREATE TABLE outlets (
    id           BLOB NOT NULL PRIMARY KEY,
    group_id     BLOB NOT NULL REFERENCES groups (id),
    broker       TEXT NOT NULL,                               -- mqtt://host:port or mqtts://host:port
    user_name    TEXT,
    password     TEXT,                                        -- sealed with a key that is not in the database
    authority    TEXT,                                        -- PEM: whom to trust instead of the system's authorities
    base         TEXT NOT NULL,
    positions    INTEGER NOT NULL CHECK (positions IN (0, 1)),
    transitions  INTEGER NOT NULL CHECK (transitions IN (0, 1)),
    observations INTEGER NOT NULL CHECK (observations IN (0, 1)),
    is_on        INTEGER NOT NULL CHECK (is_on IN (0, 1)),
    delivered_at INTEGER                                      -- when the broker last confirmed something; NULL: never
) STRICT, WITHOUT ROWID;
CREATE INDEX outlets_by_group ON outlets (group_id);

-- Transitions that an outlet's broker has not confirmed yet, in the order in which they became known. Positions and observations need no
-- queue: of these only the newest counts, and the database has it.
CREATE TABLE outlet_events (
    place         INTEGER PRIMARY KEY AUTOINCREMENT,
    outlet_id     BLOB NOT NULL REFERENCES outlets (id) ON DELETE CASCADE,
    transition_id BLOB NOT NULL REFERENCES transitions (id) ON DELETE CASCADE
) STRICT;
CREATE INDEX outlet_events_by_outlet ON outlet_events (outlet_id, place);
CREATE INDEX outlet_events_by_transition ON outlet_events (transition_id);

-- Where an outlet's broker may retain something of ours: what is to be cleared when nothing is to be there any more.
CREATE TABLE outlet_topics (
    outlet_id BLOB NOT NULL REFERENCES outlets (id) ON DELETE CASCADE,
    topic     TEXT NOT NULL,
    PRIMARY KEY (outlet_id, topic)
) STRICT, WITHOUT ROWID;
