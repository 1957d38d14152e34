//! How old a position is, in words; and the face of a name. Pure, and the same on the server and in the browser.

use domain::{Staleness, Timestamp};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;

/// The CSS class that stands for it.
pub const fn class(step: Staleness) -> &'static str {
    match step {
        Staleness::Now => "is-now",
        Staleness::Recent => "is-recent",
        Staleness::Stale => "is-stale",
        Staleness::Lost => "is-lost",
    }
}

/// How long ago, as a person says it: "just now", "3 minutes ago", "2 days ago". A moment in the future is
/// "just now".
pub fn ago(at: Timestamp, now: Timestamp) -> String {
    let (count, unit) = match now.millis_since(at) {
        ..MINUTE_MS => return "just now".to_owned(),
        age @ ..HOUR_MS => (age / MINUTE_MS, "minute"),
        age @ ..DAY_MS => (age / HOUR_MS, "hour"),
        age => (age / DAY_MS, "day"),
    };
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {unit}{plural} ago")
}

/// How long ago in as little room as there is beside a face: "now", "3 min", "2 h", "2 d".
pub fn ago_short(at: Timestamp, now: Timestamp) -> String {
    match now.millis_since(at) {
        ..MINUTE_MS => "now".to_owned(),
        age @ ..HOUR_MS => format!("{} min", age / MINUTE_MS),
        age @ ..DAY_MS => format!("{} h", age / HOUR_MS),
        age => format!("{} d", age / DAY_MS),
    }
}

/// How many colours there are for faces; the classes are `face-0` to `face-7`.
pub const FACES: u8 = 8;

/// The colour of a name's face: the same on every machine and in every release, below [`FACES`].
pub fn face(name: &str) -> u8 {
    // FNV-1a, 32 bit: http://www.isthe.com/chongo/tech/comp/fnv/
    let hash =
        name.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    // The low bits of FNV mix worse than the high ones; a remainder of a power of two would take only them.
    u8::try_from((hash ^ (hash >> 16)) % u32::from(FACES)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn after(seconds: i64) -> (Timestamp, Timestamp) {
        let at = Timestamp::from_millis(1_700_000_000_000);
        (at, at.plus_millis(seconds * 1000))
    }

    #[rstest]
    #[case(-40, "just now", "now")]
    #[case(59, "just now", "now")]
    #[case(60, "1 minute ago", "1 min")]
    #[case(300, "5 minutes ago", "5 min")]
    #[case(301, "5 minutes ago", "5 min")]
    #[case(3_599, "59 minutes ago", "59 min")]
    #[case(3_600, "1 hour ago", "1 h")]
    #[case(3_601, "1 hour ago", "1 h")]
    #[case(86_400, "1 day ago", "1 d")]
    #[case(200_000, "2 days ago", "2 d")]
    fn an_age_reads_like_a_person_says_it(#[case] seconds: i64, #[case] long: &str, #[case] short: &str) {
        let (at, now) = after(seconds);
        assert_eq!(ago(at, now), long);
        assert_eq!(ago_short(at, now), short);
    }

    #[test]
    fn every_name_has_one_of_the_faces_and_keeps_it() {
        let faces: Vec<u8> = ["ann", "bob", "Zoë", "", "🙂", "jane", "tom"].into_iter().map(face).collect();
        assert!(faces.iter().all(|face| *face < FACES));
        assert_eq!(face("jane"), face("jane"));
        assert!(faces.iter().any(|face| *face != face_of_first(&faces)), "all names look alike: {faces:?}");
    }

    fn face_of_first(faces: &[u8]) -> u8 {
        faces.first().copied().unwrap_or(0)
    }
}
