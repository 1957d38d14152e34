//! A stretch of time that somebody shares by a link.

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use serde_json::{Map, Value};

use crate::{Epoch, member::Members, writer::Writer};

/// A tour: asked for with label and interval, answered with its link too. Origin: `tour` and `tours` of iOS.
///
/// iOS wants all of label, `from` and `to`; a list with an entry that lacks a time ends old versions, so [`crate::encode`] leaves
/// such entries out of lists.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tour {
    /// `label`: the user's words.
    pub label: Option<String>,
    /// `from`: where the interval begins; on the wire `2022-08-01T05:35:58`, in UTC without saying so. After 1970.
    pub from: Option<Epoch>,
    /// `to`: where the interval ends, spelt like `from`. May lie before `from`: nobody checked it.
    pub to: Option<Epoch>,
    /// `uuid`: the server's name of the tour, free text here: never a file name.
    pub uuid: Option<String>,
    /// `url`: where the tour is to be seen; the app copies it for the user.
    pub url: Option<String>,
    /// Members this crate does not know, as sent.
    pub extra: Map<String, Value>,
}

impl Tour {
    pub(crate) fn read(object: Map<String, Value>) -> Self {
        let mut from = Members::of("tour", object);
        Self {
            label: from.text("label"),
            from: from.text("from").as_deref().and_then(read_time),
            to: from.text("to").as_deref().and_then(read_time),
            uuid: from.text("uuid"),
            url: from.text("url"),
            extra: from.rest(),
        }
    }

    pub(crate) fn write(&self) -> Map<String, Value> {
        Writer::inner()
            .text("label", self.label.as_deref())
            .text("from", self.from.and_then(write_time).as_deref())
            .text("to", self.to.and_then(write_time).as_deref())
            .text("uuid", self.uuid.as_deref())
            .text("url", self.url.as_deref())
            .finish(&self.extra)
    }

    /// Whether every iOS can show it in a list.
    pub(crate) fn is_listable(&self) -> bool {
        self.label.is_some()
            && self.from.and_then(write_time).is_some()
            && self.to.and_then(write_time).is_some()
    }
}

/// A time without a zone is UTC; one with a zone is read too.
fn read_time(text: &str) -> Option<Epoch> {
    let text = text.trim();
    // Asked the other way round, a zone would be overlooked.
    let moment = match text.parse::<Timestamp>() {
        Ok(moment) => moment,
        Err(_) => TimeZone::UTC.to_timestamp(text.parse::<DateTime>().ok()?).ok()?,
    };
    let epoch = Epoch::from_millis(moment.as_millisecond());
    (epoch.as_seconds() > 0).then_some(epoch)
}

fn write_time(epoch: Epoch) -> Option<String> {
    let second = Some(epoch.as_seconds()).filter(|&second| second > 0)?;
    let moment = Timestamp::from_second(second).ok()?;
    Some(TimeZone::UTC.to_datetime(moment).to_string())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::as_sent("2022-08-01T05:35:58", Some(1_659_332_158))]
    #[case::with_zone("2022-08-01T07:35:58+02:00", Some(1_659_332_158))]
    #[case::utc("2022-08-01T05:35:58Z", Some(1_659_332_158))]
    #[case::day("2022-08-01", Some(1_659_312_000))]
    #[case::before_1970("1969-08-01T05:35:58", None)]
    #[case::no_such_day("2022-02-30T05:35:58", None)]
    #[case::words("yesterday", None)]
    #[case::number("1659332158", None)]
    fn a_time_of_a_tour_is_utc(#[case] text: &str, #[case] second: Option<i64>) {
        assert_eq!(read_time(text).map(Epoch::as_seconds), second);
    }

    #[test]
    fn a_time_is_written_to_the_second_and_only_in_four_digit_years() {
        let written = |millis| write_time(Epoch::from_millis(millis));
        assert_eq!(written(1_659_332_158_999).as_deref(), Some("2022-08-01T05:35:58"));
        assert_eq!(written(999), None);
        assert_eq!(written(i64::MAX), None);
    }
}
