//! Time as a value. Nothing in this crate can ask what time it is.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A moment: milliseconds since 1970-01-01T00:00:00Z, without leap seconds.
///
/// Serialises as that number; people and the JSON interface get [RFC 3339](https://www.rfc-editor.org/rfc/rfc3339) through `Display`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

/// Why a text is not a moment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not a time like 2026-05-17T08:30:00Z")]
pub struct TimestampError;

impl Timestamp {
    /// The earliest moment that can be written with a year of four digits.
    pub const MIN: Self = Self(-62_135_596_800_000);
    /// The latest such moment.
    pub const MAX: Self = Self(253_402_207_200_000);

    /// Takes milliseconds since the epoch; what no calendar can show is drawn to [`Self::MIN`] or [`Self::MAX`].
    pub const fn from_millis(millis: i64) -> Self {
        if millis < Self::MIN.0 {
            Self::MIN
        } else if millis > Self::MAX.0 {
            Self::MAX
        } else {
            Self(millis)
        }
    }

    /// Milliseconds since the epoch.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Milliseconds from `earlier` to this moment; negative when `earlier` is in truth later.
    pub const fn millis_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// This moment moved by so many milliseconds.
    #[must_use]
    pub const fn plus_millis(self, millis: i64) -> Self {
        Self::from_millis(self.0.saturating_add(millis))
    }

    /// Reads RFC 3339, with any offset and any fraction (cut to milliseconds).
    ///
    /// # Errors
    /// When the text is anything else.
    pub fn parse(text: &str) -> Result<Self, TimestampError> {
        text.parse::<jiff::Timestamp>()
            .map(|t| Self::from_millis(t.as_millisecond()))
            .map_err(|_not_a_time| TimestampError)
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 in UTC with milliseconds: `2026-05-17T08:30:00.000Z`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let moment = jiff::Timestamp::from_millisecond(self.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        write!(f, "{moment:.3}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_reads_back_what_it_writes() {
        for millis in [0, 1, 1_700_000_000_123, Timestamp::MAX.0, Timestamp::MIN.0, i64::MAX, i64::MIN] {
            let moment = Timestamp::from_millis(millis);
            assert_eq!(Timestamp::parse(&moment.to_string()), Ok(moment));
        }
    }

    #[test]
    fn a_moment_is_written_in_utc_with_milliseconds() {
        assert_eq!(Timestamp::from_millis(1_700_000_000_120).to_string(), "2023-11-14T22:13:20.120Z");
    }

    #[test]
    fn offsets_are_understood_and_bare_dates_refused() {
        let utc = Timestamp::parse("2026-05-17T08:30:00Z");
        assert_eq!(Timestamp::parse("2026-05-17T10:30:00+02:00"), utc);
        assert_eq!(Timestamp::parse("2026-05-17"), Err(TimestampError));
    }
}
