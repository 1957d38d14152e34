-- Who came and went where, in order, for visits; whose that is stands beside it, so that the entries themselves need not be read.
CREATE INDEX transitions_by_way ON transitions (friend_id, region_id, at, group_id, demo);
