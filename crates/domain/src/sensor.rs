//! Sensors: topics that are not a phone's, mapped to named observations. What a payload says is read elsewhere; here is only what
//! may be asked for.

use crate::{GroupId, Name, SensorId, Timestamp, TopicFilter};
use serde::{Deserialize, Serialize};

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
    /// How many sensors a group may have.
    pub const MOST: usize = 1000;
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
