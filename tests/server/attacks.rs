//! Attacks, one file for each family; `docs/security.md` has the table of them, with those that other tests try already.

mod bombs;
mod disguise;
mod guesses;
mod markup;
mod paths;
mod probing;
mod sessions;
