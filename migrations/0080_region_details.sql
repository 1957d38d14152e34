-- What may be said of a region besides its name and shape; JSON in which defaults are left out.
ALTER TABLE regions ADD COLUMN details TEXT NOT NULL DEFAULT '{}';
