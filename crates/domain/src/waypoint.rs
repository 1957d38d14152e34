//! Regions as phones keep them: by which keys, under which name, and which region a phone means. Pure.
//!
//! An app on iOS knows a place by its `rid`, one on Android by its `tst`, and lists of where somebody is often tell the name alone. A
//! region's `rid` and `tst` follow from its identifier, so that nothing needs to be remembered, and a phone that still has a region of
//! long ago means that one and no other. Nothing here knows how an app writes any of it.

mod keys;
mod place;
mod plan;

pub use keys::{KeysOf, Meant, RegionKeys};
pub use place::{Waypoint, same_place};
pub use plan::{App, Given, Phone, Place, Plan, Receipt, Sent, Switch};

use crate::RegionId;

/// The first second that stands for a region: in September 2001, before any of them was drawn, so that no place that somebody makes on
/// a phone today has the same.
const FIRST_S: i64 = 1_000_000_000;
/// How many seconds there are for regions.
const SECONDS: u128 = 699_999_953;

/// The key of a region on iOS.
pub fn rid(region: RegionId) -> String {
    region.to_string()
}

/// The key of a region on Android: a moment, seconds since 1970. No two regions of a server have the same; whoever makes a region sees to it.
pub fn tst_s(region: RegionId) -> i64 {
    FIRST_S + i64::try_from(region.uuid().as_u128() % SECONDS).unwrap_or_default()
}

/// A name as an app on iOS takes it for nothing but a name: there, `+` in front makes a region that follows the phone and `-` one that
/// is left late, what follows `|` switches modes, and what follows a colon may be a beacon.
pub fn plain(name: &str) -> String {
    let name = name.trim_start_matches(|c: char| c == '+' || c == '-' || c.is_whitespace());
    let name = if name.is_empty() { "Region" } else { name };
    name.chars().map(|c| if c == '|' { '/' } else { c }).map(|c| if c == ':' { '.' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn the_keys_of_a_region_follow_from_its_identifier() {
        let id = |number| RegionId::new(Uuid::from_u128(number));
        assert_eq!(tst_s(id(7)), 1_000_000_007);
        assert_ne!(tst_s(id(0x0190_0000_0000_7000_8000_0000_0000_0001)), tst_s(id(1)));
        assert!(tst_s(id(u128::MAX)) < 1_700_000_000);
        assert_eq!(rid(id(7)).parse(), Ok(id(7)));
    }

    #[test]
    fn a_name_on_a_phone_is_nothing_but_a_name() {
        for (name, expected) in [
            ("Home", "Home"),
            ("+60follow", "60follow"),
            ("- -x", "x"),
            ("a|1|2", "a/1/2"),
            ("+", "Region"),
            ("Bus: 5", "Bus. 5"),
        ] {
            assert_eq!(plain(name), expected);
        }
    }
}
