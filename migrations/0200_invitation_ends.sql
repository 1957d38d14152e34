-- An invitation into a group is worth something until it ends, and as long as who made it may invite there; with them it goes. Of older ones it
-- is not known who made them: they let in friends, and no admins.
ALTER TABLE group_invitations ADD COLUMN made_by BLOB REFERENCES friends (id) ON DELETE CASCADE;  -- NULL: from before this was kept
ALTER TABLE group_invitations ADD COLUMN ends_at INTEGER NOT NULL DEFAULT 0;
UPDATE group_invitations SET role = 'friend', ends_at = (unixepoch() + 60 * 86400) * 1000;
CREATE INDEX group_invitations_by_maker ON group_invitations (made_by);
CREATE INDEX invitations_open ON invitations (group_id) WHERE used_at IS NULL AND revoked_at IS NULL;
