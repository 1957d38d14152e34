-- Somebody else set up a device of a friend who could not sign in then, and may know its password still. It is renewed with a new link.
ALTER TABLE devices ADD COLUMN by_others INTEGER NOT NULL DEFAULT 0 CHECK (by_others IN (0, 1));
