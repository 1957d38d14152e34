//! Which hour of which day it is somewhere: the schedules of regions by the clocks of their places, daylight saving included.
//!
//! The time zones are built in, so that a machine without them judges alike.

use domain::{Schedule, Timestamp};
use jiff::tz::TimeZone;

/// Whether there is a time zone of that name.
pub(crate) fn is_zone(name: &str) -> bool {
    TimeZone::get(name).is_ok()
}

/// Whether a region with this schedule tells anything at this moment; without one it always does. In a zone that is no more: never.
pub(crate) fn is_open(schedule: Option<&Schedule>, at: Timestamp) -> bool {
    let Some(schedule) = schedule else { return true };
    let there = || {
        let zone = TimeZone::get(&schedule.zone).ok()?;
        let there = jiff::Timestamp::from_millisecond(at.as_millis()).ok()?.to_zoned(zone);
        let day = u8::try_from(there.weekday().to_monday_zero_offset()).ok()?;
        let minute = u16::try_from(there.hour()).ok()? * 60 + u16::try_from(there.minute()).ok()?;
        Some((day, minute))
    };
    there().is_some_and(|(day, minute)| schedule.covers(day, minute))
}

#[cfg(test)]
mod tests {
    use super::{is_open, is_zone};
    use domain::{Schedule, Timestamp};

    #[test]
    fn a_schedule_follows_the_clocks_of_its_place() {
        let hours = vec!["Mon-Fri 08:00-16:00".parse().expect("are hours")];
        let school = Schedule { zone: "Europe/Zurich".to_owned(), hours };
        let open = |at: &str| is_open(Some(&school), Timestamp::parse(at).expect("is a time"));
        // Friday before and Monday after the clocks go forward, on 29 March 2026.
        assert!(!open("2026-03-27T06:59:59Z") && open("2026-03-27T07:00:00Z"));
        assert!(!open("2026-03-30T05:59:59Z") && open("2026-03-30T06:00:00Z"));
        assert!(!open("2026-03-28T10:00:00Z"), "is a Saturday");
        assert!(is_open(None, Timestamp::from_millis(0)));
    }

    #[test]
    fn only_names_of_zones_are_zones() {
        assert!(is_zone("Europe/Zurich") && is_zone("UTC"));
        assert!(!is_zone("Europe/Atlantis") && !is_zone(""));
    }
}
