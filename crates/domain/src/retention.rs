//! For how long what is stored is kept, by class, and how much room that will take.
//!
//! The server says it for everybody; each friend may say less of their own, never more. Nothing here deletes anything.

use crate::{FriendId, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Milliseconds of a day.
const DAY_MS: i64 = 86_400_000;

/// A class of what is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RetentionClass {
    /// What phones and sensors sent, as they sent it.
    Raw,
    /// Where the devices were, what they said of regions, and what late evidence is judged from.
    Fixes,
    /// Comings and goings, those once believed too, with why.
    Transitions,
    /// What sensors observed.
    Observations,
    /// Who did what, and who looked at whom.
    Audit,
    /// Messages between friends.
    Chat,
}

impl RetentionClass {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Raw, Self::Fixes, Self::Transitions, Self::Observations, Self::Audit, Self::Chat];
    /// Those of which friends say something themselves.
    pub const OWN: [Self; 3] = [Self::Raw, Self::Fixes, Self::Transitions];

    /// The word for it in the interface, at the terminal and in forms.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Raw => "raw",
            Self::Fixes => "fixes",
            Self::Transitions => "transitions",
            Self::Observations => "observations",
            Self::Audit => "audit",
            Self::Chat => "chat",
        }
    }

    /// What people read.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Raw => "Messages",
            Self::Fixes => "Positions",
            Self::Transitions => "Comings and goings",
            Self::Observations => "Observations of sensors",
            Self::Audit => "Audit log and looks",
            Self::Chat => "What friends write to each other",
        }
    }
}

/// For how long something is kept. The shorter is the less.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Keep {
    /// So many days.
    Days(u16),
    /// For ever.
    Forever,
}

/// Why something is not for how long things are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a number of days from 1 to {}, or forever", Keep::MOST)]
pub struct KeepError;

impl Keep {
    /// A hundred years.
    pub const MOST: u16 = 36_500;
    /// The word for no end.
    pub const FOREVER: &str = "forever";

    /// So many days.
    ///
    /// # Errors
    /// When they are none, or more than [`Self::MOST`].
    pub fn days(days: i64) -> Result<Self, KeepError> {
        let days = u16::try_from(days).ok().filter(|days| (1..=Self::MOST).contains(days));
        days.map(Self::Days).ok_or(KeepError)
    }

    /// Reads a number of days, or `forever`.
    ///
    /// # Errors
    /// When the text is anything else.
    pub fn parse(text: &str) -> Result<Self, KeepError> {
        let text = text.trim();
        if text.eq_ignore_ascii_case(Self::FOREVER) {
            return Ok(Self::Forever);
        }
        text.parse().map_err(|_no_number| KeepError).and_then(Self::days)
    }

    /// How many days; `None`: for ever.
    pub const fn as_days(self) -> Option<u16> {
        match self {
            Self::Days(days) => Some(days),
            Self::Forever => None,
        }
    }

    /// What is from before this moment goes; `None`: nothing does.
    pub fn before(self, now: Timestamp) -> Option<Timestamp> {
        self.as_days().map(|days| now.plus_millis(-i64::from(days) * DAY_MS))
    }
}

impl fmt::Display for Keep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Days(days) => write!(f, "{days}"),
            Self::Forever => f.write_str(Self::FOREVER),
        }
    }
}

/// For how long everything is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retention {
    /// Messages.
    pub raw: Keep,
    /// Positions.
    pub fixes: Keep,
    /// Comings and goings.
    pub transitions: Keep,
    /// What sensors observed.
    pub observations: Keep,
    /// The audit log, and who looked at whom.
    pub audit: Keep,
    /// Messages between friends.
    pub chat: Keep,
}

impl Default for Retention {
    /// What a new server keeps; `docs/retention.md` says why.
    fn default() -> Self {
        let [raw, fixes, transitions, observations, audit, chat] =
            [90, 730, 1826, 730, 400, 365].map(Keep::Days);
        Self { raw, fixes, transitions, observations, audit, chat }
    }
}

