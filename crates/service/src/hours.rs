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

/// How long a schedule was open between two moments, milliseconds. It goes from edge to edge, and not from minute to minute: a year is
/// a few hundred steps.
pub(crate) fn open_millis(schedule: &Schedule, from: Timestamp, to: Timestamp) -> i64 {
    const DAY_MS: i64 = 24 * 60 * MINUTE_MS;
    let Ok(zone) = TimeZone::get(&schedule.zone) else { return 0 };
    let mut edges: Vec<i64> = schedule.edges().map(|minute| i64::from(minute) * MINUTE_MS).collect();
    edges.push(DAY_MS);
    edges.sort_unstable();
    let (mut open, mut at, mut changes_at) = (0, from, from.as_millis());
    while at < to {
        let Ok(now) = jiff::Timestamp::from_millisecond(at.as_millis()) else { break };
        if changes_at <= at.as_millis() {
            // When the clocks are put forward or back next.
            let next = zone.following(now).next().map(|change| change.timestamp().as_millisecond());
            changes_at = next.unwrap_or(i64::MAX);
        }
        let there = now.to_zoned(zone.clone());
        let (hour, minute, second) =
            (i64::from(there.hour()), i64::from(there.minute()), i64::from(there.second()));
        let of_day = (hour * 60 + minute) * MINUTE_MS + second * 1000 + at.as_millis().rem_euclid(1000);
        let edge = edges.iter().copied().find(|edge| *edge > of_day).unwrap_or(DAY_MS);
        let until = at.as_millis().saturating_add((edge - of_day).max(1)).min(changes_at).min(to.as_millis());
        let until = Timestamp::from_millis(until);
        if is_open(Some(schedule), at) {
            open += until.millis_since(at);
        }
        at = until;
    }
    open
}

#[cfg(test)]
mod tests {
    use super::{is_open, is_zone, open_millis, open_since, open_until};
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
    fn how_long_a_schedule_was_open_is_the_same_as_counted_by_the_minute() {
        let schedules = [
            ("Europe/Zurich", vec!["Mon-Fri 08:00-16:00"]),
            ("Europe/Zurich", vec!["daily 22:00-02:30", "Sun 01:15-03:45"]),
            ("Australia/Lord_Howe", vec!["daily 00:00-02:15"]),
            ("Asia/Kathmandu", vec!["Sat 12:01-12:02"]),
        ];
        for (zone, hours) in schedules {
            let hours = hours.iter().map(|line| line.parse().expect("are hours")).collect();
            let schedule = Schedule { zone: zone.to_owned(), hours };
            // Both ways in which clocks are put, in the north and in the south.
            for from in ["2026-03-25T10:17:31Z", "2026-10-21T03:00:00Z", "2026-04-01T00:00:00Z"] {
                let from = Timestamp::parse(from).expect("is a time");
                let minutes = 12 * 24 * 60;
                let begin = Timestamp::from_millis(from.as_millis().div_euclid(60_000) * 60_000);
                let counted = (0..minutes)
                    .filter(|minute| is_open(Some(&schedule), begin.plus_millis(minute * 60_000)));
                let counted = i64::try_from(counted.count()).expect("is small") * 60_000;
                let open = open_millis(&schedule, begin, begin.plus_millis(minutes * 60_000));
                assert_eq!(open, counted, "{zone} {from}");
            }
        }
        let always =
            Schedule { zone: "UTC".to_owned(), hours: vec!["daily 08:00-16:00".parse().expect("are hours")] };
        let since = Timestamp::parse("2020-01-01T15:59:30Z").expect("is a time");
        assert_eq!(open_millis(&always, since, since.plus_millis(90_000)), 30_000);
    }

    #[test]
    fn only_names_of_zones_are_zones() {
        assert!(is_zone("Europe/Zurich") && is_zone("UTC"));
        assert!(!is_zone("Europe/Atlantis") && !is_zone(""));
    }
}
