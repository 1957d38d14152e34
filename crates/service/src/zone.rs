//! Days as people mean them: from midnight to midnight where they are, also when the clocks change in between.

use crate::Error;
use domain::Timestamp;
use jiff::{
    Span,
    civil::{Date, DateTime},
    tz::{Offset, TimeZone},
};

/// How far from UTC a clock may be, minutes.
const FARTHEST_ZONE: i32 = 25 * 60;

/// The clock on somebody's wall.
#[derive(Clone, Debug)]
pub struct Zone(TimeZone);

/// Which days are asked for, by somebody's clock. A first day alone is that day; without any it is all of them.
#[derive(Clone, Debug)]
pub struct Days {
    zone: Zone,
    first: Option<Date>,
    last: Option<Date>,
}

/// One day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Day {
    /// Which, as `2026-05-17`.
    pub name: String,
    /// Its first moment.
    pub from: Timestamp,
    /// The first moment after it.
    pub to: Timestamp,
}

impl Zone {
    /// Reads the name of a time zone such as `Europe/Zurich`, or how far ahead of UTC the clock is, in minutes. Nothing is UTC.
    ///
    /// # Errors
    /// [`Error::Invalid`] for `zone`.
    pub fn read(text: &str) -> Result<Self, Error> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(Self(TimeZone::UTC));
        }
        let by_minutes = text.parse::<i32>().ok().and_then(|minutes| {
            let minutes = (-FARTHEST_ZONE..=FARTHEST_ZONE).contains(&minutes).then_some(minutes)?;
            Some(TimeZone::fixed(Offset::from_seconds(minutes * 60).ok()?))
        });
        let zone = by_minutes.or_else(|| TimeZone::get(text).ok());
        zone.map(Self).ok_or_else(|| Error::invalid("zone", "is not a time zone such as Europe/Zurich"))
    }

    /// Reads what a clock on the wall shows, such as `2026-05-17T17:42`. What it shows twice is taken for the first time, and what it
    /// skips for as much later.
    ///
    /// # Errors
    /// [`Error::Invalid`] for `at`.
    pub fn moment(&self, text: &str) -> Result<Timestamp, Error> {
        let shown = text.parse::<DateTime>().ok();
        let moment = shown.and_then(|shown| shown.to_zoned(self.0.clone()).ok());
        let moment = moment.map(|moment| Timestamp::from_millis(moment.timestamp().as_millisecond()));
        moment.ok_or_else(|| Error::invalid("at", "is not a time like 2026-05-17T17:42"))
    }

    fn date(&self, moment: Timestamp) -> Option<Date> {
        let moment = jiff::Timestamp::from_millisecond(moment.as_millis()).ok()?;
        Some(self.0.to_datetime(moment).date())
    }

    /// The first moment of a day: midnight, or where the clock skips that, the moment after.
    fn start(&self, date: Date) -> Option<Timestamp> {
        let start = date.to_zoned(self.0.clone()).ok()?.timestamp();
        Some(Timestamp::from_millis(start.as_millisecond()))
    }
}

