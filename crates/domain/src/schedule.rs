//! The hours of a week in which a region tells who is there, as people write them: `Mon-Fri 07:00-18:00`.
//!
//! Which hour of which day it is somewhere takes a database of time zones, and that is the server's.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// The days, as they are written.
const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
/// All seven.
const DAILY: u8 = 0b111_1111;
/// How many minutes a day has.
const DAY_MIN: u16 = 24 * 60;

/// Hours of a week, by the clocks of some place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    /// Whose clocks: the IANA name of a time zone, such as `Europe/Zurich`.
    pub zone: String,
    /// When.
    pub hours: Vec<Hours>,
}

impl Schedule {
    /// How many lines of hours there may be.
    pub const MOST_HOURS: usize = 28;

    /// Whether this minute (0 to 1439) of this day (0 is Monday), by the clocks there, is one of its hours.
    pub fn covers(&self, day: u8, minute: u16) -> bool {
        self.hours.iter().any(|hours| hours.covers(day, minute))
    }

    /// The minutes of a day at which any of them begins or ends.
    pub fn edges(&self) -> impl Iterator<Item = u16> {
        self.hours.iter().flat_map(|hours| [hours.from_min, hours.to_min])
    }
}

/// From one time to another on some days of the week. Where the end is not after the beginning it is on the next day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Hours {
    /// A bit for each day, Monday first.
    days: u8,
    from_min: u16,
    to_min: u16,
}

/// What is wrong with a line of hours.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HoursError {
    /// It has another form.
    #[error("must be lines like Mon-Fri 07:00-18:00, which \u{201c}{0}\u{201d} is not")]
    Form(String),
    /// It begins when it ends.
    #[error("must not begin when they end, as in \u{201c}{0}\u{201d}")]
    Empty(String),
}

impl Hours {
    fn covers(self, day: u8, minute: u16) -> bool {
        let on = |day: u8| self.days & (1 << (day % 7)) != 0;
        if self.from_min < self.to_min {
            on(day) && (self.from_min..self.to_min).contains(&minute)
        } else {
            (on(day) && minute >= self.from_min) || (on(day + 6) && minute < self.to_min)
        }
    }
}

impl FromStr for Hours {
    type Err = HoursError;

    fn from_str(text: &str) -> Result<Self, HoursError> {
        let read = || {
            // En dashes are what people paste.
            let plain = text.replace('\u{2013}', "-");
            let (days, times) = match plain.trim().split_once(|c: char| c.is_ascii_digit()) {
                Some((days, _)) => plain.trim().split_at(days.len()),
                None => return None,
            };
            let (from, to) = times.split_once('-')?;
            let from_min = minutes(from).filter(|minute| *minute < DAY_MIN)?;
            Some(Self { days: days_of(days)?, from_min, to_min: minutes(to)? })
        };
        let hours = read().ok_or_else(|| HoursError::Form(text.trim().to_owned()))?;
        if hours.from_min == hours.to_min {
            return Err(HoursError::Empty(text.trim().to_owned()));
        }
        Ok(hours)
    }
}

/// `Mon-Fri`, `Sat, Sun`, `daily`.
fn days_of(text: &str) -> Option<u8> {
    let text = text.trim();
    if text.eq_ignore_ascii_case("daily") {
        return Some(DAILY);
    }
    let day = |name: &str| DAYS.iter().position(|day| day.eq_ignore_ascii_case(name.trim()));
    let mut days = 0;
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last) = (day(first)?, day(last)?);
        for step in 0..=(last + 7 - first) % 7 {
            days |= 1 << ((first + step) % 7);
        }
    }
    Some(days)
}

/// `7:00`, `07:00`, `24:00`: minutes since midnight.
fn minutes(text: &str) -> Option<u16> {
    let (hour, minute) = text.trim().split_once(':')?;
    let digits = |text: &str, most: usize| {
        let fits = !text.is_empty() && text.len() <= most && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<u16>().ok().filter(|_| fits)
    };
    let (hour, minute) = (digits(hour, 2)?, digits(minute, 2).filter(|minute| *minute < 60)?);
    Some(hour * 60 + minute).filter(|minutes| *minutes <= DAY_MIN)
}

impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.days == DAILY {
            f.write_str("daily")?;
        } else {
            let on = |day: usize| self.days & (1 << day) != 0;
            let mut before = "";
            let mut day = 0;
            while let Some(first) = DAYS.get(day) {
                let run = (day..DAYS.len()).take_while(|day| on(*day)).count();
                if let Some(last) = DAYS.get((day + run).wrapping_sub(1)).filter(|_| run > 0) {
                    match run {
                        1 => write!(f, "{before}{first}")?,
                        2 => write!(f, "{before}{first},{last}")?,
                        _ => write!(f, "{before}{first}-{last}")?,
                    }
                    before = ",";
                }
                day += run.max(1);
            }
        }
        let (from, to) = (self.from_min, self.to_min);
        write!(f, " {:02}:{:02}-{:02}:{:02}", from / 60, from % 60, to / 60, to % 60)
    }
}

impl TryFrom<String> for Hours {
    type Error = HoursError;

    fn try_from(text: String) -> Result<Self, HoursError> {
        text.parse()
    }
}

impl From<Hours> for String {
    fn from(hours: Hours) -> Self {
        hours.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("Mon-Fri 07:00-18:00", "Mon-Fri 07:00-18:00")]
    #[case(" mon \u{2013} fri  7:00 \u{2013} 18:00 ", "Mon-Fri 07:00-18:00")]
    #[case("Sat,Sun 0:00-24:00", "Sat,Sun 00:00-24:00")]
    #[case("Sat-Mon 22:00-06:00", "Mon,Sat,Sun 22:00-06:00")]
    #[case("Daily 08:30-09:00", "daily 08:30-09:00")]
    #[case("Mon, Wed-Fri 1:00-2:00", "Mon,Wed-Fri 01:00-02:00")]
    fn hours_are_read_as_people_write_them(#[case] text: &str, #[case] written: &str) {
        let hours: Result<Hours, _> = text.parse();
        assert_eq!(hours.as_ref().map(ToString::to_string), Ok(written.to_owned()));
        assert_eq!(written.parse(), hours, "what is written reads as the same");
    }

    #[rstest]
    #[case("")]
    #[case("Mon-Fri")]
    #[case("07:00-18:00")]
    #[case("Mon 7-18")]
    #[case("Mon 07:00")]
    #[case("Mon 24:00-25:00")]
    #[case("Mon 07:60-18:00")]
    #[case("Mon 07:00-18:001")]
    #[case("Someday 07:00-18:00")]
    #[case("Mon,, 07:00-18:00")]
    #[case("Mon +7:00-18:00")]
    fn what_is_no_hours_is_refused(#[case] text: &str) {
        assert_eq!(text.parse::<Hours>(), Err(HoursError::Form(text.to_owned())));
    }

    #[test]
    fn hours_that_take_no_time_are_refused() {
        assert!(matches!("Mon 07:00-07:00".parse::<Hours>(), Err(HoursError::Empty(_))));
    }

    #[rstest]
    #[case("Mon-Fri 07:00-18:00", 0, 7 * 60, true)]
    #[case("Mon-Fri 07:00-18:00", 4, 18 * 60, false)]
    #[case("Mon-Fri 07:00-18:00", 5, 12 * 60, false)]
    #[case("Sun 22:00-06:00", 6, 23 * 60, true)]
    #[case("Sun 22:00-06:00", 0, 5 * 60 + 59, true)]
    #[case("Sun 22:00-06:00", 0, 6 * 60, false)]
    #[case("Sun 22:00-06:00", 6, 5 * 60, false)]
    #[case("daily 00:00-24:00", 3, 1439, true)]
    fn a_minute_is_one_of_the_hours_or_not(
        #[case] hours: &str,
        #[case] day: u8,
        #[case] minute: u16,
        #[case] covers: bool,
    ) {
        let hours = hours.parse().into_iter().collect();
        assert_eq!(Schedule { zone: "UTC".into(), hours }.covers(day, minute), covers);
    }
}
