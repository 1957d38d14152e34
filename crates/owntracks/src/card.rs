//! A name and a face for a friend.

use serde_json::{Map, Value};

use crate::{member::Members, writer::Writer};

const KIND: &str = "card";

/// How a person wants to be shown. A card without name and face clears both. Origin: `_type` `card`, topic suffix `info`;
/// iOS 26 publishes it on the base topic.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Card {
    /// `name`: free text, possibly HTML, any length.
    pub name: Option<String>,
    /// `face`: base64 of a picture, exactly as sent: it may carry a `data:` prefix or line breaks, be no base64 or no picture.
    pub face: Option<String>,
    /// `tid`: which friend the card belongs to in HTTP mode.
    pub tid: Option<String>,
    /// `topic`: in HTTP mode, the topic with its suffix.
    pub topic: Option<String>,
    /// `_id`: random per message. Android.
    pub id: Option<String>,
    /// Members this crate does not know, as sent.
    pub extra: Map<String, Value>,
}

impl Card {
    pub(crate) fn read(object: Map<String, Value>) -> Self {
        let mut from = Members::of(KIND, object);
        Self {
            name: from.text("name"),
            face: from.text("face"),
            tid: from.text("tid"),
            topic: from.text("topic"),
            id: from.text("_id"),
            extra: from.rest(),
        }
    }

    pub(crate) fn write(&self) -> Map<String, Value> {
        Writer::of(KIND)
            .text("name", self.name.as_deref())
            .text("face", self.face.as_deref())
            .text("tid", self.tid.as_deref())
            .text("topic", self.topic.as_deref())
            .text("_id", self.id.as_deref())
            .finish(&self.extra)
    }
}
