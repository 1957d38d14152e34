-- Who was made to wait before signing in is known by a range of addresses: an address is a position, if a coarse one.
UPDATE audit SET actor = 'somewhere', once = NULL WHERE actor_kind = 'nobody' AND act = 'sign-in-slowed';
