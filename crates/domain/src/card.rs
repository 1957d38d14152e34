//! How a friend wants to be shown.

use crate::Timestamp;
use serde::{Deserialize, Serialize};

/// How a friend wants to be shown: on the map, in lists, and on the other phones.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    /// What to call them; `None`: by the name they sign in with.
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Whether there is a picture.
    #[serde(rename = "f", default, skip_serializing_if = "std::ops::Not::not")]
    pub has_face: bool,
    /// Since when; also tells one picture from the next.
    #[serde(rename = "c")]
    pub changed_at: Timestamp,
}

impl Card {
    /// The longest name, in characters.
    pub const LONGEST_NAME: usize = 64;
}
