-- Names are one name however they are written: by upper or lower case, composed or not, in any script. SQLite's NOCASE knows only
-- ASCII, so the program folds the name (domain::fold) and this column holds names apart. What is there already has no key yet (NULL)
-- and is given one when the store is opened.
ALTER TABLE groups ADD COLUMN name_key TEXT;
CREATE UNIQUE INDEX groups_by_key ON groups (name_key);

ALTER TABLE friends ADD COLUMN name_key TEXT;
CREATE UNIQUE INDEX friends_by_key ON friends (name_key);

ALTER TABLE devices ADD COLUMN name_key TEXT;
CREATE UNIQUE INDEX devices_by_key ON devices (friend_id, name_key);
