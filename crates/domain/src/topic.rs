//! Which topics somebody means: a sensor, a subscription, an admin who looks.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Which topics: MQTT's filters, with `+` for one level and `#` for all that follow. Never the broker's own (`$…`).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TopicFilter(String);

/// Why a text is not a topic filter. Reads as the end of a sentence: "topic must not be empty".
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TopicFilterError {
    /// Nothing.
    #[error("must not be empty")]
    Empty,
    /// More than [`TopicFilter::MOST_BYTES`].
    #[error("must be at most 1024 bytes long")]
    TooLong,
    /// A control character.
    #[error("must not contain control characters")]
    Control,
    /// The broker's own.
    #[error("must not start with $")]
    Dollar,
    /// A wildcard within a level, or `#` before the end.
    #[error("may have + only as a whole level, and # only as the last one")]
    Wildcard,
}

impl TopicFilter {
    /// The longest a filter may be.
    pub const MOST_BYTES: usize = 1024;

    /// Checks a filter.
    ///
    /// # Errors
    /// When MQTT does not allow it, or it is the broker's own.
    pub fn new(text: &str) -> Result<Self, TopicFilterError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(TopicFilterError::Empty);
        }
        if text.len() > Self::MOST_BYTES {
            return Err(TopicFilterError::TooLong);
        }
        if text.chars().any(char::is_control) {
            return Err(TopicFilterError::Control);
        }
        if text.starts_with('$') {
            return Err(TopicFilterError::Dollar);
        }
        let ends_early = text.split('/').rev().skip(1).any(|level| level == "#");
        let is_mixed = |level: &str| level.len() > 1 && level.contains(['+', '#']);
        if ends_early || text.split('/').any(is_mixed) {
            return Err(TopicFilterError::Wildcard);
        }
        Ok(Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a topic is one of these. A name that nobody may publish to never is.
    pub fn matches(&self, topic: &str) -> bool {
        !topic.is_empty() && !topic.contains(['+', '#', '\0']) && matches(&self.0, topic)
    }

    /// Whether a topic could be both one of these and one of those. Words that differ in case alone count as the same: the topics
    /// of devices are read so.
    pub fn overlaps(&self, other: &Self) -> bool {
        let (mut own, mut others) = (self.0.split('/'), other.0.split('/'));
        loop {
            match (own.next(), others.next()) {
                (Some("#"), _) | (_, Some("#")) | (None, None) => return true,
                (Some(a), Some(b)) if a == "+" || b == "+" || a.eq_ignore_ascii_case(b) => {}
                (_, _) => return false,
            }
        }
    }
}

impl TryFrom<String> for TopicFilter {
    type Error = TopicFilterError;

    fn try_from(text: String) -> Result<Self, TopicFilterError> {
        Self::new(&text)
    }
}

impl From<TopicFilter> for String {
    fn from(filter: TopicFilter) -> Self {
        filter.0
    }
}

impl fmt::Display for TopicFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// MQTT 5, section 4.7: does `filter` match `topic`? A leading wildcard does not match a topic that begins with `$`.
pub fn matches(filter: &str, topic: &str) -> bool {
    if topic.starts_with('$') && filter.starts_with(['+', '#']) {
        return false;
    }
    let mut levels = topic.split('/');
    for wanted in filter.split('/') {
        match (wanted, levels.next()) {
            ("#", _) => return true,
            ("+", Some(_)) => {}
            (wanted, Some(level)) if wanted == level => {}
            _ => return false,
        }
    }
    levels.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("", TopicFilterError::Empty)]
    #[case("$SYS/broker", TopicFilterError::Dollar)]
    #[case("a/#/b", TopicFilterError::Wildcard)]
    #[case("a/b+", TopicFilterError::Wildcard)]
    #[case("a#", TopicFilterError::Wildcard)]
    #[case("a\0b", TopicFilterError::Control)]
    #[case(&"x".repeat(1025), TopicFilterError::TooLong)]
    fn what_is_no_filter_is_refused_with_its_reason(#[case] text: &str, #[case] why: TopicFilterError) {
        assert_eq!(TopicFilter::new(text), Err(why));
    }

    #[rstest]
    #[case("house/roof", "house/roof", true)]
    #[case("house/roof", "house/Roof", false)]
    #[case("house/roof", "house/roof/wind", false)]
    #[case("house/+/wind", "house/roof/wind", true)]
    #[case("house/+", "house", false)]
    #[case("house/#", "house", true)]
    #[case("house/#", "house/roof/wind", true)]
    #[case("#", "$SYS/broker", false)]
    #[case("house/+", "house/+", false)]
    fn a_filter_takes_the_topics_mqtt_says(#[case] filter: &str, #[case] topic: &str, #[case] taken: bool) {
        assert_eq!(TopicFilter::new(filter).map(|filter| filter.matches(topic)), Ok(taken));
    }

    #[rstest]
    #[case("a/b", "a/b", true)]
    #[case("a/b", "A/B", true)]
    #[case("a/b", "a/c", false)]
    #[case("a/+", "+/c", true)]
    #[case("a/+", "a/b/c", false)]
    #[case("a/#", "a", true)]
    #[case("#", "owntracks/+/+/#", true)]
    #[case("owntracks/+", "owntracks/+/+/#", false)]
    #[case("owntracks/+/weather", "owntracks/+/+/#", true)]
    fn filters_overlap_when_a_topic_could_be_both(#[case] a: &str, #[case] b: &str, #[case] both: bool) {
        let overlap = |a: &str, b: &str| Ok(TopicFilter::new(a)?.overlaps(&TopicFilter::new(b)?));
        assert_eq!(overlap(a, b), Ok::<_, TopicFilterError>(both));
        assert_eq!(overlap(b, a), Ok::<_, TopicFilterError>(both));
    }

    #[test]
    fn filters_match_as_the_standard_says() {
        let cases = [
            ("owntracks/#", "owntracks/ann/phone", true),
            ("owntracks/#", "owntracks", true),
            ("owntracks/#", "owntracksx", false),
            ("owntracks/+/+", "owntracks/ann/phone", true),
            ("owntracks/+/+", "owntracks/ann/phone/event", false),
            ("owntracks/+/+/event", "owntracks/ann/phone/event", true),
            ("owntracks/+/phone", "owntracks//phone", true),
            ("+", "a", true),
            ("+", "/a", false),
            ("/+", "/a", true),
            ("#", "$SYS/uptime", false),
            ("+/uptime", "$SYS/uptime", false),
            ("$SYS/#", "$SYS/uptime", true),
            ("a/b", "a/b", true),
            ("a/b", "a/b/c", false),
        ];
        for (filter, topic, expected) in cases {
            assert_eq!(matches(filter, topic), expected, "{filter} on {topic}");
        }
    }
}