impl Retention {
    /// Everything, for ever.
    pub const EVERYTHING: Self = Self {
        raw: Keep::Forever,
        fixes: Keep::Forever,
        transitions: Keep::Forever,
        observations: Keep::Forever,
        audit: Keep::Forever,
        chat: Keep::Forever,
    };

    /// For how long a class is kept.
    pub const fn of(&self, class: RetentionClass) -> Keep {
        match class {
            RetentionClass::Raw => self.raw,
            RetentionClass::Fixes => self.fixes,
            RetentionClass::Transitions => self.transitions,
            RetentionClass::Observations => self.observations,
            RetentionClass::Audit => self.audit,
            RetentionClass::Chat => self.chat,
        }
    }

    /// The place of a class.
    pub const fn of_mut(&mut self, class: RetentionClass) -> &mut Keep {
        match class {
            RetentionClass::Raw => &mut self.raw,
            RetentionClass::Fixes => &mut self.fixes,
            RetentionClass::Transitions => &mut self.transitions,
            RetentionClass::Observations => &mut self.observations,
            RetentionClass::Audit => &mut self.audit,
            RetentionClass::Chat => &mut self.chat,
        }
    }

    /// What holds for a friend who chose this. A message tells of positions, so whoever keeps fewer of these keeps no older messages.
    #[must_use]
    pub fn with(&self, own: &OwnRetention) -> Self {
        let least = |server: Keep, own: Option<u16>| own.map_or(server, |own| server.min(Keep::Days(own)));
        Self {
            raw: least(least(self.raw, own.raw), own.fixes),
            fixes: least(self.fixes, own.fixes),
            transitions: least(self.transitions, own.transitions),
            observations: self.observations,
            audit: self.audit,
            chat: self.chat,
        }
    }
}

/// What a friend chose for themselves, in days; `None`: as the server has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnRetention {
    /// Messages.
    pub raw: Option<u16>,
    /// Positions.
    pub fixes: Option<u16>,
    /// Comings and goings.
    pub transitions: Option<u16>,
}

impl OwnRetention {
    /// What was chosen of a class.
    pub const fn of(&self, class: RetentionClass) -> Option<u16> {
        match class {
            RetentionClass::Raw => self.raw,
            RetentionClass::Fixes => self.fixes,
            RetentionClass::Transitions => self.transitions,
            RetentionClass::Observations | RetentionClass::Audit | RetentionClass::Chat => None,
        }
    }

    /// The place of a class, if friends choose anything of it.
    pub const fn of_mut(&mut self, class: RetentionClass) -> Option<&mut Option<u16>> {
        match class {
            RetentionClass::Raw => Some(&mut self.raw),
            RetentionClass::Fixes => Some(&mut self.fixes),
            RetentionClass::Transitions => Some(&mut self.transitions),
            RetentionClass::Observations | RetentionClass::Audit | RetentionClass::Chat => None,
        }
    }

    /// Whether nothing was chosen.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// How much is stored of a class, of one friend or of nobody in particular.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// Of which class.
    pub class: RetentionClass,
    /// Whose, where it is somebody's.
    pub friend: Option<FriendId>,
    /// How many rows.
    pub rows: u64,
    /// About how much room they take.
    pub bytes: u64,
    /// Of which time the oldest is.
    pub oldest: Option<Timestamp>,
    /// How many of them are of the last seven days.
    pub week: u64,
    /// How many are of the last thirty.
    pub month: u64,
}

impl Held {
    /// How many bytes come in a day: by the last thirty days, or by as many as there are of them, but at least one.
    pub fn bytes_per_day(&self, now: Timestamp) -> f64 {
        if self.rows == 0 {
            return 0.0;
        }
        let size = precise(self.bytes) / precise(self.rows);
        precise(self.month) * size / self.age_days(now).clamp(1.0, 30.0)
    }

    /// The same by the last seven days.
    pub fn bytes_per_day_of_week(&self, now: Timestamp) -> f64 {
        if self.rows == 0 {
            return 0.0;
        }
        let size = precise(self.bytes) / precise(self.rows);
        precise(self.week) * size / self.age_days(now).clamp(1.0, 7.0)
    }

