-- What a phone was told of a region may never have arrived, and is told again until the phone shows that it has it.
ALTER TABLE phone_regions ADD COLUMN since INTEGER NOT NULL DEFAULT 0;       -- since when it is told that
ALTER TABLE phone_regions ADD COLUMN times INTEGER NOT NULL DEFAULT 1;       -- how often
ALTER TABLE phone_regions ADD COLUMN arrived INTEGER NOT NULL DEFAULT 0 CHECK (arrived IN (0, 1)); -- it confirmed that it got it
ALTER TABLE phone_regions ADD COLUMN before TEXT;                            -- JSON: as what it was told of it before
ALTER TABLE phone_regions ADD COLUMN confirmed_at INTEGER;                   -- when it first showed that it has it like that

-- What phones were told until now is not told again; where the phone has listed its regions since, that stands.
UPDATE phone_regions SET since = sent_at, arrived = 1,
    times = CASE WHEN EXISTS (SELECT 1 FROM waypoint_lists l WHERE l.device_id = phone_regions.device_id AND l.at > sent_at)
                 THEN 3 ELSE 1 END;
