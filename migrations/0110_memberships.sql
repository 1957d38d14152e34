-- A friend is of one or more groups. friends.group_id stays the home group: the one in the topics of their devices, whose regions their phones
-- are given. friends.role says whether they sign in at all, and whether they are an admin of the server; what they are in a group is here.
-- Each row is a time in a group: what somebody was found in of its regions is of such times.
CREATE TABLE memberships (
    friend_id BLOB NOT NULL REFERENCES friends (id) ON DELETE CASCADE,
    group_id  BLOB NOT NULL REFERENCES groups (id),
    role      TEXT NOT NULL CHECK (role IN ('friend', 'admin')),
    since     INTEGER NOT NULL,                               -- -62135596800000 for the group that they were added to
    until     INTEGER,                                        -- NULL while it lasts
    PRIMARY KEY (friend_id, group_id, since)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX memberships_now ON memberships (friend_id, group_id) WHERE until IS NULL;
CREATE INDEX memberships_by_group ON memberships (group_id);

-- Who is to come into a group, by the name that an admin typed: whether there is such a friend, they do not learn.
CREATE TABLE group_invitations (
    group_id   BLOB NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
    name_key   TEXT NOT NULL,                                 -- domain::fold of the name
    name       TEXT NOT NULL,
    role       TEXT NOT NULL CHECK (role IN ('friend', 'admin')),
    invited_at INTEGER NOT NULL,
    PRIMARY KEY (group_id, name_key)
) STRICT, WITHOUT ROWID;

-- Everybody is of the one group they were of, and an admin stays one of it, and of the server.
INSERT INTO memberships (friend_id, group_id, role, since, until)
SELECT id, group_id, ifnull(role, 'friend'), -62135596800000, NULL FROM friends;

-- The journal tells of the groups of a friend where it told who is an admin, and from the beginning on.
UPDATE journal SET what = 'groups', body = (
    SELECT json_object('home', g.uuid, 'stints', json_array(json_object(
        'group', g.uuid, 'role', iif(journal.what = 'admin', 'admin', 'friend'), 'since', -62135596800000)))
    FROM (SELECT lower(printf('%s-%s-%s-%s-%s', substr(hex(group_id), 1, 8), substr(hex(group_id), 9, 4), substr(hex(group_id), 13, 4),
                              substr(hex(group_id), 17, 4), substr(hex(group_id), 21))) AS uuid
          FROM friends WHERE id = journal.friend_id) g)
WHERE what IN ('admin', 'admin gone');
INSERT INTO journal (after_message, at, what, friend_id, body)
SELECT -1, f.added_at, 'groups', f.id, json_object('home', f.uuid, 'stints', json_array(json_object(
    'group', f.uuid, 'role', 'friend', 'since', -62135596800000)))
FROM (SELECT id, added_at,
             lower(printf('%s-%s-%s-%s-%s', substr(hex(group_id), 1, 8), substr(hex(group_id), 9, 4), substr(hex(group_id), 13, 4),
                          substr(hex(group_id), 17, 4), substr(hex(group_id), 21))) AS uuid
      FROM friends WHERE id IN (SELECT friend_id FROM devices)) f
ORDER BY f.id;