impl Days {
    /// Reads days such as `2026-05-17` from the fields of a form; each may be empty.
    ///
    /// # Errors
    /// [`Error::Invalid`] for `day`, `until` or `zone`.
    pub fn read(day: &str, until: &str, zone: &str) -> Result<Self, Error> {
        let zone = Zone::read(zone)?;
        let date = |field: &'static str, text: &str| {
            let text = text.trim();
            if text.is_empty() {
                return Ok(None);
            }
            let wrong = || Error::invalid(field, "is not a day like 2026-05-17");
            let date: Date = text.parse().ok().filter(|_| text.len() == 10).ok_or_else(wrong)?;
            zone.start(date).and(Some(Some(date))).ok_or_else(wrong)
        };
        let (first, last) = (date("day", day)?, date("until", until)?);
        if first.zip(last).is_some_and(|(first, last)| last < first) {
            return Err(Error::invalid("until", "must not be before the first day"));
        }
        Ok(Self { zone, last: last.or(first), first })
    }

    /// From when to when that is; open where nothing was said.
    pub fn range(&self) -> (Option<Timestamp>, Option<Timestamp>) {
        let after = self.last.and_then(|last| last.tomorrow().ok()).and_then(|after| self.zone.start(after));
        (self.first.and_then(|first| self.zone.start(first)), after)
    }

    /// Each of the days, oldest first. Where nothing was said, the seven that end today; where only the last was said, the seven that
    /// end with it.
    ///
    /// # Errors
    /// [`Error::Invalid`] for `until`, when there are more than `most` of them.
    pub fn each(&self, now: Timestamp, most: usize) -> Result<Vec<Day>, Error> {
        let last = self.last.or_else(|| self.zone.date(now)).unwrap_or_default();
        let week_ago = || last.checked_sub(Span::new().days(6)).unwrap_or(last);
        let first = self.first.unwrap_or_else(week_ago);
        let dates: Vec<Date> =
            first.series(Span::new().days(1)).take_while(|date| *date <= last).take(most + 1).collect();
        if dates.len() > most {
            return Err(Error::invalid("until", format!("must be within {most} days of the first")));
        }
        let day = |date: &Date| {
            let (from, to) = (self.zone.start(*date)?, self.zone.start(date.tomorrow().ok()?)?);
            Some(Day { name: date.to_string(), from, to })
        };
        Ok(dates.iter().filter_map(day).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR_MS: i64 = 3_600_000;

    fn hours(day: &str, until: &str, zone: &str) -> Option<i64> {
        let (from, to) = Days::read(day, until, zone).ok()?.range();
        Some(to?.millis_since(from?) / HOUR_MS)
    }

    #[test]
    fn a_day_is_as_long_as_the_clocks_make_it() {
        assert_eq!(hours("2026-05-17", "", "Europe/Zurich"), Some(24));
        assert_eq!(hours("2026-03-29", "", "Europe/Zurich"), Some(23), "the clocks go forward");
        assert_eq!(hours("2026-10-25", "", "Europe/Zurich"), Some(25), "the clocks go back");
        assert_eq!(hours("2026-03-28", "2026-03-30", "Europe/Zurich"), Some(71));
        // There is no midnight on this day.
        assert_eq!(hours("2026-09-06", "", "America/Santiago"), Some(23));
        let (from, _) =
            Days::read("2026-10-25", "", "Europe/Zurich").map(|days| days.range()).unwrap_or_default();
        assert_eq!(from.map(|from| from.to_string()).as_deref(), Some("2026-10-24T22:00:00.000Z"));
    }

    #[test]
    fn a_zone_may_be_minutes_and_nothing_is_utc() {
        let start = |zone: &str| Some(Days::read("2026-05-17", "", zone).ok()?.range().0?.to_string());
        assert_eq!(start("").as_deref(), Some("2026-05-17T00:00:00.000Z"));
        assert_eq!(start("120").as_deref(), Some("2026-05-16T22:00:00.000Z"));
        assert_eq!(start("-90").as_deref(), Some("2026-05-17T01:30:00.000Z"));
        for zone in ["noon", "1561", "-1561", "9223372036854775807", "Middle/Earth", "../etc/passwd"] {
            assert_eq!(start(zone), None, "{zone}");
        }
    }

    #[test]
    fn what_is_no_day_is_refused_beside_its_field() {
        let refused = |day: &str, until: &str| match Days::read(day, until, "") {
            Err(Error::Invalid { field, .. }) => Some(field),
            _ => None,
        };
        assert_eq!(refused("2026-05-32", ""), Some("day"));
        assert_eq!(refused("2026-05-17T10:00", ""), Some("day"));
        assert_eq!(refused("", "soon"), Some("until"));
        assert_eq!(refused("2026-05-17", "2026-05-16"), Some("until"));
        assert_eq!(refused("2026-05-17", "2026-05-17"), None);
        assert_eq!(refused("-009999-01-01", ""), Some("day"));
    }

    #[test]
    fn days_are_counted_by_the_clock_on_the_wall() {
        let now = Timestamp::parse("2026-10-27T23:30:00Z").unwrap_or_default();
        let each = |day: &str, until: &str| {
            let days = Days::read(day, until, "Europe/Zurich").ok()?.each(now, 31).ok()?;
            Some((days.len(), days.first()?.name.clone(), days.last()?.name.clone()))
        };
        let days = |count: usize, first: &str, last: &str| Some((count, first.to_owned(), last.to_owned()));
        assert_eq!(each("", ""), days(7, "2026-10-22", "2026-10-28"), "it is past midnight there");
        assert_eq!(each("2026-10-24", "2026-10-26"), days(3, "2026-10-24", "2026-10-26"));
        assert_eq!(each("2026-10-24", ""), days(1, "2026-10-24", "2026-10-24"));
        assert_eq!(each("", "2026-10-10"), days(7, "2026-10-04", "2026-10-10"));
        assert_eq!(each("2020-01-01", "2026-01-01"), None, "too many");
    }

    #[test]
    fn a_moment_is_read_off_the_wall() {
        let moment = |text: &str| {
            let zone = Zone::read("Europe/Zurich").ok()?;
            Some(zone.moment(text).ok()?.to_string())
        };
        assert_eq!(moment("2026-05-17T17:42").as_deref(), Some("2026-05-17T15:42:00.000Z"));
        assert_eq!(
            moment("2026-10-25T02:30").as_deref(),
            Some("2026-10-25T00:30:00.000Z"),
            "the first of two"
        );
        assert_eq!(moment("2026-03-29T02:30").as_deref(), Some("2026-03-29T01:30:00.000Z"), "skipped");
        assert_eq!(moment("yesterday"), None);
    }
}
