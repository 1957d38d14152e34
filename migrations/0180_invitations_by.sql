-- By which friend an invitation was made: it is worth something only as long as they may make one. NULL: at the terminal, by a token, or before
-- this was kept.
ALTER TABLE invitations ADD COLUMN made_by_id BLOB;
