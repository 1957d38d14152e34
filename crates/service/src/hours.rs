//! Which hour of which day it is somewhere: the schedules of regions by the clocks of their places, daylight saving included.
//!
//! The time zones are built in, so that a machine without them judges alike.

use domain::{Schedule, Timestamp};
use jiff::tz::TimeZone;

const MINUTE_MS: i64 = 60_000;
/// What tells for longer than a week and an hour tells always.
const ALWAYS_MS: i64 = (7 * 24 + 1) * 60 * MINUTE_MS;

/// Whether there is a time zone of that name.
pub(crate) fn is_zone(name: &str) -> bool {
    TimeZone::get(name).is_ok()
}

/// Whether a region with this schedule tells anything at this moment; without one it always does. In a zone that is no more: never.
pub(crate) fn is_open(schedule: Option<&Schedule>, at: Timestamp) -> bool {
    let Some(schedule) = schedule else { return true };
    TimeZone::get(&schedule.zone).is_ok_and(|zone| is_open_in(&zone, schedule, at))
}

/// Since when a region with this schedule has been telling without a break at a moment at which it does; what is before `from` does not
/// matter. Hours begin and end with a minute.
pub(crate) fn open_since(schedule: Option<&Schedule>, at: Timestamp, from: Timestamp) -> Timestamp {
    let Some((zone, schedule)) = scheduled(schedule) else { return from };
    let mut first = floor(at);
    while first > from {
        let before = first.plus_millis(-MINUTE_MS);
        if !is_open_in(&zone, schedule, before) {
            return first;
        }
        if at.millis_since(first) > ALWAYS_MS {
            break;
        }
        first = before;
    }
    from
}

/// Until when it goes on telling without a break; what is after `to` does not matter.
pub(crate) fn open_until(schedule: Option<&Schedule>, at: Timestamp, to: Timestamp) -> Timestamp {
    let Some((zone, schedule)) = scheduled(schedule) else { return to };
    let mut end = floor(at).plus_millis(MINUTE_MS);
    while end < to {
        if !is_open_in(&zone, schedule, end) {
            return end;
        }
        if end.millis_since(at) > ALWAYS_MS {
            break;
        }
        end = end.plus_millis(MINUTE_MS);
    }
    to
}

fn scheduled(schedule: Option<&Schedule>) -> Option<(TimeZone, &Schedule)> {
    let schedule = schedule?;
    Some((TimeZone::get(&schedule.zone).ok()?, schedule))
}

fn floor(at: Timestamp) -> Timestamp {
    Timestamp::from_millis(at.as_millis().div_euclid(MINUTE_MS) * MINUTE_MS)
}

fn is_open_in(zone: &TimeZone, schedule: &Schedule, at: Timestamp) -> bool {
    let there = || {
        let there = jiff::Timestamp::from_millisecond(at.as_millis()).ok()?.to_zoned(zone.clone());
        let day = u8::try_from(there.weekday().to_monday_zero_offset()).ok()?;
        let minute = u16::try_from(there.hour()).ok()? * 60 + u16::try_from(there.minute()).ok()?;
        Some((day, minute))
    };
    there().is_some_and(|(day, minute)| schedule.covers(day, minute))
}

#[cfg(test)]
mod tests {
    use super::{is_open, is_zone, open_since, open_until};
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
    fn hours_are_told_from_their_beginning_to_their_end() {
        let schedule = |hours: &str| {
            let hours = vec![hours.parse().expect("are hours")];
            Schedule { zone: "Europe/Zurich".to_owned(), hours }
        };
        let time = |at: &str| Timestamp::parse(at).expect("is a time");
        let (at, early, late) =
            (time("2026-03-27T10:30:20Z"), time("2026-03-01T00:00:00Z"), time("2026-04-20T00:00:00Z"));
        let around = |hours: Option<&Schedule>| (open_since(hours, at, early), open_until(hours, at, late));
        let school = schedule("Mon-Fri 08:00-16:00");
        assert_eq!(around(Some(&school)), (time("2026-03-27T07:00:00Z"), time("2026-03-27T15:00:00Z")));
        assert_eq!(around(Some(&schedule("daily 00:00-24:00"))), (early, late), "always");
        assert_eq!(around(None), (early, late));
        // Over the night in which the clocks go forward.
        let weekend = schedule("Fri-Sun 00:00-24:00");
        assert_eq!(around(Some(&weekend)), (time("2026-03-26T23:00:00Z"), time("2026-03-29T22:00:00Z")));
        let came = time("2026-03-27T08:12:13Z");
        assert_eq!(open_since(Some(&school), at, came), came, "nothing is hidden of what happened within");
        assert_eq!(open_until(Some(&school), at, at), at);
    }

    #[test]
    fn only_names_of_zones_are_zones() {
        assert!(is_zone("Europe/Zurich") && is_zone("UTC"));
        assert!(!is_zone("Europe/Atlantis") && !is_zone(""));
    }
}