    /// [`Self::bytes_per_day`] in whole bytes.
    pub fn whole_bytes_per_day(&self, now: Timestamp) -> u64 {
        whole(self.bytes_per_day(now))
    }

    /// [`Self::bytes_per_day_of_week`] in whole bytes.
    pub fn whole_bytes_per_day_of_week(&self, now: Timestamp) -> u64 {
        whole(self.bytes_per_day_of_week(now))
    }

    fn age_days(&self, now: Timestamp) -> f64 {
        let ms = self.oldest.map_or(0, |oldest| now.millis_since(oldest).max(0));
        precise(ms.unsigned_abs()) / 86_400_000.0
    }

    /// How many bytes there will be of it after so many days, if as much comes each day as lately; of what there is now, it is taken that it
    /// came evenly.
    pub fn bytes_after(&self, now: Timestamp, days: f64, keep: Keep) -> f64 {
        let (growth, age) = (self.bytes_per_day(now), self.age_days(now).max(1.0));
        match keep.as_days().map(f64::from) {
            None => precise(self.bytes) + growth * days,
            Some(kept) => {
                let left = ((kept - days) / age).clamp(0.0, 1.0);
                precise(self.bytes) * left + growth * days.min(kept)
            }
        }
    }
}

/// How large the database will be with what holds now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forecast {
    /// In a year, bytes.
    pub in_a_year: u64,
    /// Where it levels off, bytes; `None`: it does not, something that grows is kept for ever.
    pub levels_off: Option<u64>,
}

impl Forecast {
    /// From how much is held, for how long that is kept, and what there is besides, which stays as it is.
    pub fn of(now: Timestamp, held: &[(Held, Keep)], besides: u64) -> Self {
        let after =
            |days: f64| -> f64 { held.iter().map(|(held, keep)| held.bytes_after(now, days, *keep)).sum() };
        let is_endless =
            |(held, keep): &(Held, Keep)| *keep == Keep::Forever && held.bytes_per_day(now) > 0.0;
        let last = held.iter().filter_map(|(_, keep)| keep.as_days()).max().unwrap_or_default();
        let levels_off =
            (!held.iter().any(is_endless)).then(|| whole(after(f64::from(last)) + precise(besides)));
        Self { in_a_year: whole(after(365.0) + precise(besides)), levels_off }
    }

    /// The most that it says of: where it levels off if that is sooner or more, else in a year.
    pub fn most(&self) -> u64 {
        self.in_a_year.max(self.levels_off.unwrap_or_default())
    }
}

