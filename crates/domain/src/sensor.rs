//! Sensors: topics that are not a phone's, mapped to named observations. What a payload says is read elsewhere; here is only what
//! may be asked for.

use crate::{GroupId, Name, SensorId, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A source of observations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sensor {
    /// Which.
    pub id: SensorId,
    /// Whose.
    pub group: GroupId,
    /// What it is called; unique on a server, and one level of a topic.
    pub name: Name,
    /// Where it reports.
    pub topic: TopicFilter,
    /// How its payloads are read.
    pub form: SensorForm,
    /// Whether everybody may see it, signed in or not.
    pub public: bool,
    /// When it was last changed.
    pub changed_at: Timestamp,
}

/// How the payloads of a sensor are read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum SensorForm {
    /// `time,value,value…`, the time in RFC 3339.
    Csv {
        /// What the values are, in their order.
        values: Vec<Quantity>,
    },
    /// A JSON document.
    Json {
        /// Where the time stands; without it, an observation is of when it was received.
        time: Option<Pointer>,
        /// Where the values stand.
        values: Vec<Pointed>,
    },
}

/// What a value is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quantity {
    /// What is measured.
    pub name: Name,
    /// In what, for those who read it; never computed with.
    pub unit: Option<Name>,
}

/// What a value is, and where it stands in a JSON document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pointed {
    /// What.
    #[serde(flatten)]
    pub quantity: Quantity,
    /// Where.
    pub pointer: Pointer,
}

/// What a sensor measured at one time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Observation {
    /// When, by the sensor's clock where it said so.
    pub at: Timestamp,
    /// When the server got it.
    pub received_at: Timestamp,
    /// The values, in the order of the sensor's quantities at that time. Finite.
    pub values: Vec<f64>,
}

impl Sensor {
    /// The most values an observation may have.
    pub const MOST_VALUES: usize = 64;
}

impl SensorForm {
    /// What the values are, in their order.
    pub fn quantities(&self) -> Vec<&Quantity> {
        match self {
            Self::Csv { values } => values.iter().collect(),
            Self::Json { values, .. } => values.iter().map(|value| &value.quantity).collect(),
        }
    }
}

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
        if topic.is_empty() || topic.starts_with('$') || topic.contains(['+', '#', '\0']) {
            return false;
        }
        let mut levels = topic.split('/');
        for wanted in self.0.split('/') {
            match (wanted, levels.next()) {
                ("#", _) => return true,
                ("+", Some(_)) => {}
                (word, Some(level)) if word == level => {}
                (_, _) => return false,
            }
        }
        levels.next().is_none()
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

/// A place in a JSON document, as [RFC 6901](https://www.rfc-editor.org/rfc/rfc6901) writes it: `/a/0/b`; empty for the whole of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Pointer(String);

/// Why a text is not a pointer. Reads as the end of a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be empty or start with /, such as /temperature, with ~ written ~0 and / within a name ~1")]
pub struct PointerError;

impl Pointer {
    /// Checks a pointer.
    ///
    /// # Errors
    /// When it is none, or longer than 1024 bytes.
    pub fn new(text: &str) -> Result<Self, PointerError> {
        let well_begun = text.is_empty() || text.starts_with('/');
        let escaped = text.split('~').skip(1).all(|rest| rest.starts_with(['0', '1']));
        let plain = text.len() <= 1024 && !text.chars().any(char::is_control);
        if well_begun && escaped && plain { Ok(Self(text.to_owned())) } else { Err(PointerError) }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Pointer {
    type Error = PointerError;

    fn try_from(text: String) -> Result<Self, PointerError> {
        Self::new(&text)
    }
}

impl From<Pointer> for String {
    fn from(pointer: Pointer) -> Self {
        pointer.0
    }
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

    #[rstest]
    #[case("", true)]
    #[case("/", true)]
    #[case("/a~1b/0", true)]
    #[case("a", false)]
    #[case("/a~2", false)]
    #[case("/a~", false)]
    fn a_pointer_is_what_the_rfc_says(#[case] text: &str, #[case] is_one: bool) {
        assert_eq!(Pointer::new(text).is_ok(), is_one);
    }

    #[test]
    fn a_form_reads_back_what_it_writes() {
        let name = |text| Name::new(text).expect("is a name");
        let quantity = Quantity { name: name("Wind"), unit: Some(name("m/s")) };
        let pointer = Pointer::new("/wind").expect("is a pointer");
        let form = SensorForm::Json { time: None, values: vec![Pointed { quantity, pointer }] };
        let written = serde_json::to_string(&form).expect("can be written");
        assert_eq!(
            written,
            r#"{"type":"json","time":null,"values":[{"name":"Wind","unit":"m/s","pointer":"/wind"}]}"#
        );
        assert_eq!(serde_json::from_str::<SensorForm>(&written).ok(), Some(form));
    }
}