#[expect(clippy::cast_precision_loss, reason = "sizes are estimates")]
fn precise(number: u64) -> f64 {
    number as f64
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is rounded and not negative")]
fn whole(number: f64) -> u64 {
    number.max(0.0).round() as u64
}

/// How much is stored, of what, and what that comes to. For admins of the server: of friends only how much, never when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Storage {
    /// When that was looked at.
    pub at: Timestamp,
    /// What the server keeps.
    pub retention: Retention,
    /// Until when nothing goes by that, if it has not begun.
    pub begins_at: Option<Timestamp>,
    /// By class.
    pub classes: Vec<Held>,
    /// By friend, the largest first: who, what they are called, how many rows and about how many bytes.
    pub friends: Vec<(FriendId, String, u64, u64)>,
    /// Of those who do not exist for who asks, being of other groups: how many rows and about how many bytes, together.
    pub others: Option<(u64, u64)>,
    /// How large the database's file is.
    pub file: u64,
    /// What of it is empty and will be filled first.
    pub free: u64,
    /// How large it will be.
    pub forecast: Forecast,
    /// How much is free on the disk, where that is known.
    pub disk_free: Option<u64>,
    /// What will go when it begins: how many rows, by class.
    pub waiting: Vec<(RetentionClass, u64)>,
    /// Where copies lie that deleting does not reach, a sentence each.
    pub beyond: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

    fn held(rows: u64, age_days: i64, month: u64) -> Held {
        let oldest = Some(NOW.plus_millis(-age_days * DAY_MS));
        let (class, bytes) = (RetentionClass::Raw, rows * 100);
        Held { class, friend: None, rows, bytes, oldest, week: month.min(rows) / 4, month }
    }

    #[test]
    fn days_are_read_and_written_and_forever_is_the_most() {
        assert_eq!(Keep::parse(" 90 "), Ok(Keep::Days(90)));
        assert_eq!(Keep::parse("Forever"), Ok(Keep::Forever));
        assert_eq!(Keep::Days(36_500).to_string(), "36500");
        for wrong in ["0", "-1", "36501", "", "1.5", "a year", "99999999999999999999"] {
            assert_eq!(Keep::parse(wrong), Err(KeepError), "{wrong}");
        }
        assert!(Keep::Days(u16::MAX) < Keep::Forever);
        assert_eq!(Keep::Days(1).before(NOW), Some(NOW.plus_millis(-DAY_MS)));
        assert_eq!(Keep::Forever.before(NOW), None);
    }

    #[test]
    fn a_friend_keeps_less_and_never_more_and_no_message_that_is_older_than_their_positions() {
        let server = Retention::default();
        assert_eq!(server.with(&OwnRetention::default()), server);
        let more = OwnRetention { raw: Some(900), fixes: Some(9000), transitions: Some(9000) };
        assert_eq!(server.with(&more), server);
        let less = OwnRetention { raw: None, fixes: Some(7), transitions: Some(30) };
        let (raw, fixes, transitions) = (Keep::Days(7), Keep::Days(7), Keep::Days(30));
        assert_eq!(server.with(&less), Retention { raw, fixes, transitions, ..server });
        let own = OwnRetention { raw: Some(2), ..OwnRetention::default() };
        assert_eq!(
            Retention::EVERYTHING.with(&own),
            Retention { raw: Keep::Days(2), ..Retention::EVERYTHING }
        );
    }

    #[test]
    fn what_comes_and_goes_evenly_stays_as_much() {
        // A hundred rows a day for as long as they are kept.
        let steady = held(9_000, 90, 3_000);
        assert!((steady.bytes_per_day(NOW) - 10_000.0).abs() < 0.1);
        let keep = Keep::Days(90);
        for days in [0.0, 10.0, 90.0, 365.0] {
            assert!((steady.bytes_after(NOW, days, keep) - 900_000.0).abs() < 1.0, "{days}");
        }
        let forecast = Forecast::of(NOW, &[(steady, keep)], 5_000);
        assert_eq!(forecast, Forecast { in_a_year: 905_000, levels_off: Some(905_000) });
    }

    #[test]
    fn what_is_kept_for_ever_has_no_level_and_a_young_database_grows_up_to_it() {
        let young = held(1_000, 10, 1_000);
        assert!((young.bytes_per_day(NOW) - 10_000.0).abs() < 0.1, "by the days there are");
        let forever = Forecast::of(NOW, &[(young, Keep::Forever)], 0);
        assert_eq!(forever, Forecast { in_a_year: 100_000 + 3_650_000, levels_off: None });
        assert_eq!(forever.most(), 3_750_000);
        let two_years = Forecast::of(NOW, &[(young, Keep::Days(730))], 0);
        assert_eq!(two_years, Forecast { in_a_year: 3_750_000, levels_off: Some(7_300_000) });
        // What does not grow any more has an end, even if it is kept.
        let still = held(1_000, 100, 0);
        let kept = Forecast::of(NOW, &[(still, Keep::Forever)], 0);
        assert_eq!(kept, Forecast { in_a_year: 100_000, levels_off: Some(100_000) });
        // A shorter retention shows: of a hundred days ten are left, and nothing comes.
        assert!((still.bytes_after(NOW, 0.0, Keep::Days(10)) - 10_000.0).abs() < 0.1);
        assert_eq!(Forecast::of(NOW, &[(still, Keep::Days(10))], 0).levels_off, Some(0));
        assert_eq!(Forecast::of(NOW, &[], 77), Forecast { in_a_year: 77, levels_off: Some(77) });
    }
}
